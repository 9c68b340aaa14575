"""Whatever span is asked for, by whatever: nothing is lost, and nothing counted twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chat.doors.rest.metrics import Moment, read_compared, span_between, zone_named
from chat.protocol.errors import InvalidError
from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.metrics.figures import Figures, Span, figures_of, figures_of_each
from conversations.metrics.grouping import By
from conversations.records import Record
from core.times import timestamp
from tests.conversations.samples import answer, conversation, record, user

ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
BERLIN_BACK = datetime(2026, 10, 25, tzinfo=UTC)
"""On this day of 2026 the clocks of Berlin go back, and those of Havana a week later."""
MOMENTS = [BERLIN_BACK + timedelta(minutes=37 * number) for number in range(-300, 400, 7)]
SPANS = st.tuples(*[st.integers(-14_000, 18_000)] * 3).map(sorted).filter(lambda cut: cut[0] < cut[2])
GROUPS: list[By] = ["model", "server", "day", "week", "folder", "purpose"]


@pytest.fixture
def filled(store: FileStore, database: str) -> list[datetime]:
    """Answers of several models in several folders; of each when it was given."""
    halves = MOMENTS[::2], MOMENTS[1::2]
    for place, (moments, folder) in enumerate(zip(halves, ("Work", ""), strict=True)):
        index = f"2026102{place}-104233-k3v7x2qe"
        turns: list[Record] = [conversation(index, **({"folder": folder} if folder else {})), user("u1")]
        for number, moment in enumerate(moments):
            state: dict[str, Any] = {"status": ("complete", "stopped", "failed")[number % 3]}
            if state["status"] == "failed":
                state["error"] = {"code": "timeout", "message": "", "retryable": True}
            model = ("echo/echo", "echo/two", "ollama/qwen3:8b")[number % 3 - number % 2]
            turns.append(answer(f"a{number}", "u1", at=timestamp(moment), model=model, **state))
            if number % 5 == 0:
                turns.append(record("vote", message=f"a{number}", value=1))
        store.create(*turns)  # type: ignore[arg-type]
        index_conversation(store, index)
    return MOMENTS


def counted(rows: list[Figures]) -> Counter[str]:
    """All that can be added up, over all rows."""
    sums: Counter[str] = Counter()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float):
                sums[name] += round(value * 1e9)
            elif name in ("errors", "votes"):
                sums.update({f"{name}.{inner}": often for inner, often in value.items()})
    return sums


def test_the_parts_of_a_span_are_the_whole_of_it(filled: list[datetime]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(SPANS, st.sampled_from(ZONES), st.sampled_from(GROUPS))
    def check(minutes: list[int], zone: str, by: By) -> None:
        first, cut, last = (BERLIN_BACK + timedelta(minutes=one) for one in minutes)
        span = Span(first, last, "ada", by, zone=ZoneInfo(zone))
        whole = figures_of(span)
        parts = [replace(span, until=cut), replace(span, since=cut)]
        [told] = figures_of_each(parts, [by])
        assert counted(whole) == counted(told[0]) + counted(told[1])
        assert [figures_of(part) for part in parts] == told
        within = [moment for moment in filled if first <= moment < last]
        assert sum(row["answers"] for row in whole) == len(within)
        if by == "day":
            days = Counter(moment.astimezone(ZoneInfo(zone)).date().isoformat() for moment in within)
            assert {row["key"]: row["answers"] for row in whole} == days
        for row in whole:
            assert row["answers"] == sum(row[name] for name in ("complete", "stopped", "failed"))

    check()


DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
TIMES = st.datetimes(timezones=st.none() | st.sampled_from(ZONES).map(ZoneInfo)).map(datetime.isoformat)
SAID = st.none() | DAYS | TIMES | st.text(max_size=12)
read_moment: Callable[[Any], Any] = TypeAdapter(Moment).validate_python


def test_any_span_that_is_asked_for_is_answered_or_refused(filled: list[datetime]) -> None:
    @settings(max_examples=150, deadline=None)
    @given(SAID, SAID, st.sampled_from(ZONES) | st.text(max_size=12), st.sampled_from(GROUPS))
    def check(since: str | None, until: str | None, zone: str, by: By) -> None:
        try:
            place = zone_named(zone)
            begin, end = span_between(read_moment(since), read_moment(until), place)
        except (ValidationError, InvalidError):
            return
        told = read_compared(Span(begin, end, "ada", by, zone=place), [by, "day"])
        within = sum(begin <= moment < end for moment in filled)
        assert [sum(row["answers"] for row in one["rows"]) for one in told] == [within] * 2

    check()
