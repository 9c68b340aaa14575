"""One line of megabytes costs what its size costs, in the process that may be killed and behind it."""

import time
from typing import Any

import pytest

from rag.load.lines import LONG, PIECE, break_long_lines
from rag.split import split

UNITS = {
    "nothing": "x",
    "words": "kelime ",
    "sentences": "Bir cümle var. ",
    "values": "a;b,",
    "json": '{"anahtar":"değer"},',
    "chinese": "東京",
    "thai": "สัญญา",
    "emoji": "👩‍👩‍👧",
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "a.json"])
def test_one_endless_line_is_split_in_linear_time(read: Any, unit: str, name: str) -> None:
    size = 1_000_000
    kind, blocks = read(name, (unit * (size // len(unit))).encode())
    began = time.process_time()
    pieces = list(split(blocks, kind))
    assert time.process_time() - began < 5
    # Of a row with a hundred thousand columns only the first ones are read.
    assert name == "a.csv" or sum(len(piece.text) for piece in pieces) > size * 0.8


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_nothing_but_spaces_is_lost(unit: str) -> None:
    line = unit * 3_000
    made = break_long_lines(f"first\n{line}\nlast")
    assert "".join(made.split()) == "".join(f"first{line}last".split())
    if len(line) > LONG:
        assert max(map(len, made.split("\n"))) <= PIECE


def test_lines_that_a_person_wrote_stay_as_they_are() -> None:
    text = "\n".join(["word " * 1_000] * 100)
    assert break_long_lines(text) == text


def test_a_line_is_cut_behind_a_sentence() -> None:
    made = break_long_lines("Bir cümle var burada. " * 500).split("\n")
    assert all(line.rstrip().endswith(".") for line in made)
