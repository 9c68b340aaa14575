from pathlib import Path
from typing import Any

import pytest

from rag.errors import CancelledError, DocumentError
from rag.load.blocks import Block, Piece, Progress, Splitter
from rag.load.reading import read_file
from rag.split import split
from tests.rag import makers

LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 9 + '"><!ENTITY c "' + "&b;" * 9 + '">]>'
AT_EASE = 120.0
"""Seconds that nothing which ends by itself takes."""
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def refused(read: Any, name: str, data: bytes, **options: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        read(name, data, **options)
    return caught.value.code


def test_a_word_document_keeps_headings_pages_and_rows(read: Any) -> None:
    data = makers.docx(
        [("heading 1", "Giriş"), ("", "İlk & son."), ("heading 2", "Bütçe"), ("page", "İkinci sayfa.")],
        rows=[["Yıl", "Tutar"], ["2025", "40"]],
    )
    kind, blocks = read("rapor.docx", data)
    assert kind == "docx"
    assert blocks == [
        Block("Giriş", 1, 1),
        Block("İlk & son.", 0, 1),
        Block("Bütçe", 2, 1),
        Block("İkinci sayfa.", 0, 2),
        Block("Yıl | Tutar", 0, 2),
        Block("Yıl: 2025 | Tutar: 40", 0, 2),
    ]


def test_a_word_document_without_page_breaks_has_no_pages(read: Any) -> None:
    _, blocks = read("a.docx", makers.docx([("", "Only text.")]))
    assert blocks == [Block("Only text.", 0, None)]


def test_slides_come_in_the_order_in_which_they_are_shown_with_their_notes(read: Any) -> None:
    data = makers.pptx([("Первый", ["текст один"], "заметка"), ("Второй", ["текст два"], "ещё")])
    kind, blocks = read("slides.pptx", data)
    assert kind == "pptx"
    assert blocks[:3] == [Block("Первый", 1, 1), Block("текст один", 0, 1), Block("заметка", 0, 1)]
    assert blocks[3] == Block("Второй", 1, 2)


def test_a_row_of_a_sheet_carries_the_names_of_its_columns(read: Any) -> None:
    data = makers.xlsx({"Satış": [["Şehir", "Tutar"], ["Ankara", 12.5], ["İzmir", 7]], "Boş": []})
    kind, blocks = read("satis.xlsx", data)
    assert kind == "xlsx"
    assert [block.text for block in blocks] == [
        "Satış",
        "Şehir | Tutar",
        "Şehir: Ankara | Tutar: 12.5",
        "Şehir: İzmir | Tutar: 7",
        "Boş",
    ]


def test_a_page_of_the_web_is_what_its_reader_would_read(read: Any) -> None:
    page = (
        "<!doctype html><title>tab</title><style>p{}</style><h1>Başlık <em>bir</em></h1><nav>menu</nav>"
        "<p>Bir   iki<br>üç &amp; dört</p><script>alert('<p>x</p>')</script>"
        "<table><tr><td>a</td><td>b</td></tr></table><pre>x  =\n  1</pre>"
    )
    kind, blocks = read("page.html", page.encode())
    assert kind == "html"
    assert blocks == [
        Block("Başlık bir", 1),
        Block("Bir iki\nüç & dört"),
        Block("a | b"),
        Block("x  =\n  1"),
    ]


def test_deep_nesting_costs_nothing(read: Any) -> None:
    _, blocks = read("deep.html", b"<div>" * 200_000 + b"found" + b"</div>" * 200_000)
    assert blocks == [Block("found")]


def test_markdown_headings_count_outside_of_fences_alone(read: Any) -> None:
    text = "# One\ntext\n\nTwo\n---\n```\n# no heading\n```\n### Three ###\nend"
    kind, blocks = read("a.md", text.encode())
    assert kind == "md"
    assert blocks == [
        Block("One", 1),
        Block("text"),
        Block("Two", 2),
        Block("```\n# no heading\n```"),
        Block("Three", 3),
        Block("end"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Çalışma günlüğü: şimdiye kadar yapılan işler burada özetlenmiştir. Güneşli bir gün.", "cp1254"),
        ("Протокол собрания жильцов: обсудили ремонт крыши и смету расходов на следующий год.", "cp1251"),
        ("Протокол собрания жильцов: обсудили ремонт крыши и смету расходов на следующий год.", "koi8_r"),
        ("Çalışma günlüğü ve протокол", "utf-8-sig"),
        ("Çalışma günlüğü ve протокол", "utf-16"),
    ],
)
def test_old_encodings_are_recognised(read: Any, text: str, encoding: str) -> None:
    assert read("notes.txt", text.encode(encoding))[1] == [Block(text)]


def test_a_table_may_be_separated_by_semicolons_with_commas_in_its_numbers(read: Any) -> None:
    _, blocks = read("t.csv", 'Ürün;Fiyat\nKalem;12,50\n"Defter; çizgili";30,00\n'.encode("cp1254"))
    assert [block.text for block in blocks][1:] == [
        "Ürün: Kalem | Fiyat: 12,50",
        "Ürün: Defter; çizgili | Fiyat: 30,00",
    ]


def test_the_chapters_of_a_book_come_in_reading_order(read: Any) -> None:
    kind, blocks = read("b.epub", makers.epub(["<h1>Bir</h1><p>ilk</p>", "<h1>İki</h1><p>son</p>"]))
    assert kind == "epub"
    assert [block.text for block in blocks] == ["Bir", "ilk", "İki", "son"]


def test_a_pdf_has_pages_bookmarks_and_any_alphabet(read: Any) -> None:
    data = makers.pdf(["Merhaba dünya, çığ", "Привет, мир"], [("Giriş", 0), ("Вторая", 1)])
    kind, blocks = read("a.pdf", data)
    assert kind == "pdf"
    assert blocks == [
        Block("Giriş", 1, 1),
        Block("Merhaba dünya, çığ", 0, 1),
        Block("Вторая", 1, 2),
        Block("Привет, мир", 0, 2),
    ]


def test_the_header_that_every_page_repeats_is_left_out(read: Any) -> None:
    pages = [f"ACME annual report\nThe content of page number {number}." for number in range(8)]
    _, blocks = read("a.pdf", makers.pdf(pages))
    assert [block.text for block in blocks] == [page.split("\n")[1] for page in pages]


def test_a_kind_without_a_name_is_told_from_the_bytes(read: Any) -> None:
    assert read("download", makers.docx([("", "x")]))[0] == "docx"
    assert read("download", b"<!DOCTYPE html><p>x")[0] == "html"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"<html>please log in</html>", "mismatch"),
        ("a.txt", makers.pdf(["x"]), "mismatch"),
        ("a.md", b"\x7fELF\x02\x01\x01\0\0\0", "mismatch"),
        ("a.docx", makers.xlsx({"x": [["y"]]}), "mismatch"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "old_format"),
        ("a.bin", bytes(100), "unsupported"),
        ("a.zip", makers.archive({"x": "y"}), "unsupported"),
        ("a.pdf", b"%PDF-1.7\nnothing of one", "broken"),
        ("a.pdf", makers.pdf(["x" * 50])[:300], "broken"),
        ("a.docx", makers.docx([("", "x")])[:-60], "broken"),
        ("a.docx", makers.archive({"word/document.xml": "<w:document><w:body>"}), "broken"),
        ("a.xlsx", makers.archive({"xl/workbook.xml": "no xml"}), "broken"),
        ("a.epub", makers.archive({"META-INF/container.xml": "<container/>"}), "broken"),
        ("a.txt", b" \n \n", "no_text"),
        ("a.pdf", makers.pdf([""]), "no_text"),
        ("a.docx", makers.archive({"word/document.xml": f"{LAUGHS}<d>&c;</d>"}), "entities"),
        ("a.docx", makers.archive({"word/document.xml": f"{OUTSIDE}<d>&a;</d>"}), "entities"),
        ("a.epub", makers.archive({"META-INF/container.xml": f"{LAUGHS}<d>&c;</d>"}), "entities"),
    ],
)  # fmt: skip
def test_a_file_that_lies_or_is_broken_is_refused(read: Any, name: str, data: bytes, code: str) -> None:
    assert refused(read, name, data) == code


@pytest.mark.parametrize("part", ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"])
def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(read: Any, part: str) -> None:
    assert refused(read, "file", makers.zip_bomb(part, 20)) == "bomb"


def test_an_archive_that_lies_about_its_size_is_refused(read: Any) -> None:
    assert refused(read, "file", makers.lying_zip_bomb("word/document.xml", 20)) in ("bomb", "broken")


def test_a_password_is_said_to_be_the_reason(read: Any) -> None:
    data = bytearray(makers.docx([("", "x")]))
    # The first bit of the flags, in both headers of each part.
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    assert refused(read, "a.docx", bytes(data)) == "encrypted"


def test_a_pdf_that_unpacks_to_gigabytes_ends_in_bounded_memory_and_time(read: Any) -> None:
    assert refused(read, "a.pdf", makers.pdf_bomb()) in ("memory", "timeout", "no_text", "broken")


def test_a_pdf_of_ten_thousand_pages_is_refused(read: Any) -> None:
    kids = b" ".join([b"6 0 R"] * 10_000)
    data = makers.pdf_of(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [%s] /Count 10000 >>" % kids,
            6: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        }
    )
    assert refused(read, "a.pdf", data) == "too_long"


@pytest.fixture
def endless(tmp_path: Path) -> dict[str, str]:
    return {"txt": "tests.rag.endless.load"}


def test_a_reader_that_does_not_end_is_killed(read: Any, endless: dict[str, str]) -> None:
    assert refused(read, "a.txt", b"x", loaders=endless, seconds=1.0) == "timeout"


def test_a_reader_that_takes_all_memory_is_refused(read: Any) -> None:
    assert refused(read, "a.txt", b"x", loaders={"txt": "tests.rag.endless.swallow"}) == "memory"


def test_a_reader_that_crashes_is_refused(read: Any) -> None:
    assert refused(read, "a.txt", b"x", loaders={"txt": "tests.rag.endless.crash"}) == "broken"


def test_cancelling_kills_the_reader(tmp_path: Path, endless: dict[str, str]) -> None:
    path = tmp_path / "original"
    path.write_bytes(b"x")
    seen: list[object] = []
    events = read_file(path, "a.txt", loaders=endless, cancelled=lambda: len(seen) >= 2)
    with pytest.raises(CancelledError):
        seen.extend(events)
    assert seen == ["txt", Progress(1, 2)]


def test_a_reader_knows_no_key_of_the_server(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "a-very-secret-key")
    _, blocks = read("a.txt", b"x", loaders={"txt": "tests.rag.endless.environment"})
    assert "PATH" in blocks[0].text
    assert "secret" not in blocks[0].text


@pytest.mark.parametrize(
    ("splitter", "seconds", "code"),
    [
        ("split_without_end", 5.0, "timeout"),
        ("split_into_all_memory", AT_EASE, "memory"),
        ("split_into_too_many", AT_EASE, "too_long"),
        ("not_there", AT_EASE, "internal"),
    ],
)
def test_text_is_cut_in_the_process_that_may_be_killed(
    read: Any, splitter: str, seconds: float, code: str
) -> None:
    options = {"splitter": Splitter(f"tests.rag.endless.{splitter}"), "seconds": seconds}
    assert refused(read, "a.txt", b"x", **options) == code


def test_passages_that_are_cut_there_are_those_of_the_blocks(tmp_path: Path) -> None:
    path = tmp_path / "original"
    path.write_text("# One\n\nKedi uyur.\n\n# Two\n\n" + "Köpek koşar. " * 300)
    blocks = [event for event in read_file(path, "a.md") if isinstance(event, Block)]
    told = list(read_file(path, "a.md", splitter=Splitter("rag.split.split", {"size": 250})))
    pieces = [event for event in told if isinstance(event, Piece)]
    assert [event for event in told if isinstance(event, str | int)] == ["md", 0]
    assert pieces == list(split(blocks, "md", 250))
    assert len(pieces) > 10
