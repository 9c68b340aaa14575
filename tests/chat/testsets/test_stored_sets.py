"""Test sets as files: whole or not there, and a broken one is named and breaks nothing."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings

from chat.protocol.errors import NotFoundError
from chat.testsets import stored_sets
from chat.testsets.schedule import note_problem, take_due, take_if_due
from chat.testsets.schemas import FORMAT, SECONDS_TO_READ, SentTestSet, TestSetBody, dumped_cases
from chat.testsets.stored_sets import DamagedSetError
from conversations.ids import new_conversation_id
from core.times import parse_moment


def said(**more: Any) -> dict[str, Any]:
    case = {"id": "c1", "text": "2+2?", "checks": [{"kind": "equals", "value": "4"}]}
    return {
        "format": FORMAT,
        "id": new_conversation_id(),
        "owner": "local",
        "name": "Sums",
        "cases": [case],
        **more,
    }


def broken_by(**fields: Any) -> bytes:
    """A file that is whole but for these; its id is its name."""
    return orjson.dumps(said(**{"id": "ITS-NAME", **fields}))


def put(data: bytes, name: str = "") -> str:
    testset = name or new_conversation_id()
    folder = Path(settings.DATA_DIR) / "testsets"
    folder.mkdir(exist_ok=True)
    (folder / f"{testset}.json").write_bytes(data)
    return testset


def test_a_file_is_for_its_owner_alone_and_says_what_was_written(data_dir: Path) -> None:
    one = said()
    stored_sets.create(one)
    path = data_dir / "testsets" / f"{one['id']}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert orjson.loads(path.read_bytes()) == one
    assert stored_sets.read(one["id"]) == one
    assert [row.id for row in stored_sets.listed_of("local")] == [one["id"]]


def test_fields_of_a_newer_version_are_kept_when_it_is_changed() -> None:
    one = said(colour="red")
    stored_sets.create(one)
    stored_sets.change(one["id"], name="Other")
    assert stored_sets.read(one["id"]) == {**one, "name": "Other"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        broken_by(format=2),
        broken_by(format="1"),
        broken_by(id="20261120-104233-other123"),
        broken_by(cases={}),
        broken_by(cases=[{"id": "../x", "text": "x", "checks": []}]),
        broken_by(cases=[{"id": "a", "text": "", "checks": []}]),
        broken_by(cases=[{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]),
        broken_by(cases=[{"id": "a", "text": "x", "checks": [{"kind": "regex", "value": "("}]}]),
        broken_by(cases=[{"id": "a", "text": "x", "checks": [{"kind": "run", "value": "x"}]}]),
    ],
    ids=[
        *("empty", "half", "list", "bytes", "deep", "newer", "text", "other-id", "no-list", "wild-id"),
        *("silent", "twice", "pattern", "kind"),
    ],
)
def test_a_broken_file_is_named_and_the_others_stay(data: bytes) -> None:
    whole = said()
    stored_sets.create(whole)
    name = new_conversation_id()
    broken = put(data.replace(b"ITS-NAME", name.encode()), name)
    with pytest.raises(DamagedSetError, match=broken):
        stored_sets.read(broken)
    rows = {row.id: row for row in stored_sets.all_listed()}
    assert (rows[whole["id"]].problem, rows[whole["id"]].cases) == ("", 1)
    assert broken in rows[broken].problem


def test_a_file_whose_name_is_no_id_is_named_and_used_for_nothing() -> None:
    put(orjson.dumps(said(id="mine")), "mine")
    (row,) = stored_sets.all_listed()
    assert (row.file, row.owner) == ("mine.json", None)
    assert "mine.json" in row.problem


@pytest.mark.parametrize(
    "schedule", [None, {}, {"cron": 3}, "daily", {"next": "2026-01-05T06:00:00.000Z"}, {"lanes": "x"}]
)
def test_a_schedule_that_means_nothing_is_taken_by_nobody(schedule: Any) -> None:
    one = said(schedule=schedule)
    stored_sets.create(one)
    assert take_due() == []
    assert stored_sets.read(one["id"]).get("schedule") == schedule


def test_a_run_that_is_due_is_taken_once_and_waits_for_its_next_time() -> None:
    due = {"cron": "@daily", "timezone": "UTC", "lanes": ["echo/echo"], "next": "2026-01-05T06:00:00.000Z"}
    one = said(schedule=due)
    stored_sets.create(one)
    now = datetime.now(UTC)
    assert take_due() == [(one["id"], due)]
    assert take_due() == []
    kept = stored_sets.read(one["id"])["schedule"]
    assert parse_moment(kept["next"]) > now
    # Another process that found it due a moment ago comes too late.
    assert take_if_due(one["id"], now) is None
    note_problem(one["id"], "no budget")
    assert stored_sets.read(one["id"])["schedule"] == {**kept, "problem": "no budget"}


@pytest.mark.parametrize(
    ("missed", "now", "then"),
    [
        # The clocks of Berlin go from 2:00 to 3:00 on 29 March, and from 3:00 back to 2:00 on 25 October.
        ("2026-03-27T01:30:00.000Z", "2026-03-29T12:00:00.000Z", "2026-03-30T00:30:00.000Z"),
        ("2026-03-28T01:30:00.000Z", "2026-03-29T00:59:00.000Z", "2026-03-29T01:00:00.000Z"),
        ("2026-10-25T00:30:00.000Z", "2026-10-25T00:45:00.000Z", "2026-10-26T01:30:00.000Z"),
        ("2026-10-20T00:30:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-26T01:30:00.000Z"),
    ],
)
def test_runs_that_were_missed_while_the_clocks_changed_are_made_up_once_by_one(
    missed: str, now: str, then: str
) -> None:
    due = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "lanes": ["echo/echo"], "next": missed}
    one = said(schedule=due)
    stored_sets.create(one)
    # Each opens and locks the file for itself, as processes do.
    with ThreadPoolExecutor(4) as processes:
        taken = list(processes.map(lambda _: take_if_due(one["id"], parse_moment(now)), range(8)))
    assert [schedule for schedule in taken if schedule is not None] == [due]
    assert stored_sets.read(one["id"])["schedule"]["next"] == then


@pytest.mark.parametrize("testset", ["", "x", "../secret_key", "20261120-104233-k3v9x2qd/..", "a" * 500])
def test_no_id_leads_out_of_the_folder(testset: str) -> None:
    with pytest.raises(NotFoundError):
        stored_sets.read(testset)


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "regex", "value": "a" * 2_001},
        {"kind": "regex", "value": "(" * 1_000 + ")" * 1_000},
        {"kind": "regex", "value": "(?i)" + "[a-\U0010ffff]" * 100},
        {"kind": "regex", "value": "(?<=a+)b"},
        {"kind": "regex", "value": "a{99999999999}"},
        {"kind": "json_schema", "value": {"type": "nothing"}},
        {"kind": "json_schema", "value": {"$schema": []}},
        {"kind": "json_schema", "value": {"$schema": {"a": 1}}},
        {"kind": "json_schema", "value": {"$schema": 5}},
        {"kind": "json_schema", "value": {"$schema": "http://["}},
        {"kind": "json_schema", "value": {"pattern": "("}},
        {"kind": "json_schema", "value": '{"not":' * 900 + "true" + "}" * 900},
        {"kind": "json_schema", "value": '{"not":' * 5_000 + "true" + "}" * 5_000},
        {"kind": "json_schema", "value": "{"},
        {"kind": "json_schema", "value": r'{"const": "\ud800"}'},
        {"kind": "json_schema", "value": r'{"properties": {"\ud800": true}}'},
        {"kind": "json_schema", "value": {"const": "\ud800"}},
        {"kind": "json_schema", "value": '{"maximum": ' + "9" * 40 + "}"},
        {"kind": "json_schema", "value": 3},
        {"kind": "json_schema", "value": {"description": "x" * 70_000}},
        {"kind": "max_ms", "value": -1},
        {"kind": "max_usd", "value": "1"},
        {"kind": "max_usd", "value": float("nan")},
        {"kind": "contains", "value": ""},
        {"kind": "contains"},
        {"value": "x"},
    ],
    ids=lambda check: f"{check.get('kind')}-{str(check.get('value'))[:8]}",
)
def test_a_check_that_means_nothing_is_refused(check: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        TestSetBody.model_validate({"name": "x", "cases": [{"text": "x", "checks": [check]}]})


def test_thousands_of_patterns_are_refused_before_they_take_long() -> None:
    checks = [{"kind": "regex", "value": f"(?i){number}" + "[a-\uffff]" * 16} for number in range(20)]
    cases = [{"text": "x", "checks": checks}] * 2 + [
        {"text": "x", "checks": [{**check, "value": f"{check['value']}{case}"} for check in checks]}
        for case in range(800)
    ]
    begun = time.thread_time()
    with pytest.raises(ValueError, match="take too long to read"):
        SentTestSet.model_validate({"name": "x", "cases": cases})
    assert time.thread_time() - begun < 4 * SECONDS_TO_READ


def test_a_whole_test_set_of_a_thousand_cases_is_read() -> None:
    checks = [{"kind": "regex", "value": r"\b\d{4}\b"}, {"kind": "json_schema", "value": {"type": "object"}}]
    cases = [{"text": f"Case {number}", "checks": checks} for number in range(1_000)]
    assert len(SentTestSet.model_validate({"name": "x", "cases": cases}).cases) == 1_000
    with pytest.raises(ValueError, match="at most 1000"):
        SentTestSet.model_validate({"name": "x", "cases": [*cases, {"text": "y"}]})


def test_a_schema_may_be_written_as_text() -> None:
    check = {"kind": "json_schema", "value": '{"type": "object"}'}
    body = TestSetBody.model_validate({"name": "x", "cases": [{"text": "x", "checks": [check]}]})
    assert dumped_cases(body.cases)[0]["checks"] == [{"kind": "json_schema", "value": {"type": "object"}}]
