"""Figures of answers, on both databases."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.metrics.figures import By, Span, figures_of, percentiles
from conversations.metrics.leaderboard import leaderboard
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


@given(st.lists(st.integers(0, 10_000), min_size=2))
def test_percentiles_are_those_of_another_implementation(values: list[int]) -> None:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    found = percentiles(np.array(values), 50, 95)
    assert [found["p50"], found["p95"]] == [pytest.approx(cut, abs=0.051) for cut in (cuts[9], cuts[18])]


def test_nothing_measured_has_no_percentiles() -> None:
    assert percentiles(np.array([]), 50, 95) == {"p50": None, "p95": None}


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
    before = Span(SINCE, UNTIL, "ada").before()
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
    games = {blind: {row.model: row.games for row in leaderboard("ada", blind=blind).rows} for blind in BLIND}
    assert games["all"] == {"echo/echo": 4, "s/two": 3, "s/three": 1}
    assert games["blind"] == {"echo/echo": 2, "s/two": 1, "s/three": 1}
    assert games["open"] == {"echo/echo": 2, "s/two": 2}
    for nothing in (leaderboard("bob"), leaderboard("ada", tag="z"), leaderboard("ada", since=UNTIL)):
        assert nothing.rows == []
    assert {row.model for row in leaderboard("ada", tag="x", since=SINCE).rows} == set(games["all"])


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
    board = leaderboard("ada")
    assert (board.kinds, board.languages) == ({"code": 1, "facts": 2}, {"en": 2, "tr": 1})

    def best(**narrowed: str) -> list[tuple[str, int]]:
        return [(row.model, row.games) for row in leaderboard("ada", **narrowed).rows[:1]]  # type: ignore[arg-type]

    assert best() == [("s/two", 3)]
    assert best(kind="code") == [("echo/echo", 1)]
    assert best(kind="facts") == [("s/two", 2)]
    assert best(kind="facts", language="tr") == [("s/two", 1)]
    assert best(language="en", kind="writing") == []
    assert leaderboard("ada", kind="writing").kinds == board.kinds


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


TWO = (("a", "echo/echo"), ("b", "s/two"))
BLIND: tuple[Any, ...] = ("all", "blind", "open")
