"""What a check says of an answer, also where its pattern would never end."""

import asyncio
from typing import Any, cast

import pytest

from chat.testsets.checks import check_answer, run_checks
from conversations.records import AnswerMessage, unmeasured_timing

SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def answer(
    text: str, *, status: str = "complete", ms: int | None = 100, usd: float | None = 0.5
) -> AnswerMessage:
    said = {**unmeasured_timing(), "id": "a", "status": status, "parts": [{"type": "text", "text": text}]}
    said["timing"] = {"first_token_ms": ms, "total_ms": ms}
    said["cost"] = {"usd": usd, "source": "priced"}
    return cast(AnswerMessage, said)


def verdict(text: str, kind: str, value: Any, **more: Any) -> Any:
    (found,) = check_answer(answer(text, **more), [{"kind": kind, "value": value}])
    return found and found["passed"]


@pytest.mark.parametrize(
    ("kind", "value", "text", "passed"),
    [
        ("contains", "Ankara", "It is Ankara.", True),
        ("contains", "ankara", "It is Ankara.", False),
        ("contains", "İstanbul", "İstanbul'da", True),
        ("not_contains", "sorry", "It is Ankara.", True),
        ("not_contains", "sorry", "I am sorry.", False),
        ("equals", "4", " 4\n", True),
        ("equals", "4", "4.", False),
        ("regex", r"\b\d{4}\b", "in 1923 it", True),
        ("regex", r"^b$", "a\nb\nc", True),
        ("regex", r"\A\d+\Z", "12 a", False),
        ("json_schema", SCHEMA, '{"n": 3}', True),
        ("json_schema", SCHEMA, '```json\n{"n": 3}\n```', True),
        ("json_schema", SCHEMA, 'Here: {"n": 3}', False),
        ("json_schema", SCHEMA, '{"n": "3"}', False),
        ("json_schema", SCHEMA, "", False),
        ("json_schema", True, "[1]", True),
        ("max_ms", 100, "x", True),
        ("max_ms", 99.5, "x", False),
        ("max_usd", 0.5, "x", True),
        ("max_usd", 0.1, "x", False),
    ],
)
def test_each_kind_says_yes_and_no(kind: str, value: Any, text: str, passed: bool) -> None:
    assert verdict(text, kind, value) is passed


@pytest.mark.parametrize("kind", ["max_ms", "max_usd"])
def test_what_nobody_measured_neither_passes_nor_fails(kind: str) -> None:
    assert verdict("x", kind, 1, ms=None, usd=None) is None


@pytest.mark.parametrize("status", ["failed", "stopped", "interrupted"])
def test_an_answer_that_did_not_end_well_passes_nothing(status: str) -> None:
    assert verdict("Ankara", "contains", "Ankara", status=status) is False
    assert verdict("Ankara", "judge", "x", status=status) is False


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("regex", r"(a+)+$"),
        ("regex", r"(a|a)*$"),
        ("regex", r"(.*a){25}$"),
        ("regex", r"^(([a-z])+.)+[A-Z]([a-z])+$"),
        ("json_schema", {"type": "string", "pattern": "^(a+)+$"}),
        ("json_schema", {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}),
    ],
)
def test_what_would_never_end_is_not_passed_and_those_behind_it_are_tried(kind: str, value: Any) -> None:
    text = f'"{"a" * 60}!"'
    behind = [{"kind": "regex", "value": "a!"}, {"kind": "contains", "value": "!"}]
    found = check_answer(answer(text), [{"kind": kind, "value": value}, *behind])
    assert [one and one["passed"] for one in found] == [False, True, True]


def test_nothing_is_fetched_for_a_schema() -> None:
    schema = {"$ref": "http://127.0.0.1:9/schema.json"}
    (found,) = check_answer(answer('{"n": 1}'), [{"kind": "json_schema", "value": schema}])
    assert found is not None
    assert (found["passed"], "schema.json" in found["detail"]) == (False, True)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"multipleOf": 0.5}, "1" + "0" * 400),
        ({"type": "object", "$ref": "http://["}, "{}"),
        ({"$ref": "file:///etc/passwd"}, "1"),
        ({"$ref": "#/nowhere"}, "1"),
        ({"$dynamicRef": "#nowhere"}, "1"),
        ({"$id": "http://[::1", "properties": {"a": {"$ref": "b"}}}, '{"a": 1}'),
        ({"type": "integer"}, "1" * 5_000),
        ({"type": "array"}, "[" * 100_000),
        ({"type": "array"}, "[" * 100_000 + "]" * 100_000),
        ({"type": "object"}, '{"a":' * 50_000),
        ({"type": "string"}, '"\ud800"x'),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_breaks_the_library_that_checks_is_not_passed_at_once_and_says_why(
    schema: Any, text: str
) -> None:
    behind = {"kind": "contains", "value": text[:1]}
    found = check_answer(answer(text), [{"kind": "json_schema", "value": schema}, behind])
    assert found[0] is not None
    assert (found[0]["passed"], found[1]) == (False, {"passed": True})
    assert found[0]["detail"] != "took too long"


async def test_answers_that_take_long_to_check_keep_no_thread_from_others() -> None:
    """More of them at once than there are threads for reading files."""
    evil = [{"kind": "regex", "value": "(a+)+$"}]
    long = [asyncio.create_task(run_checks(answer("a" * 60 + "!"), evil)) for _ in range(3)]
    quick = await run_checks(answer("Ankara"), [{"kind": "contains", "value": "Ankara"}])
    read = await asyncio.to_thread(lambda: "read")
    assert (quick, read, any(task.done() for task in long)) == ([{"passed": True}], "read", False)
    assert [told for task in long for told in await task] == [
        {"passed": False, "detail": "took too long"}
    ] * 3


def test_a_judge_is_asked_elsewhere() -> None:
    assert check_answer(answer("x"), [{"kind": "judge", "value": "It is short."}]) == [None]
