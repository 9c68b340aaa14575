"""Whatever the fields of a message hold, it can be read, shown and exported: files come from anywhere."""

from pathlib import Path
from typing import Any, cast, is_typeddict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.doors.shares.page import message_of
from chat.models import Share
from chat.prompting import context
from chat.protocol.lanes import read_params
from chat.replay.compare import compare
from chat.replay.plan import answer_size
from conversations.attachments import AttachmentStore
from conversations.export import FORMATS, export_document
from conversations.files.store import FileStore
from conversations.index.rows import IndexRows
from conversations.models import Conversation
from conversations.records import AnswerMessage, AskedAnswer, UserMessage
from conversations.shapes import PARTS, parts_of, read_message
from core.type_hints import declared_fields, fits
from providers.types import Params
from tests.conversations.samples import ID, answer, conversation, user

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KNOWN = ["code", "id", "input", "lane", "message", "n", "name", "source", "text", "total_ms", "type", "usd"]
NESTED = st.dictionaries(st.sampled_from(KNOWN), ANYTHING, max_size=4)
FREE = sorted(set(declared_fields(AnswerMessage)) - {"type", "id", "parent", "role"})
FIELDS = st.dictionaries(st.sampled_from(FREE), ANYTHING | NESTED | st.lists(NESTED, max_size=2), max_size=4)
ASKED = sorted(set(declared_fields(UserMessage)) - {"type", "id", "parent", "role"})
QUESTIONS = st.dictionaries(
    st.sampled_from(ASKED), ANYTHING | NESTED | st.lists(NESTED, max_size=2), max_size=3
)
PART_FIELDS = sorted({name for kind in PARTS.values() for name in declared_fields(kind)} - {"type"})
PART = st.fixed_dictionaries(
    {"type": st.sampled_from([*PARTS, "video", 7])}, optional=dict.fromkeys(PART_FIELDS, ANYTHING)
)
SLOW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def has_types(message: Any, kind: Any) -> bool:
    """But for words that only a later version knows, also in what is nested."""
    return all(
        fits(value, declared)
        or isinstance(value, str)
        or (is_typeddict(declared) and has_types(value, declared))
        for name, declared in declared_fields(kind).items()
        if name in message
        for value in [message[name]]
    )


@given(FIELDS, st.lists(PART, max_size=3))
def test_a_read_answer_is_of_the_types_that_it_declares(odd: dict[str, Any], parts: list[Any]) -> None:
    stored = {**answer("a1", "u1"), **odd, "later": {"kept": 1}}
    if parts:
        stored["parts"] = parts
    read: Any = read_message(cast(AnswerMessage, stored))
    assert has_types(read, AnswerMessage)
    assert AnswerMessage.__required_keys__ <= read.keys()
    assert {type(read[name]) for name in ("usage", "cost", "timing")} == {dict}
    for name in ("input", "output", "reasoning", "cached"):
        assert read["usage"][name] is None or type(read["usage"][name]) is int
    assert read["later"] == {"kept": 1}
    assert read_message(read) == read


def test_what_fits_is_read_as_it_stands() -> None:
    for whole in (answer("a1", "u1", speaker="Ada", sources=[{"n": 1}]), user("u1", documents=[])):
        assert read_message(whole) is whole


@SLOW
@given(
    odd=FIELDS,
    asked=QUESTIONS,
    parts=st.lists(PART, max_size=3),
)
def test_nothing_that_is_made_of_a_message_fails_for_a_field(
    tmp_path_factory: pytest.TempPathFactory, odd: dict[str, Any], asked: dict[str, Any], parts: list[Any]
) -> None:
    folder: Path = tmp_path_factory.mktemp("odd")
    store = FileStore(folder)
    last = cast(AnswerMessage, {**answer("a1", "u1", lane="l2"), "parts": parts})
    first = cast(AnswerMessage, {**answer("a2", "u1"), **odd})
    store.create(conversation(owner="local"), cast(UserMessage, {**user("u1"), **asked}), first, last)
    file = store.open(ID)
    assert file.damaged is None
    for name in FORMATS:
        export_document(file, AttachmentStore(folder), name)
    [question, given, _other] = file.messages(["u1", "a2", "a1"])
    answer_size(given)
    compare(file, file, "u1")
    for message in (question, given):
        message_of(cast(dict[str, Any], message), Share(), None)
    lane = file.tree.settings["lanes"][0]
    known = {"user": "u1", "lane": lane, "window": None, "relayed": ["a2"]}
    context.build(file.tree, file.messages, lambda part: None, history="all", **known)  # type: ignore[arg-type]
    rows = IndexRows(Conversation(id=ID), whole=True)
    for place, record in enumerate(file.records_from(0)):
        rows.apply(cast(dict[str, Any], record[1]), place, 10)


@given(st.dictionaries(st.sampled_from([*Params.__slots__, "stop", "json_mode"]), ANYTHING))
def test_parameters_of_a_file_are_those_that_a_command_could_say(odd: dict[str, Any]) -> None:
    read = read_params(odd)
    hints = declared_fields(Params)
    assert all(fits(value, hints[name]) for name, value in read.items())
    assert read_params(read) == read


def test_what_stands_in_a_header_stands_in_the_record() -> None:
    assert set(declared_fields(AskedAnswer)) <= set(declared_fields(AnswerMessage))


def test_parts_lose_what_makes_no_sense_and_keep_the_rest() -> None:
    parts = [
        {"type": "image", "sha256": "0" * 64, "name": "cat.png", "mime": 7, "bytes": "many", "later": 1},
        {"type": "image", "sha256": 7, "name": "cat.png"},
        {"type": "tool_result", "content": "4", "id": None, "is_error": "no"},
        {"type": "text"},
        "text",
    ]
    assert parts_of({"parts": parts}) == [
        {"type": "image", "sha256": "0" * 64, "name": "cat.png", "mime": "", "bytes": 0, "later": 1},
        {"type": "tool_result", "content": "4", "id": "", "is_error": False},
    ]
