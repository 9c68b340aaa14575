"""A file that is read itself, and not searched: its text, extracted once, its sections, notes of its parts.

text.py        what a file holds, extracted in the limited process
side_files.py  what was made of a file, kept beside it
sections.py    pages and headings, which an answer can name
search.py      the sections that fit a question
pictures.py    pages without text, as pictures
notes.py       a file that is too long for a model: notes of all its parts, and notes of these
"""
