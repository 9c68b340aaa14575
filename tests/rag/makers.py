"""Documents made here, sound and hostile: nothing of that kind is kept in the repository."""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return file.getvalue()


def docx(paragraphs: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """Style name (`heading 1`, ``, `page` for a page break before) and text."""
    body = "".join(_paragraph(style, text) for style, text in paragraphs)
    if rows:
        cells = "".join(
            "<w:tr>" + "".join(f"<w:tc>{_paragraph('', cell)}</w:tc>" for cell in row) + "</w:tr>"
            for row in rows
        )
        body += f"<w:tbl>{cells}</w:tbl>"
    styles = "".join(
        f'<w:style w:styleId="Balk{level}"><w:name w:val="heading {level}"/></w:style>' for level in (1, 2, 3)
    )
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
        }
    )


def _paragraph(style: str, text: str) -> str:
    before = '<w:r><w:br w:type="page"/></w:r>' if style == "page" else ""
    properties = f'<w:pPr><w:pStyle w:val="Balk{style[-1]}"/></w:pPr>' if style.startswith("heading") else ""
    return f"<w:p>{properties}{before}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def pptx(slides: Sequence[tuple[str, Sequence[str], str]]) -> bytes:
    """Title, texts and notes of each; stored in the reverse of the order in which they are shown."""
    count = len(slides)
    order = "".join(f'<p:sldId r:id="r{number}" id="{256 + number}"/>' for number in range(count))
    parts: dict[str, str] = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{RELATIONS}">'
        f"<p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            {f"r{number}": ("slide", f"slides/slide{count - number}.xml") for number in range(count)}
        ),
    }
    for number, (title, texts, notes) in enumerate(slides):
        name = f"slide{count - number}.xml"
        parts[f"ppt/slides/{name}"] = _slide([("title", title), *(("body", text) for text in texts)])
        parts[f"ppt/slides/_rels/{name}.rels"] = relations({"n": ("notesSlide", f"../notesSlides/{name}")})
        parts[f"ppt/notesSlides/{name}"] = _slide([("body", notes)])
    return archive(parts)


def _slide(shapes: Sequence[tuple[str, str]]) -> str:
    made = "".join(
        f'<p:sp><p:nvPr><p:ph type="{kind}"/></p:nvPr><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:sp>'
        for kind, text in shapes
    )
    return f'<p:sld xmlns:p="{SLIDES}" xmlns:a="{DRAWING}">{made}</p:sld>'


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def xlsx(sheets: Mapping[str, Sequence[Sequence[str | int | float]]]) -> bytes:
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations({"r1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATIONS}">'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            {f"r{number}": ("worksheet", f"worksheets/s{number}.xml") for number in range(1, len(sheets) + 1)}
        ),
    }
    for number, rows in enumerate(sheets.values(), 1):
        lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/s{number}.xml"] = (
            f'<worksheet xmlns="{SHEETS}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return archive(parts)


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def epub(chapters: Sequence[str]) -> bytes:
    """XHTML of each chapter's body."""
    items = "".join(f'<item id="c{n}" href="text/c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfile full-path="book/p.opf"/></container>',
            "book/p.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{
                f"book/text/c{n}.xhtml": f"<!DOCTYPE html><html><title>x</title><body>{body}</body></html>"
                for n, body in enumerate(chapters)
            },
        }
    )


def pdf(pages: Sequence[str], bookmarks: Sequence[tuple[str, int]] = ()) -> bytes:
    """One text a page, its lines apart by newlines, in any alphabet; bookmarks as (title, page index)."""
    letters = sorted({letter for page in pages for letter in page if letter != "\n"})
    codes = {letter: number for number, letter in enumerate(letters, 1)}
    assert len(codes) < 256, "one font of single bytes"
    mapping = "\n".join(f"<{code:02x}> <{ord(letter):04x}>" for letter, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(codes)} beginbfchar\n{mapping}\nendbfchar\n"
        "endcmap end end"
    )
    objects: dict[int, bytes] = {
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>",
        4: stream(cmap.encode()),
    }
    first = 10 + len(bookmarks)
    for number, page in enumerate(pages):
        at = first + number * 2
        shown = " T* ".join(
            f"<{''.join(f'{codes[letter]:02x}' for letter in line)}> Tj" for line in page.split("\n")
        )
        objects[at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {at + 1} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        ).encode()
        objects[at + 1] = stream(f"BT /F 8 Tf 9 TL 20 780 Td {shown} ET".encode())
    kids = " ".join(f"{first + number * 2} 0 R" for number in range(len(pages)))
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    for number, (title, page_index) in enumerate(bookmarks):
        after = f"/Next {11 + number} 0 R" if number + 1 < len(bookmarks) else ""
        hexed = ("\ufeff" + title).encode("utf-16-be").hex()
        objects[10 + number] = (
            f"<< /Title <{hexed}> /Parent 5 0 R /Dest [{first + page_index * 2} 0 R /Fit] {after} >>".encode()
        )
    if bookmarks:
        objects[5] = f"<< /Type /Outlines /First 10 0 R /Last {9 + len(bookmarks)} 0 R >>".encode()
    outlines = "/Outlines 5 0 R" if bookmarks else ""
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R {outlines} >>".encode()
    return pdf_of(objects)


def stream(data: bytes, *, packed: bool = True) -> bytes:
    body = zlib.compress(data) if packed else data
    said = b"/Filter /FlateDecode " if packed else b""
    return b"<< " + said + b"/Length %d >>\nstream\n%s\nendstream" % (len(body), body)


def pdf_of(objects: Mapping[int, bytes]) -> bytes:
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.7\n")
    for number in sorted(objects):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, objects[number]))
    start = out.tell()
    out.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, place in places.items():
        out.write(b"%d 1\n%010d 00000 n \n" % (number, place))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (max(objects) + 1, start))
    return out.getvalue()


def pdf_bomb(unpacked: int = 2_000_000_000) -> bytes:
    """A page whose text is packed twice over, and unpacks to gigabytes."""
    chunk = b"0 0 m " * 200_000
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    # A flushed block stands for itself: repeated, it says the same again.
    block = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    times = unpacked // len(chunk)
    checksum = 1
    for _ in range(times):
        checksum = zlib.adler32(chunk, checksum)
    inner = b"\x78\xda" + block * times + b"\x03\x00" + checksum.to_bytes(4, "big")
    body = zlib.compress(inner, 9)
    return pdf_of(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>",
            6: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 7 0 R >>",
            7: b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream"
            % (len(body), body),
        }
    )


def zip_bomb(part: str, megabytes: int, start: bytes = b"") -> bytes:
    """An archive with one part that unpacks to so much."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        with made.open(part, "w", force_zip64=True) as out:
            out.write(start)
            for _ in range(megabytes):
                out.write(b"<w:p/>  " * (1 << 17))
    return file.getvalue()


def lying_zip_bomb(part: str, megabytes: int) -> bytes:
    """As `zip_bomb`, but it says that it unpacks to a thousand bytes."""
    made = zip_bomb(part, megabytes)
    size = (megabytes << 20).to_bytes(4, "little")
    assert made.count(size) >= 1
    return made.replace(size, (1000).to_bytes(4, "little"))
