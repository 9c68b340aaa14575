"""One fold makes an answer's parts: while it streams, from its journal, and in another process."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.answer_parts import (
    AnswerParts,
    Delta,
    Facts,
    Line,
    Piece,
    Signature,
    WholePart,
    fold_pieces,
    sort_pieces,
    take_until_gap,
)
from conversations.store.journal_lines import encode_line, parse_journal, parse_line
from conversations.store.lines import encode_record

from .samples import header

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SAID = st.tuples(st.sampled_from(["text", "reasoning"]), TEXTS)
CALLS = st.builds(
    lambda name: {"type": "tool_call", "id": name, "name": name, "arguments": "{}"},
    st.text("abc", max_size=3),
)
SIGNED = st.text("xyz", min_size=1, max_size=3).map(lambda signature: ("signature", signature))
WHOLE = CALLS.map(lambda part: ("whole", part))
HAPPENED = st.lists(st.one_of(SAID, SAID, SIGNED, WHOLE), max_size=25)
"""What an answer's stream gives, in any order."""
FACTS = st.fixed_dictionaries({}, optional={"memory": st.integers(1, 99), "sources": st.just([{"n": 1}])})


def live(happened: list[tuple[str, Any]]) -> tuple[AnswerParts, list[Piece]]:
    """An answer that took them as they came, and the pieces that its journal was given."""
    parts, pieces = AnswerParts(), list[Piece]()
    for what, value in happened:
        match what:
            case "signature":
                pieces.append(Signature(parts.seq, value))
                parts.sign(value)
            case "whole":
                pieces.append(WholePart(parts.add_part(value), value))
            case _:
                pieces.append(Delta(parts.add_delta(what, value), what, value))
    return parts, pieces


def journal(lines: list[Line]) -> bytes:
    first = encode_record(header("a1", "u1"))  # type: ignore[arg-type]
    return first + "".join(map(encode_line, lines)).encode()


@given(HAPPENED, FACTS)
def test_a_journal_folds_to_the_parts_that_were_shown(
    happened: list[tuple[str, Any]], facts: dict[str, Any]
) -> None:
    parts, pieces = live(happened)
    found = parse_journal(journal([Facts(facts), *pieces]))  # type: ignore[arg-type]
    assert fold_pieces(found.pieces).as_list() == parts.as_list()
    assert (found.facts, found.unknown, fold_pieces(found.pieces).seq) == (facts, 0, parts.seq)


@given(HAPPENED)
def test_the_parts_tell_the_pieces_that_make_them(happened: list[tuple[str, Any]]) -> None:
    parts, _ = live(happened)
    assert fold_pieces(parts.pieces()).as_list() == parts.as_list()
    numbered = [piece.seq for piece in parts.pieces() if not isinstance(piece, Signature)]
    assert numbered == list(range(parts.seq))


@given(HAPPENED, st.data())
def test_whoever_comes_late_is_told_the_rest(happened: list[tuple[str, Any]], data: st.DataObject) -> None:
    parts, _ = live(happened)
    since = data.draw(st.integers(0, parts.seq))
    numbered = [piece for piece in parts.pieces() if not isinstance(piece, Signature)]
    rest = [piece for piece in parts.pieces(since) if not isinstance(piece, Signature)]
    assert rest == numbered[since:]


@given(HAPPENED, st.data())
def test_the_order_of_the_lines_and_lines_that_come_twice_change_nothing(
    happened: list[tuple[str, Any]], data: st.DataObject
) -> None:
    parts, pieces = live(happened)
    numbered = [piece for piece in pieces if not isinstance(piece, Signature)]
    # Signatures at one place are told apart by nothing but the order of their lines.
    signatures = [piece for piece in pieces if isinstance(piece, Signature)]
    mixed: list[Piece] = list(data.draw(st.permutations(numbered)))
    for signature in reversed(signatures):
        mixed.insert(0, signature)
    for place in sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=3))):
        mixed += numbered[place : place + 1]
    assert fold_pieces(mixed).as_list() == parts.as_list()


@given(HAPPENED, st.integers(0, 2000))
def test_cut_at_any_byte_what_had_arrived_is_there(happened: list[tuple[str, Any]], cut: int) -> None:
    _, pieces = live(happened)
    data = journal(list(pieces))
    first = len(journal([]))
    cut = min(first + cut, len(data))
    whole = data[:cut].count(b"\n") - 1
    # A last line of which only its end is missing is whole.
    whole += data[cut : cut + 1] == b"\n"
    found = parse_journal(data[:cut])
    assert fold_pieces(found.pieces).as_list() == fold_pieces(pieces[:whole]).as_list()
    assert found.unknown == 0


@given(HAPPENED, st.data())
def test_where_lines_are_missing_all_others_are_there_in_their_order(
    happened: list[tuple[str, Any]], data: st.DataObject
) -> None:
    _, pieces = live(happened)
    kept = [piece for piece in pieces if data.draw(st.booleans())]
    texts = [piece.text for piece in kept if isinstance(piece, Delta)]
    calls = [piece.part for piece in kept if isinstance(piece, WholePart)]
    folded: list[Any] = fold_pieces(kept).as_list()
    assert "".join(part.get("text", "") for part in folded) == "".join(texts)
    assert [part for part in folded if part["type"] == "tool_call"] == calls


@given(HAPPENED, st.data())
def test_another_process_takes_what_comes_before_a_gap(
    happened: list[tuple[str, Any]], data: st.DataObject
) -> None:
    parts, pieces = live(happened)
    if not parts.seq:
        return
    gap = data.draw(st.integers(0, parts.seq - 1))
    holed = [piece for piece in pieces if isinstance(piece, Signature) or piece.seq != gap]
    before = list(take_until_gap(holed))
    assert fold_pieces(before).seq == gap
    assert before == [piece for piece in sort_pieces(pieces) if piece in before and piece.seq <= gap]


def test_reasoning_tells_how_long_it_took_where_somebody_looked() -> None:
    parts = AnswerParts()
    parts.add_delta("reasoning", "Hm", 1.0)
    parts.add_delta("reasoning", "m.", 1.5)
    parts.add_part({"type": "tool_call", "id": "c", "name": "n", "arguments": ""}, 2.25)
    parts.add_delta("reasoning", "So", 4.0)
    first, _, last = parts.as_list(until=4.5)
    assert first == {"type": "reasoning", "text": "Hmm.", "ms": 1250}
    assert last == {"type": "reasoning", "text": "So", "ms": 500}
    assert "ms" not in parts.as_list()[-1]


def test_a_signature_ends_the_reasoning_that_it_signs() -> None:
    parts, _ = live(
        [("reasoning", "a"), ("signature", "1"), ("reasoning", "b"), ("text", "t"), ("signature", "2")]
    )
    assert parts.as_list() == [
        {"type": "reasoning", "text": "a", "signature": "1"},
        {"type": "reasoning", "text": "b", "signature": "2"},
        {"type": "text", "text": "t"},
    ]


def test_what_is_signed_without_words_is_reasoning_without_words() -> None:
    parts, _ = live([("text", "t"), ("signature", "1"), ("text", "u")])
    assert parts.as_list() == [
        {"type": "text", "text": "t"},
        {"type": "reasoning", "text": "", "signature": "1"},
        {"type": "text", "text": "u"},
    ]


def test_a_signature_costs_no_look_at_what_came_before() -> None:
    parts = AnswerParts()
    for number in range(20_000):
        parts.sign(f"{number}")
        parts.add_delta("text", "a")
    folded = parts.as_list()
    assert len(folded) == 40_000
    assert folded[-2] == {"type": "reasoning", "text": "", "signature": "19999"}


NOT_KNOWN: list[Any] = [
    [],
    "text",
    7,
    None,
    {},
    {"seq": 0},
    {"seq": 0, "part": "text"},
    {"seq": 0, "part": "text", "text": 5},
    {"seq": "0", "part": "text", "text": "a"},
    {"seq": -1, "part": "text", "text": "a"},
    {"seq": 1.0, "part": "text", "text": "a"},
    {"seq": True, "part": "text", "text": "a"},
    {"seq": 0, "part": {"no": "type"}},
    {"seq": 0, "part": {"type": 5}},
    {"seq": 0, "part": None, "text": "a"},
    {"seq": 0, "signature": ""},
    {"seq": 0, "signature": None},
    {"facts": []},
    {"facts": None},
    {"hologram": {"depth": 3}},
]


@pytest.mark.parametrize("fields", NOT_KNOWN, ids=str)
def test_what_is_no_line_is_passed_over_and_counted(fields: Any) -> None:
    assert parse_line(fields) is None
    data = (
        journal([Delta(0, "text", "a")])
        + orjson.dumps(fields)
        + b"\n"
        + encode_line(Delta(1, "text", "b")).encode()
    )
    found = parse_journal(data)
    assert fold_pieces(found.pieces).as_list() == [{"type": "text", "text": "ab"}]
    assert found.unknown == 1


@pytest.mark.parametrize(
    "line",
    [
        Delta(3, "text", "é\u2028😀\n"),
        WholePart(4, {"type": "tool_result", "id": "c", "content": "x", "is_error": False}),
        Signature(2, "gemini/x|U0lHTkVE"),
        Facts({"memory": 12, "files": [{"name": "a.md", "given": "whole"}]}),
    ],
    ids=lambda line: type(line).__name__,
)
def test_a_line_reads_back_as_it_was_written(line: Line) -> None:
    written = encode_line(line)
    assert written.endswith("\n")
    assert written.count("\n") == 1
    assert parse_line(orjson.loads(written)) == line


def test_half_a_surrogate_pair_does_not_lose_a_line() -> None:
    assert parse_line(orjson.loads(encode_line(Signature(0, "x\ud83d")))) == Signature(0, "x�")
