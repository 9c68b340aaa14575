from itertools import pairwise

from rag.load.blocks import Block
from rag.split import SIZE, split


def test_a_passage_never_reaches_across_a_heading_and_carries_its_path() -> None:
    blocks = [
        Block("Guide", 1),
        Block("Start", 2),
        Block("one"),
        Block("two"),
        Block("Deep", 3),
        Block("three"),
        Block("End", 2),
        Block("four"),
    ]
    assert [(piece.heading, piece.text) for piece in split(blocks, "docx")] == [
        ("Guide › Start", "one\n\ntwo"),
        ("Guide › Start › Deep", "three"),
        ("Guide › End", "four"),
    ]


def test_a_heading_with_nothing_below_it_is_found_too() -> None:
    blocks = [Block("A", 1), Block("B", 2), Block("C", 2), Block("text"), Block("D", 1)]
    assert [(piece.heading, piece.text) for piece in split(blocks, "docx")] == [
        ("A › B", "B"),
        ("A › C", "text"),
        ("D", "D"),
    ]


def test_long_texts_are_cut_between_sentences_and_keep_every_word_and_the_page() -> None:
    sentences = [f"Sentence {number} says something that is worth a line." for number in range(200)]
    blocks = [
        Block(" ".join(sentences[:100]), page=1),
        Block(" ".join(sentences[100:]), page=2),
    ]
    pieces = list(split(blocks, "pdf"))
    assert all(len(piece.text) <= SIZE for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)
    assert " ".join(" ".join(piece.text for piece in pieces).split()) == " ".join(sentences)
    assert pieces[0].page == 1
    assert pieces[-1].page == 2
    assert all(one.page <= other.page for one, other in pairwise(pieces))  # type: ignore[operator]


def test_a_passage_stays_on_its_page_unless_a_sentence_runs_on() -> None:
    pages = ["Rent is due on the fifth. The deposit", "comes back after the move.", "Pets", "Cars"]
    pieces = split([Block(text, page=number) for number, text in enumerate(pages, 1)], "pdf")
    assert [(piece.page, piece.text) for piece in pieces] == [
        (1, f"{pages[0]}\n\n{pages[1]}"),
        (3, pages[2]),
        (4, pages[3]),
    ]


def test_a_code_fence_stays_whole_where_it_fits() -> None:
    code = "```python\n" + "\n".join(f"line_{number} = {number}" for number in range(40)) + "\n```"
    pieces = list(split([Block("Before. " * 100 + "\n\n" + code + "\n\n" + "After. " * 100)], "md"))
    assert any(code in piece.text for piece in pieces)


def test_rows_of_a_table_stand_one_below_the_other() -> None:
    blocks = [Block("T", 1), *(Block(f"a: {number} | b: x") for number in range(300))]
    pieces = list(split(blocks, "xlsx"))
    rows = [row for piece in pieces for row in piece.text.split("\n")]
    assert rows == [block.text for block in blocks[1:]]
