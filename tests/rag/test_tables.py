"""Tables of pages, sheets and text files: each row says what its values are."""

from typing import Any

import pytest

from tests.rag import makers
from tests.rag.office import sheet


def texts(read: Any, name: str, data: bytes | str) -> list[str]:
    data = data.encode() if isinstance(data, str) else data
    return [block.text for block in read(name, data)[1] if not block.level]


def rows(*lines: str) -> str:
    """`a|b` as cells; `x:` before a cell gives its attributes."""
    made = ""
    for line in lines:
        made += "<tr>"
        for cell in line.split("|"):
            about, _, text = cell.rpartition("~")
            tag = "th" if text.startswith("*") else "td"
            made += f"<{tag} {about}>{text.lstrip('*')}</{tag}>"
        made += "</tr>"
    return f"<table>{made}</table>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            rows("*Ay|*Tutar", "|500", "<p>Ocak</p>|<p>450</p>"),
            ["Ay | Tutar", "Tutar: 500", "Ay: Ocak | Tutar: 450"],
        ),
        (rows("*A|*B", "<ul><li>x<li>y</ul>|<div>1</div><div>2</div>"), ["A | B", "A: x y | B: 1 2"]),
        (
            rows("*Şehir|*İlçe|*Nüfus", "rowspan=2~Ankara|Çankaya|900", "Keçiören|800", "İzmir|Konak|700"),
            [
                "Şehir | İlçe | Nüfus",
                "Şehir: Ankara | İlçe: Çankaya | Nüfus: 900",
                "Şehir: Ankara | İlçe: Keçiören | Nüfus: 800",
                "Şehir: İzmir | İlçe: Konak | Nüfus: 700",
            ],
        ),
        (
            rows("rowspan=2~*Ürün|colspan=2~*1. çeyrek", "*Adet|*Ciro", "Elma|10|100"),
            [
                "Ürün | 1. çeyrek Adet | 1. çeyrek Ciro",
                "Ürün: Elma | 1. çeyrek Adet: 10 | 1. çeyrek Ciro: 100",
            ],
        ),
        (rows("Ad|Yaş|İl", "Ada|36|Muş"), ["Ad | Yaş | İl", "Ad: Ada | Yaş: 36 | İl: Muş"]),
        (rows("Ad:|Ada", "İl:|Muş"), ["Ad: | Ada", "İl: | Muş"]),
        (rows("*Ad|Ada", "*İl|Muş"), ["Ad | Ada", "İl | Muş"]),
        (rows("*A|*B|*C", "colspan=3~whole", "1|colspan=2~2"), ["A | B | C", "whole", "A: 1 | B: 2 | C: 2"]),
        (rows("*A|*B", "rowspan=0~x|1", "2"), ["A | B", "A: x | B: 1", "A: x | B: 2"]),
        (
            rows("*A|*B|*C", "1", "2|3|rowspan=2~4", "5"),
            ["A | B | C", "A: 1", "A: 2 | B: 3 | C: 4", "A: 5 | C: 4"],
        ),
        (rows("menu|<h2>T</h2><p>one<p>two"), ["menu", "one", "two"]),
        (rows("<p>one<p>two"), ["one", "two"]),
        (rows("a|" + rows("*K|*V", "x|1")), ["a", "K | V", "K: x | V: 1"]),
        (
            "<table><caption>Cap</caption><thead><tr><td>A<td>B<tbody><tr><td>1<td>2</table>",
            ["Cap", "A | B", "A: 1 | B: 2"],
        ),
        (rows("*A|*B", "colspan=zz rowspan=-4~1|2"), ["A | B", "A: 1 | B: 2"]),
        ("<table><td>a<td>b<tr><td>c<td>d", ["a | b", "c | d"]),
    ],
)
def test_a_row_of_a_page_says_what_its_cells_are(read: Any, html: str, expected: list[str]) -> None:
    assert texts(read, "a.html", f"<!doctype html><body>{html}") == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div hidden>h</div><p style='color:red;display: none'>h<p>shown", ["shown"]),
        ("<ul><li hidden>h<li>shown</ul>", ["shown"]),
        ("<div style='DISPLAY:NONE'><div>h</div>h</div>shown", ["shown"]),
        ("<img hidden alt=x>shown<input hidden> too", ["x shown too"]),
        (
            "<header>h</header><aside>h</aside><main>shown<aside>note</aside></main><footer>h</footer>",
            ["shown", "note"],
        ),
        ("<header>kept</header><p>kept<aside>kept</aside><footer>kept</footer>", ["kept"] * 4),
        ("<div role=banner>h</div><div role=navigation>h</div><div role=main>shown</div>", ["shown"]),
        ("<main></main><header>kept</header>", ["kept"]),
        (
            "Metre<sup>2</sup>, söz<sup><a href='#f1'>1</a></sup> ve <a href='#b'>bölüm</a>",
            ["Metre2, söz[1] ve bölüm"],
        ),
        ("<ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp></ruby>京", ["東京"]),
        ("<p>Daten&shy;schutz za&#8203;man&#x2060;", ["Datenschutz zaman"]),
        ("a<select><option>h</select><svg><text>h</text></svg><template>h</template>b", ["ab"]),
    ],
)
def test_a_page_is_what_its_reader_sees(read: Any, html: str, expected: list[str]) -> None:
    assert texts(read, "a.html", f"<!doctype html><body>{html}") == expected


@pytest.mark.parametrize(
    ("cells", "merged", "expected"),
    [
        (
            {
                "A1": "Kent",
                "B1": "İlçe",
                "C1": "Sayı",
                "A2": "Ankara",
                "B2": "a",
                "C2": 9,
                "B3": "b",
                "C3": 8,
            },
            ["A2:A3"],
            ["Kent | İlçe | Sayı", "Kent: Ankara | İlçe: a | Sayı: 9", "Kent: Ankara | İlçe: b | Sayı: 8"],
        ),
        (
            {"A1": "2024", "B2": "I", "D2": "II", "A3": "Ad", "B3": "n", "C3": "₺", "D3": "n", "E3": "₺"}
            | {"A4": "Elma", "B4": 1, "C4": 2, "D4": 3, "E4": 4},
            ["A1:E1", "B2:C2", "D2:E2"],
            ["2024", "Ad | I n | I ₺ | II n | II ₺", "Ad: Elma | I n: 1 | I ₺: 2 | II n: 3 | II ₺: 4"],
        ),
        (
            {"C5": "Ad", "D5": "Yaş", "C6": "Ada", "D6": 36, "D7": 7},
            ["C6:C7"],
            ["Ad | Yaş", "Ad: Ada | Yaş: 36", "Ad: Ada | Yaş: 7"],
        ),
        (
            {
                "A1": "Ad",
                "B1": "Yaş",
                "A2": "Ada",
                "B2": 36,
                "A5": "Ürün",
                "B5": "Fiyat",
                "A6": "Elma",
                "B6": 2.5,
            },
            [],
            ["Ad | Yaş", "Ad: Ada | Yaş: 36", "Ürün | Fiyat", "Ürün: Elma | Fiyat: 2.5"],
        ),
        (
            {"A1": "Kalem", "B1": 2023, "C1": 2024, "A2": "Kira", "B2": 5, "C2": 6},
            [],
            ["Kalem | 2023 | 2024", "Kalem: Kira | 2023: 5 | 2024: 6"],
        ),
        ({"A1": "x", "B1": 0.1 + 0.2, "A2": "y", "B2": 1e15}, [], ["x | 0.3", "y | 1000000000000000"]),
        ({"A1": "A", "B1": "B", "A2": 1, "B2": 2, "A3": "note"}, ["A3:B3"], ["A | B", "A: 1 | B: 2", "note"]),
    ],
)
def test_a_row_of_a_sheet_says_what_its_cells_are(
    read: Any, cells: dict[str, str | float], merged: list[str], expected: list[str]
) -> None:
    assert texts(read, "a.xlsx", sheet(cells, merged)) == expected


def test_a_text_table_may_hold_two(read: Any) -> None:
    assert texts(read, "a.csv", "Ad,Yaş\nAda,36\n\nÜrün,Fiyat\nElma,2\n") == [
        "Ad | Yaş", "Ad: Ada | Yaş: 36", "Ürün | Fiyat", "Ürün: Elma | Fiyat: 2"
    ]  # fmt: skip


def test_a_merged_cell_of_much_text_does_not_fill_the_memory(read: Any) -> None:
    wide = rows(*["|".join([f"rowspan=1000 colspan=200~{'x ' * 500}"] * 3)] * 50)
    assert len("".join(texts(read, "a.html", wide))) < 10_000_000
    data = sheet({f"A{row}": "y" * 250 for row in range(1, 200)}, [f"A{row}:ZZ999" for row in range(1, 200)])
    assert len("".join(texts(read, "a.xlsx", data))) < 20_000_000


def test_tables_in_tables_end_soon(read: Any) -> None:
    assert "deep" in "".join(texts(read, "a.html", "<table><tr><td>" * 20_000 + "deep"))


def test_the_chapters_of_a_book_are_found_whatever_their_names_are(read: Any) -> None:
    parts = {
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/content.opf"/></container>',
        "OEBPS/content.opf": '<package><manifest><item id="a" href="b%C3%B6l%C3%BCm%201.xhtml#top"/>'
        '<item id="b" href="../Text/Two.XHTML"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="x"/><itemref idref="b"/></spine></package>',
        "OEBPS/bölüm 1.xhtml": "<p>Ki&#173;tap<a href='#f'>1</a>",
        "text/two.xhtml": "<p>two",
    }
    assert texts(read, "a.epub", makers.archive(parts)) == ["Kitap[1]", "two"]
