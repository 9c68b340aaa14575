"""JSON that is not always JSON."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.json_text import dump_json, dump_loose_json, parse_json, parse_loose_json

ANY_TEXT = st.text(st.characters(codec=None))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=12,
)


def test_what_is_nearly_json_is_read() -> None:
    assert parse_loose_json(b'{"t": NaN, "s": "a\\ud83d", "n": [1, "\\ude80"]}')["s"] == "a\ufffd"
    assert parse_loose_json(b'\xef\xbb\xbf{"t": NaN, "u": [-Infinity]}') == {"t": None, "u": [None]}
    assert parse_loose_json(b'{"s": "\xff\x0b"}') == {"s": "\ufffd\x0b"}
    with pytest.raises(ValueError, match="Expecting"):
        parse_loose_json(b'{"s": 1')
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_loose_json(b"[" * 200_000)


def test_a_lone_surrogate_can_be_sent() -> None:
    assert dump_loose_json({"s": "a\ud83d"}) == b'{"s": "a?"}'


@given(VALUES)
def test_what_is_written_is_read_back_with_whole_characters(value: Any) -> None:
    written = dump_json(value)
    assert dump_json(parse_json(written)) == written
    assert parse_loose_json(written) == parse_json(written)
    assert dump_json(value, as_line=True) == written + b"\n"


def test_halves_of_a_pair_are_joined_and_lone_ones_replaced() -> None:
    assert parse_json(b'["\\ud83d\\ude80", "a\\ud83d"]') == ["\U0001f680", "a\ufffd"]
    assert dump_json({"a\ude80": ("\ud83d", 1)}) == '{"a\ufffd":["\ufffd",1]}'.encode()


def test_constants_of_python_are_read_where_they_are_allowed() -> None:
    assert parse_json(b'{"n": Infinity, "s": "\\ud83d"}', allow_nan=True)["n"] == float("inf")
    with pytest.raises(ValueError, match="NaN is no JSON"):
        parse_json(b'{"n": NaN, "s": "\\ud83d"}')


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


def test_a_number_too_large_for_a_file_can_be_sent() -> None:
    with pytest.raises(TypeError):
        dump_json(2**64)
    assert dump_loose_json(2**64) == b"18446744073709551616"
