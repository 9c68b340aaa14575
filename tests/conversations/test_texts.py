"""Texts that break other stores."""

import json

import orjson
import pytest

from conversations.errors import InvalidRecordError
from conversations.files.store import FileStore
from conversations.store.lines import decode_record, encode_record, split_lines

from .samples import ID, answer, conversation, record, user


@pytest.mark.parametrize(
    "text",
    [
        "\u2028 and \u2029 and \u0085 and \x0b\x0c\x1c\x1d\x1e",
        "NUL \0 inside",
        "\r\n\t\\ \" ' \x7f",
        "😀 ё İ ı \ufeff \uffff",
        "x" * 1_000_000,
        "",
        '{"type":"message"}\n{"type":"delete"}',
    ],
    ids=["line separators", "NUL", "controls", "unicode", "1 MB", "empty", "JSON"],
)
def test_a_text_comes_back_as_it_was(store: FileStore, text: str) -> None:
    file = store.create(conversation(), user("u1", text=text))
    file.append([answer("a1", "u1", text)])
    assert [found for _, found in store.open(ID).records_from(0)][1:] == [
        user("u1", text=text),
        answer("a1", "u1", text),
    ]
    assert store.open(ID).messages(["a1"]) == [answer("a1", "u1", text)]


def test_half_a_surrogate_pair_costs_that_character_and_not_the_answer(store: FileStore) -> None:
    file = store.create(conversation())
    (found,) = file.append([answer("a1", "", "before \ud83d after, \ud83d\ude00 \udc00")])
    assert found == answer("a1", "", "before \ufffd after, 😀 \ufffd")


def test_a_file_of_another_program_with_an_escaped_half_pair_is_read(store: FileStore) -> None:
    store.create(conversation())
    with store.folders.path(ID).open("a") as file:
        file.write(json.dumps(user("u1", text="a \ud800 b")) + "\n")
    found = store.open(ID)
    assert found.damaged is None
    assert found.messages(["u1"]) == [user("u1", text="a \ufffd b")]


def test_a_byte_order_mark_and_carriage_returns_are_no_damage(store: FileStore) -> None:
    store.create(conversation(), user("u1"))
    store.folders.path(ID).write_bytes(
        b"\xef\xbb\xbf" + store.folders.path(ID).read_bytes().replace(b"\n", b"\r\n")
    )
    file = store.open(ID)
    assert file.damaged is None
    file.append([answer("a1", "u1")])
    assert store.open(ID).tree.path() == ["u1", "a1"]


def test_unknown_fields_and_types_survive(store: FileStore) -> None:
    strange = record("hologram", depth=[1, {"x": None}], id="h1")
    known = user("u1", mood="curious")
    store.create(conversation(palette="dark"), known, strange)
    assert [found for _, found in store.open(ID).records_from(0)] == [
        conversation(palette="dark"),
        known,
        strange,
    ]


@pytest.mark.parametrize("value", [2**70, {1: "x"}, object(), b"bytes"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecordError):
        encode_record(record("settings", rag=value))


@pytest.mark.parametrize(
    "line", [b"", b"nul", b"[]", b"{", b'{"type":null}', b'{"type":"x","v":NaN}', b"[" * 10**5]
)
def test_what_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidRecordError):
        decode_record(line)


def test_lines_are_split_alike_however_the_blocks_fall() -> None:
    data = orjson.dumps({"a": 1}) + b"\n\n" + b"x" * 10 + b"\r\n" + "ё\u2028".encode() + b"\n" + b"torn"
    for size in range(1, len(data) + 2):
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        assert list(split_lines(blocks)) == data.split(b"\n")
