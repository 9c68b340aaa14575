"""From a file to blocks of text. `reading` is the way in; loaders run in a process of their own.

archive.py        zip files from strangers, within limits
blocks.py         what every loader makes of a file, and the errors with which one gives up
book.py           EPUB: its chapters in reading order
child.py          reads one file in a process of its own
html.py           HTML without styles, scripts and what steers the page
html_tables.py    a table of a page while it is read
kinds.py          what a file is, told from its bytes, and who loads it
lines.py          lines that are far too long, broken where they pause
markup.py         alternatives in Office's XML, of which one is read
office.py         packages of Office: parts and what relates them
office_tables.py  a table of a DOCX or PPTX while it is read
pdf.py            PDF, with its bookmarks as headings
pictures.py       pages of a PDF as pictures, for models that see
plain.py          the bytes of a text file, of whatever encoding
reading.py        starts, watches and ends the process that reads a file
sheets.py         XLSX: the tables of each sheet, line by line
slides.py         PPTX: slides in order, with titles and notes
symbols.py        signs that Word draws by their place in a font
tables.py         the lines that tables become
text.py           plain text, Markdown, code and CSV
word.py           DOCX: the main part, then notes, comments, headers and footers
word_numbers.py   numbers that Word writes before paragraphs (`4.2`, `b)`)
word_styles.py    what the styles of a DOCX say
word_text.py      the text of one part of a DOCX
workbook.py       the package of a workbook as calamine wants it
xml.py            the events of an XML part
"""
