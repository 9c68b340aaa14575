"""Figures of answers, on both databases."""

import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from conversations.answer_numbers import UNKNOWN, in_milliseconds
from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.metrics.figures import Figures, Span, figures_of, figures_of_each, percentiles_by_key
from conversations.metrics.grouping import By, days_of
from conversations.metrics.leaderboard import make_leaderboard
from conversations.models import Conversation, Response
from conversations.records import Record
from tests.conversations.samples import ID, answer, conversation, record, user

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
OTHER = "20261121-104233-k3v7x2qe"


def figures(by: By = "model", **fields: Any) -> dict[str, dict[str, Any]]:
    rows = figures_of(Span(**{"since": SINCE, "until": UNTIL, "owner": "ada", "by": by, **fields}))
    return {row["key"]: row for row in rows}


def keep(store: FileStore, *records: Record, index: str = ID) -> None:
    store.create(*records)  # type: ignore[arg-type]
    index_conversation(store, index)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10_000) | st.just(np.nan))))
def test_percentiles_are_those_of_another_implementation(values: list[tuple[int, float]]) -> None:
    key, timed = np.array([key for key, _ in values], int), np.array([value for _, value in values], float)
    found = percentiles_by_key(timed, key, 4, (50, 95))
    for number, told in enumerate(found):
        own = [value for key, value in values if key == number and not np.isnan(value)]
        if len(own) < 2:
            assert told == dict.fromkeys(("p50", "p95"), own[0] if own else None)
        else:
            cuts = statistics.quantiles(own, n=20, method="inclusive")
            assert list(told.values()) == [pytest.approx(cut, abs=0.051) for cut in (cuts[9], cuts[18])]


ZONES = sorted(
    ["Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia"]
)
ZONES += sorted(
    ["America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Monrovia", "UTC"]
)
MOMENTS = st.datetimes(datetime(1972, 6, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- in UTC


@given(st.lists(MOMENTS, min_size=1), st.sampled_from(ZONES))
def test_a_moment_is_of_the_day_that_the_clocks_of_its_zone_show(moments: list[datetime], zone: str) -> None:
    near = [moment + timedelta(hours=hours) for moment in moments for hours in (0, 1, 23, 24)]
    days, place = days_of(np.array([in_milliseconds(moment) for moment in near]), ZoneInfo(zone))
    assert [days[one] for one in place] == [moment.astimezone(ZoneInfo(zone)).date() for moment in near]


@pytest.mark.parametrize("zone", ZONES)
def test_days_on_which_clocks_change_are_as_long_as_they_are(zone: str) -> None:
    """Every half hour of three years, in one of which Samoa had no 30 December."""
    first = datetime(2011, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(minutes=30 * number) for number in range(3 * 365 * 48)]
    days, place = days_of(np.array([in_milliseconds(moment) for moment in moments]), ZoneInfo(zone))
    assert [days[one] for one in place] == [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]


def test_the_ends_of_the_calendar_have_days_too() -> None:
    ends = [datetime(1960, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    for zone in ("UTC", "Etc/GMT+12", "Pacific/Kiritimati"):
        days, place = days_of(np.array([in_milliseconds(end) for end in ends]), ZoneInfo(zone))
        assert [days[one].year for one in place] in ([1970, 9999], [1969, 9999]), zone


def test_an_answer_counts_under_its_status_error_tokens_and_cost(store: FileStore, database: str) -> None:
    keep(
        store,
        conversation(),
        user("u1"),
        answer("a1", "u1", usage={"input": 10, "output": 8, "reasoning": 2, "cached": 4}),
        answer("a2", "u1", status="failed", error={"code": "timeout", "message": "", "retryable": True}),
        answer("a3", "u1", status="stopped", cost={"usd": None, "source": "unknown"}),
        answer("a4", "u1", model="ollama/qwen3:8b", timing={"first_token_ms": 100, "total_ms": 1100}),
        record("vote", message="a1", value=1),
        record("vote", message="a3", value=-1),
    )
    rows = figures()
    echo = rows["echo/echo"]
    assert {name: echo[name] for name in ("answers", "complete", "stopped", "failed", "interrupted")} == {
        "answers": 3, "complete": 1, "stopped": 1, "failed": 1, "interrupted": 0,
    }  # fmt: skip
    assert echo["errors"] == {"timeout": 1}
    assert (echo["input"], echo["output"], echo["reasoning"], echo["cached"]) == (30, 18, 2, 4)
    assert (echo["usd"], echo["unknown_cost"]) == (0.5, 1)
    assert echo["votes"] == {"up": 1, "down": 1, "won": 0, "lost": 0, "tied": 0}
    assert rows["ollama/qwen3:8b"]["total_ms"] == {"p50": 1100, "p95": 1100}
    assert rows["ollama/qwen3:8b"]["tokens_per_second"] == {"p50": 5.0}
    assert list(rows) == ["echo/echo", "ollama/qwen3:8b"]
    assert list(figures("server")) == ["echo", "ollama"]
    assert list(figures(model="ollama/qwen3:8b")) == ["ollama/qwen3:8b"]
    assert list(figures(server="echo")) == ["echo/echo"]


def test_times_are_of_complete_answers(store: FileStore, database: str) -> None:
    timed = [
        answer(f"a{n}", "u1", timing={"first_token_ms": n * 10, "total_ms": n * 100}) for n in range(1, 6)
    ]
    slow = answer("s", "u1", status="stopped", timing={"first_token_ms": 9000, "total_ms": 90_000})
    unmeasured = answer("n", "u1", timing={"first_token_ms": None, "total_ms": None})
    keep(store, conversation(), user("u1"), *timed, slow, unmeasured)
    row = figures()["echo/echo"]
    assert row["first_token_ms"] == {"p50": 30, "p95": 48}
    assert row["total_ms"] == {"p50": 300, "p95": 480}


def test_days_and_weeks_are_those_of_the_zone(store: FileStore, database: str) -> None:
    late = answer("a1", "u1", at="2026-11-22T22:30:00.000Z")
    keep(store, conversation(), user("u1"), late, answer("a2", "u1", at="2026-11-20T12:00:00.000Z"))
    assert list(figures("day")) == ["2026-11-20", "2026-11-22"]
    assert list(figures("day", zone=ZoneInfo("Europe/Istanbul"))) == ["2026-11-20", "2026-11-23"]
    assert list(figures("day", zone=ZoneInfo("Asia/Kathmandu"))) == ["2026-11-20", "2026-11-23"]
    assert list(figures("week")) == ["2026-W47"]
    assert list(figures("week", zone=ZoneInfo("Asia/Kolkata"))) == ["2026-W47", "2026-W48"]


def test_folders_and_tags_group_and_what_has_none_has_an_empty_key(store: FileStore, database: str) -> None:
    keep(store, conversation(folder="Work", tags=["a", "b"]), user("u1"), answer("a1", "u1"))
    keep(store, conversation(OTHER), user("u2"), answer("b1", "u2"), index=OTHER)
    assert {key: row["answers"] for key, row in figures("folder").items()} == {"Work": 1, "": 1}
    assert {key: row["answers"] for key, row in figures("tag").items()} == {"a": 1, "b": 1, "": 1}


def test_nobody_sees_the_figures_of_others(store: FileStore, database: str) -> None:
    keep(store, conversation(), user("u1"), answer("a1", "u1"))
    keep(store, conversation(OTHER, owner="bob"), user("u2"), answer("b1", "u2"), index=OTHER)
    assert figures()["echo/echo"]["answers"] == 1
    assert figures(owner="nobody") == {}
    assert figures(owner=None)["echo/echo"]["answers"] == 2


def test_the_span_begins_with_since_and_ends_before_until(store: FileStore, database: str) -> None:
    moments = [SINCE - timedelta(seconds=1), SINCE, UNTIL - timedelta(seconds=1), UNTIL]
    told = [answer(f"a{n}", "u1", at=moment.isoformat()) for n, moment in enumerate(moments)]
    keep(store, conversation(), user("u1"), *told)
    assert figures()["echo/echo"]["answers"] == 2
    before = Span(SINCE, UNTIL, "ada").previous()
    assert (before.since, before.until) == (SINCE - (UNTIL - SINCE), SINCE)
    assert figures(since=before.since, until=before.until)["echo/echo"]["answers"] == 1


def test_comparisons_are_counted_for_both(store: FileStore, database: str) -> None:
    keep(
        store,
        conversation(tags=["x", "y"]),
        user("u1", blind=True),
        answer("a1", "u1"),
        answer("a2", "u1", model="s/two"),
        answer("a3", "u1", model="s/three"),
        record("vote", message="a1", preferred_over=["a2", "a3", "gone"]),
        user("u2", "a1"),
        answer("b1", "u2"),
        answer("b2", "u2", model="s/two"),
        record("vote", message="b2", both_bad=["b1"]),
        record("vote", message="b1", value=1),
        user("u3", "b1", blind=True),
        answer("c1", "u3"),
        answer("c2", "u3", model="s/two"),
        record("vote", message="c2", preferred_over=["c1", "b1"], revealed=True),
    )
    votes = {key: row["votes"] for key, row in figures().items()}
    assert votes["echo/echo"] == {"up": 1, "down": 0, "won": 2, "lost": 1, "tied": 1}
    assert votes["s/two"] == {"up": 0, "down": 0, "won": 1, "lost": 1, "tied": 1}
    assert figures("tag")["x"]["votes"]["won"] == 3
    games = {
        blind: {row.model: row.games for row in make_leaderboard("ada", blind=blind).rows} for blind in BLIND
    }
    assert games["all"] == {"echo/echo": 4, "s/two": 3, "s/three": 1}
    assert games["blind"] == {"echo/echo": 2, "s/two": 1, "s/three": 1}
    assert games["open"] == {"echo/echo": 2, "s/two": 2}
    for nothing in (
        make_leaderboard("bob"),
        make_leaderboard("ada", tag="z"),
        make_leaderboard("ada", since=UNTIL),
    ):
        assert nothing.rows == []
    assert {row.model for row in make_leaderboard("ada", tag="x", since=SINCE).rows} == set(games["all"])


def test_a_leaderboard_is_of_a_kind_of_question_and_a_language(store: FileStore, database: str) -> None:
    asked = {"u1": "Write a function that sorts a list", "u2": "Ay'a ilk kim gitti?", "u3": "Who went first?"}
    turns: list[Record] = []
    for number, (message, text) in enumerate(asked.items()):
        one, two = f"a{number}", f"b{number}"
        turns += [
            user(message, text=text),
            answer(one, message),
            answer(two, message, model="s/two"),
            record("vote", message=two if number else one, preferred_over=[one if number else two]),
        ]
    keep(store, conversation(), *turns)
    board = make_leaderboard("ada")
    assert (board.kinds, board.languages) == ({"code": 1, "facts": 2}, {"en": 2, "tr": 1})

    def best(**narrowed: str) -> list[tuple[str, int]]:
        return [(row.model, row.games) for row in make_leaderboard("ada", **narrowed).rows[:1]]  # type: ignore[arg-type]

    assert best() == [("s/two", 3)]
    assert best(kind="code") == [("echo/echo", 1)]
    assert best(kind="facts") == [("s/two", 2)]
    assert best(kind="facts", language="tr") == [("s/two", 1)]
    assert best(language="en", kind="writing") == []
    assert make_leaderboard("ada", kind="writing").kinds == board.kinds


def test_what_answered_behind_a_name_is_counted_by_model(store: FileStore, database: str) -> None:
    keep(
        store,
        conversation(),
        user("u1"),
        answer("a1", "u1"),
        answer("a2", "u1", version="echo-2026-08-01"),
        answer("a3", "u1", served_by="openai/other"),
        answer("a4", "u1", served_by="openai/other"),
    )
    row = figures()["echo/echo"]
    assert (row["served_by"], row["version"]) == ({"openai/other": 2}, {"echo-2026-08-01": 1})
    assert row["answers"] == 4
    assert figures("server")["echo"]["served_by"] == {}


def asked_of_the_database(span: Span) -> tuple[int, int]:
    """How many queries figures take, and how many rows these fetch."""
    fetched = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal fetched
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", params)  # noqa: S608 -- what Django made
            fetched += cursor.fetchone()[0]
        return execute(sql, params, many, context)

    with CaptureQueriesContext(connection) as queries:
        figures_of(span)
    with connection.execute_wrapper(only_outside(count)):
        figures_of(span)
    return len(queries), fetched


def only_outside(count: Any) -> Any:
    """`count` asks the database itself, which is not to be counted."""
    inside = False

    def wrapped(*given: Any) -> Any:
        nonlocal inside
        if inside:
            return given[0](*given[1:])
        inside = True
        try:
            return count(*given)
        finally:
            inside = False

    return wrapped


@pytest.mark.parametrize("by", ["day", "model", "folder", "purpose"])
def test_figures_take_as_many_queries_and_rows_however_many_answers_there_are(
    by: By, store: FileStore, database: str
) -> None:
    span = Span(SINCE, UNTIL, "ada", by)
    keep(store, conversation(), user("u1"), answer("a0", "u1"), answer("b0", "u1", model="s/two"))
    few = asked_of_the_database(span)
    many: list[Record] = [
        answer(f"{letter}{n}", "u1", model=model) for n in range(1, 100) for letter, model in TWO
    ]
    store.append(ID, many)
    index_conversation(store, ID)
    assert figures_of(span)[0]["answers"] >= 100
    assert asked_of_the_database(span) == few


def with_before(span: Span, *groups: By) -> list[list[list[Figures]]]:
    return figures_of_each([span, span.previous()], groups)


@pytest.mark.parametrize("by", ["day", "model", "folder", "tag"])
def test_the_span_before_and_another_group_cost_no_query_more(
    by: By, store: FileStore, database: str
) -> None:
    earlier = answer("a0", "u1", at="2026-10-20T12:00:00.000Z")
    keep(store, conversation(folder="Work", tags=["x"]), user("u1"), earlier, answer("a1", "u1"))
    span = Span(SINCE, UNTIL, "ada", by)
    with CaptureQueriesContext(connection) as alone:
        rows = figures_of(span)
    before = figures_of(span.previous())
    by_day = [figures_of(replace(one, by="day")) for one in (span, span.previous())]
    with CaptureQueriesContext(connection) as together:
        told = with_before(span, by, "day")
    assert told == [[rows, before], by_day]
    assert [row["answers"] for row in rows] == [1]
    assert len(together) == len(alone)


def test_what_was_compared_is_read_in_one_query(store: FileStore, database: str) -> None:
    """However many were: lists of ids in a query cost more than all else, and there is a limit to them."""
    turns: list[Record] = []
    for number in range(300):
        turns += [user(f"u{number}"), answer(f"a{number}", f"u{number}")]
        turns += [answer(f"b{number}", f"u{number}", model="s/two")]
        turns += [record("vote", message=f"a{number}", preferred_over=[f"b{number}"])]
    keep(store, conversation(), *turns)
    with CaptureQueriesContext(connections[Response.objects.db]) as queries:
        board = make_leaderboard("ada")
    assert [(row.won, row.lost) for row in board.rows] == [(300, 0), (0, 300)]
    assert len(queries) == 1
    assert len(queries[0]["sql"]) < 4_000


@pytest.mark.parametrize("ids", [[], ["a1"], [None], [7, {"a": "a2"}, ["a2"]], ["a2", "nowhere"]])
@pytest.mark.parametrize("column", ["preferred_over", "tie", "both_bad"])
def test_whatever_a_row_says_was_compared_only_answers_to_its_message_count(
    column: str, ids: list[Any], store: FileStore, database: str
) -> None:
    keep(store, conversation(), user("u1"), answer("a1", "u1"), answer("a2", "u1", model="s/two"))
    Response.objects.filter(message="a1").update(**{column: ids})
    board = make_leaderboard("ada")
    assert sum(row.games for row in board.rows) == (2 if "a2" in ids else 0)


@pytest.mark.parametrize("owner", ["ada", None])
def test_sqlite_answers_figures_from_one_index_and_sorts_nothing(owner: str | None, store: FileStore) -> None:
    """Where the planner sorts, a hundred thousand answers take four times as long."""
    keep(store, conversation(), user("u1"), answer("a1", "u1"))
    with CaptureQueriesContext(connection) as queries:
        figures_of(Span(SINCE, UNTIL, owner, "tag"))
    [grouped] = [query["sql"] for query in queries if "group_concat" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {grouped}")
        plan = [row[-1] for row in cursor.fetchall()]
    assert len(plan) == 1
    assert "response_figures" in plan[0]


def test_numbers_beyond_all_measure_are_counted_as_the_largest(store: FileStore, database: str) -> None:
    keep(
        store,
        conversation(),
        user("u1"),
        answer("a1", "u1", usage={"input": 2**61}, cost={"usd": 9e11, "source": "table"}),
        answer("a2", "u1", usage={"input": 0}, cost={"usd": 0.1, "source": "table"}),
        answer("a3", "u1", usage={}, cost={"usd": 0.2, "source": "table"}, at="0001-01-01T00:00:00.000Z"),
    )
    row = figures()["echo/echo"]
    assert (row["answers"], row["input"], row["usd"]) == (2, UNKNOWN - 1, 9_000_000.1)
    assert figures("day", since=datetime(1901, 1, 1, tzinfo=UTC))["1970-01-01"]["usd"] == 0.2


def test_rows_that_say_what_no_file_says_break_no_other(database: str) -> None:
    """Columns hold more than files may say."""
    row = Conversation.objects.create(id=ID, owner="ada", created=SINCE, updated=SINCE)
    named = {"conversation": row, "owner": "ada", "model": "s/one", "server": "s", "status": "complete"}
    Response.objects.bulk_create(
        [
            Response(**named, message="a1", at=SINCE, input_tokens=-5, cost_usd=-1.0, total_ms=-1, vote=7),
            Response(**named, message="a2", at=SINCE, input_tokens=7, cost_usd=0.25, total_ms=20, vote=-1),
        ]
    )
    told = figures()["s/one"]
    assert (told["answers"], told["input"], told["usd"], told["votes"]["down"]) == (2, 7, 0.25, 1)


TWO = (("a", "echo/echo"), ("b", "s/two"))
BLIND: tuple[Any, ...] = ("all", "blind", "open")
