"""Packages of Office around XML that a test writes itself."""

from collections.abc import Mapping, Sequence

from tests.rag.makers import DRAWING, RELATIONS, SHEETS, SLIDES, WORD, archive, relations

NAMES = (
    f'xmlns:w="{WORD}" xmlns:a="{DRAWING}" xmlns:r="{RELATIONS}" xmlns:p="{SLIDES}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
MAIN = "word/document.xml"


def package(main: str, related: Mapping[str, tuple[str, str]] | None = None, **parts: str) -> dict[str, str]:
    folder, _, name = main.rpartition("/")
    made = {"_rels/.rels": relations({"r1": ("officeDocument", main)})}
    if related:
        made[f"{folder}/_rels/{name}.rels"] = relations(related)
    return made | parts


def word(
    body: str,
    *,
    main: str = MAIN,
    styles: str = "",
    others: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """`others`: kind of a part to its name and XML (without the namespaces)."""
    others = others or {}
    parts = package(main, {f"x{kind}": (kind, name) for kind, (name, _) in others.items()})
    parts[main] = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>"
    if styles:
        parts["word/styles.xml"] = f"<w:styles {NAMES}>{styles}</w:styles>"
    for name, xml in others.values():
        parts[f"word/{name}"] = xml.replace(">", f" {NAMES}>", 1) if xml.startswith("<w:") else xml
    return archive(parts)


def p(*runs: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{''.join(runs)}</w:p>"


def r(text: str, properties: str = "") -> str:
    before = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{before}<w:t xml:space="preserve">{text}</w:t></w:r>'


def box(text: str, kind: str = "wps:txbx") -> str:
    return f"<{kind}><w:txbxContent>{p(r(text))}</w:txbxContent></{kind}>"


def table(rows: Sequence[Sequence[tuple[str, str]]], first: str = "") -> str:
    """Cells as (properties, text); `first`: properties of the first row."""
    made = ""
    for number, row in enumerate(rows):
        cells = "".join(f"<w:tc><w:tcPr>{about}</w:tcPr>{p(r(text))}</w:tc>" for about, text in row)
        made += f"<w:tr><w:trPr>{'' if number else first}</w:trPr>{cells}</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def slides(shapes: Sequence[str], main: str = "ppt/presentation.xml") -> bytes:
    folder = main.rpartition("/")[0]
    order = "".join(f'<p:sldId id="{256 + at}" r:id="s{at}"/>' for at in range(len(shapes)))
    parts = package(main, {f"s{at}": ("slide", f"/{folder}/slides/{at}.xml") for at in range(len(shapes))})
    parts[main] = f"<p:presentation {NAMES}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    for at, xml in enumerate(shapes):
        parts[f"{folder}/slides/{at}.xml"] = f"<p:sld {NAMES}>{xml}</p:sld>"
    return archive(parts)


def shape(text: str, place: str = "body") -> str:
    return f'<p:sp><p:ph type="{place}"/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp>'


def sheet(cells: Mapping[str, str | float], merged: Sequence[str] = ()) -> bytes:
    """Cells by their place (`B3`)."""
    rows: dict[int, str] = {}
    for place, value in cells.items():
        number = int(place.lstrip("ABCDEFGHIJ"))
        shown = (
            f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
            if isinstance(value, str)
            else f'<c r="{place}"><v>{value}</v></c>'
        )
        rows[number] = rows.get(number, "") + shown
    lines = "".join(f'<row r="{number}">{line}</row>' for number, line in sorted(rows.items()))
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    parts = package("xl/workbook.xml", {"r1": ("worksheet", "worksheets/s1.xml")})
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    parts["xl/worksheets/s1.xml"] = (
        f'<worksheet xmlns="{SHEETS}"><sheetData>{lines}</sheetData><mergeCells>{ranges}</mergeCells>'
        "</worksheet>"
    )
    return archive(parts)
