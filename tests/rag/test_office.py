"""What Word and PowerPoint write, beyond plain paragraphs."""

from typing import Any

import pytest

from tests.rag.office import box, p, r, shape, slides, table, word
from tests.rag.test_loading import LAUGHS, refused

CHOICE = (
    '<mc:AlternateContent><mc:Choice Requires="wps">{0}</mc:Choice><mc:Fallback>{1}</mc:Fallback>'
    "</mc:AlternateContent>"
)
OPEN_CHOICE, END_CHOICE = "<mc:AlternateContent><mc:Choice>", "</mc:Choice></mc:AlternateContent>"
OPEN_BOX = "<w:r><wps:txbx><w:txbxContent><w:p>"
END_BOX = "</w:p></w:txbxContent></wps:txbx></w:r>"
DELETED_END = "<w:rPr><w:del w:id='1'/></w:rPr>"
FIELD = '<w:r><w:fldChar w:fldCharType="{0}"/></w:r>'
PLACEHOLDER = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{0}</w:sdtContent></w:sdt>"


def texts(read: Any, name: str, data: bytes) -> list[str]:
    return [block.text for block in read(name, data)[1]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            p("<w:r><w:t>COVID</w:t><w:noBreakHyphen/><w:t>19, b</w:t><w:softHyphen/><w:t>c</w:t></w:r>"),
            ["COVID-19, bc"],
        ),
        (
            p("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:cr/><w:t>d</w:t><w:ptab/></w:r>"),
            ["a\tb\nc\nd"],
        ),
        (p(r("a"), properties='<w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs>'), ["a"]),
        (
            p(
                '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:t> tamam </w:t>'
                '<w:sym w:font="Symbol" w:char="F062"/></w:r>'
            ),
            ["✓ tamam β"],
        ),
        (
            p(r("25"), '<w:r><w:sym w:font="Arial" w:char="20AC"/><w:sym w:font="X" w:char="zz"/></w:r>'),
            ["25€"],
        ),
        (
            p(
                "<w:r><w:ruby><w:rt>",
                r("とう"),
                "</w:rt><w:rubyBase>",
                r("東"),
                "</w:rubyBase></w:ruby></w:r>",
                r("京"),
            ),
            ["東京"],
        ),
        (
            p(r("a "), "<w:ins>", r("new"), "</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"),
            ["a new"],
        ),
        (
            p("<w:moveFrom>", r("moved"), "</w:moveFrom>") + p("<w:moveTo>", r("moved"), "</w:moveTo>"),
            ["moved"],
        ),
        (p(r("One "), properties=DELETED_END) + p(r("line.")), ["One line."]),
        (p(r("end"), properties=DELETED_END), ["end"]),
        (p(r("shown"), r("hidden", "<w:vanish/>"), r(" too", '<w:vanish w:val="0"/>')), ["shown too"]),
        (p(r("now"), properties="<w:pPrChange><w:pPr><w:pStyle w:val='H1'/></w:pPr></w:pPrChange>"), ["now"]),
        (
            p(
                FIELD.format("begin"),
                "<w:r><w:instrText>PAGEREF x</w:instrText></w:r>",
                r("code"),
                FIELD.format("separate"),
                r("12"),
                FIELD.format("end"),
                r(" end"),
            ),
            ["12 end"],
        ),
        (p(FIELD.format("begin"), r("broken")) + p(r("still read")), ["still read"]),
        (p('<w:fldSimple w:instr="DATE">', r("1 May"), "</w:fldSimple>"), ["1 May"]),
        (
            p('<w:hyperlink r:id="x">', r("link"), "</w:hyperlink><w:smartTag>", r(" tag"), "</w:smartTag>"),
            ["link tag"],
        ),
        (
            p(
                r("Name: "),
                "<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>",
                r("Ada"),
                "</w:sdtContent></w:sdt>",
            ),
            ["Name: Ada"],
        ),
        (p(r("Date: "), PLACEHOLDER.format(r("Click here"))), ["Date:"]),
        (p("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>"), ["x=1"]),
        (
            p(r("Before "), f"<w:r>{CHOICE.format(box('Box'), box('Box', 'v:textbox'))}</w:r>", r("after.")),
            ["Before after.", "Box"],
        ),
        (p(r("Only old: "), f"<w:r><w:pict>{box('VML', 'v:textbox')}</w:pict></w:r>"), ["Only old:", "VML"]),
        (p(f"<w:r>{CHOICE.format('<w:drawing/>', box('fallback'))}</w:r>"), ["fallback"]),
        (p(f"<w:r>{CHOICE.format(box(CHOICE.format('', '') + 'in'), box('in'))}</w:r>"), ["in"]),
        (
            p(
                "<w:r><wps:txbx><w:txbxContent>"
                + table([[("", "a"), ("", "b")], [("", "c"), ("", "d")]])
                + p()
                + "</w:txbxContent></wps:txbx></w:r>",
                r("host"),
            ),
            ["host", "a | b", "c | d"],
        ),
    ],
)
def test_a_paragraph_reads_as_it_is_printed(read: Any, body: str, expected: list[str]) -> None:
    assert texts(read, "a.docx", word(body)) == expected


CITIES = [
    [("", "Şehir"), ("", "İlçe"), ("", "Nüfus")],
    [('<w:vMerge w:val="restart"/>', "Ankara"), ("", "Çankaya"), ("", "900")],
    [("<w:vMerge/>", ""), ("", "Keçiören"), ("", "800")],
]
THREE = [[("", "x"), ("", "y"), ("", "z")], [("", "1"), ("", "2"), ("", "3")]]
INNER = [[("", "in"), ("", "ner")]]
SOLD = "Ürün: Elma | 1. çeyrek Adet: 10 | 1. çeyrek Ciro: 100 | 2. çeyrek Adet: 20 | 2. çeyrek Ciro: 220"
QUARTERS = [
    [("", "Ürün"), ('<w:gridSpan w:val="2"/>', "1. çeyrek"), ('<w:gridSpan w:val="2"/>', "2. çeyrek")],
    [("", ""), ("", "Adet"), ("", "Ciro"), ("", "Adet"), ("", "Ciro")],
    [("", "Elma"), ("", "10"), ("", "100"), ("", "20"), ("", "220")],
]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            table(CITIES),
            [
                "Şehir | İlçe | Nüfus",
                "Şehir: Ankara | İlçe: Çankaya | Nüfus: 900",
                "Şehir: Ankara | İlçe: Keçiören | Nüfus: 800",
            ],
        ),
        (table(QUARTERS), ["Ürün | 1. çeyrek Adet | 1. çeyrek Ciro | 2. çeyrek Adet | 2. çeyrek Ciro", SOLD]),
        (table([[("", "Ad:"), ("", "Ada")], [("", "Yaş:"), ("", "36")]]), ["Ad: | Ada", "Yaş: | 36"]),
        (
            table([[("", "Ay"), ("", "Not")], [("", "Ocak"), ("", "iyi")]], "<w:tblHeader/>"),
            ["Ay | Not", "Ay: Ocak | Not: iyi"],
        ),
        (table([[("", "boxed")]]), ["boxed"]),
        (
            table(THREE)
            .replace("<w:trPr></w:trPr>", "<w:trPr><w:del/></w:trPr>", 2)
            .replace("<w:del/>", "", 1),
            ["x | y | z"],
        ),
        (table([[("", "a"), ("", "b")]]).replace("<w:p>", table(INNER) + "<w:p>", 1), ["in | ner", "a", "b"]),
    ],
)
def test_each_row_of_a_table_says_what_its_cells_are(read: Any, body: str, expected: list[str]) -> None:
    assert texts(read, "a.docx", word(body)) == expected


def test_the_main_part_is_the_one_that_the_package_names(read: Any) -> None:
    assert texts(read, "a.docx", word(p(r("here")), main="word/document2.xml")) == ["here"]
    assert texts(read, "a.pptx", slides([shape("x")], main="ppt/main.xml")) == ["1", "x"]
    assert refused(read, "a.pptx", word(p(r("here")), main="ppt/presentation.xml")) == "mismatch"


def test_numbers_of_paragraphs_are_part_of_their_text(read: Any) -> None:
    numbering = (
        '<w:numbering><w:abstractNum w:abstractNumId="7">'
        '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Madde %1."/>'
        '</w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
        '<w:lvlText w:val="%1.%2)"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )
    styles = (
        '<w:style w:styleId="H"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr>'
        '</w:pPr></w:style><w:style w:styleId="Own"><w:name w:val="mine"/><w:basedOn w:val="H"/></w:style>'
    )
    inner = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr>'
    body = "".join(
        [
            p(r("Bedel"), properties='<w:pStyle w:val="H"/>'),
            p(r("peşin"), properties=inner),
            p(r("taksit"), properties=inner),
            p(r("Süre"), properties='<w:pStyle w:val="Own"/>'),
            p(r("tek"), properties=inner),
        ]
    )
    _, blocks = read("a.docx", word(body, styles=styles, others={"numbering": ("numbering.xml", numbering)}))
    assert [(block.text, block.level) for block in blocks] == [
        ("Madde 3. Bedel", 2),
        ("3.a) peşin", 0),
        ("3.b) taksit", 0),
        ("Madde 4. Süre", 2),
        ("4.a) tek", 0),
    ]


def test_notes_comments_headers_and_embedded_pages_are_read_once(read: Any) -> None:
    others = {
        "footnotes": ("footnotes.xml", f"<w:footnotes>{p(r('a note'))}</w:footnotes>"),
        "comments": ("c.xml", f"<w:comments><w:comment>{p(r('a comment'))}</w:comment></w:comments>"),
        "header": ("h1.xml", f"<w:hdr>{p(r('Letterhead'))}</w:hdr>"),
        "footer": ("f1.xml", f"<w:ftr>{p(r('Letterhead'))}</w:ftr>"),
        "aFChunk": ("chunk.html", "<h1>Page</h1><p>text"),
    }  # fmt: skip
    data = word(p(r("body")) + '<w:altChunk r:id="xaFChunk"/>' + p(r("end")), others=others)
    assert texts(read, "a.docx", data) == [
        "body", "Page", "text", "end", "a note", "a comment", "Letterhead"
    ]  # fmt: skip


def cell(text: str, about: str = "") -> str:
    return f"<a:tc {about}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"


def test_slides_hold_tables_groups_boxes_and_alternatives(read: Any) -> None:
    rows = "".join(
        f"<a:tr>{row}</a:tr>"
        for row in (
            cell("Bölge") + cell("Ay") + cell("Satış"),
            cell("Ege", 'rowSpan="2"') + cell("Ocak") + cell("5"),
            cell("", 'vMerge="1"') + cell("Şubat") + cell("7"),
        )
    )
    first = (
        shape("Başlık", "title")
        + f"<p:grpSp><p:grpSp>{shape('grouped')}</p:grpSp></p:grpSp>"
        + f'<p:graphicFrame><a:tbl><a:tblPr firstRow="1"/>{rows}</a:tbl></p:graphicFrame>'
        + CHOICE.format(shape("once"), shape("once"))
        + shape("7", "sldNum")
        + shape("same footer", "ftr")
    )
    assert texts(read, "a.pptx", slides([first, shape("two")])) == [
        "Başlık",
        "grouped",
        "Bölge | Ay | Satış",
        "Bölge: Ege | Ay: Ocak | Satış: 5",
        "Bölge: Ege | Ay: Şubat | Satış: 7",
        "once",
        "2",
        "two",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<w:tbl><w:tr><w:tc>" * 3_000 + p(r("deep")) + "</w:tc></w:tr></w:tbl>" * 3_000,
        p(OPEN_BOX * 2_000, r("deep"), END_BOX * 2_000),
        OPEN_CHOICE * 4_000 + p(r("deep")) + END_CHOICE * 4_000,
        table([[('<w:gridSpan w:val="99999"/>', "deep")] * 300] * 30),
    ],
)
def test_nested_and_wide_documents_end_soon(read: Any, body: str) -> None:
    assert any("deep" in text for text in texts(read, "a.docx", word(body)))


def test_other_parts_may_not_declare_entities_either(read: Any) -> None:
    others = {"footnotes": ("footnotes.xml", f"{LAUGHS}<d>&c;</d>")}
    assert refused(read, "a.docx", word(p(r("x")), others=others)) == "entities"
