"""What one of many conversations costs where they are rows of PostgreSQL: a page of the list, opening,
search, appending, and standing there; with few, and with a hundred thousand of one person."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench import machines, processes
from bench.targets import divan_on
from conversations.store.lines import encode_record
from tests.services.postgres import running_postgres
from tests.services.server import Divan

COUNTS = (1_000, 100_000)
BASE = COUNTS[0]
TABLES = (
    *("stored_conversation", "record", "conversations_conversation", "conversations_messageentry"),
    *("conversations_response", "conversations_search"),
)
NUMBERED = ("conversations_messageentry", "conversations_response")


def later(column: str) -> str:
    moment = f"to_timestamp(left({column}, 15), 'YYYYMMDD-HH24MISS') + make_interval(mins => b * {BASE})"
    return f"to_char({moment}, 'YYYYMMDD-HH24MISS') || substr({column}, 16)"


LATER = {
    ("", "conversation"): later("conversation"),
    ("", "conversation_id"): later("conversation_id"),
    ("", "id"): "id + b * 1000000",
    ("", "number"): "number + b * 1000000",
    ("conversations_conversation", "id"): later("id"),
    ("conversations_conversation", "updated"): f"updated + make_interval(mins => b * {BASE})",
    ("conversations_conversation", "created"): f"created + make_interval(mins => b * {BASE})",
}
"""What a row of the index says where it is one of the others."""
REPEATS = 40
STANDING = 10.0
"""Seconds in which nobody asks for anything."""
RARE = 997
"""Every so many conversations have a word that the others have not."""


@dataclass(frozen=True)
class Result:
    """Wall and CPU in milliseconds, of one: Divan's, and PostgreSQL's. Of standing: of one second."""

    conversations: int
    asked: str
    p50_ms: float
    worst_ms: float
    divan_cpu_ms: float
    postgresql_cpu_ms: float


def name_of(number: int) -> str:
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return f"{made:%Y%m%d-%H%M%S}-aaaaaaaa"


def records(number: int) -> Iterator[dict[str, Any]]:
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    at, lane = f"{made:%Y-%m-%dT%H:%M:%S.000Z}", {"id": "l1", "model": "echo/echo"}
    first = {"type": "conversation", "at": at, "format": 1, "id": name_of(number), "owner": "local"}
    yield {**first, "title": f"Conversation {number}", "lanes": [lane], "mode": "parallel"}
    rare = " nadir" if number % RARE == 7 else ""
    said = {"type": "message", "at": at, "id": "u1", "parent": None, "role": "user", "lanes": ["l1"]}
    yield {**said, "parts": [{"type": "text", "text": f"How far is it to {number}?{rare}"}]}
    given = {"type": "message", "at": at, "id": "a1", "parent": "u1", "role": "assistant", "lane": "l1"}
    ended = {"model": "echo/echo", "status": "complete", "finish": "stop"}
    usage = {"input": 9, "output": 9, "reasoning": None, "cached": None}
    cost, timing = {"usd": 0.0, "source": "free"}, {"first_token_ms": 10, "total_ms": 100}
    parts = [{"type": "text", "text": f"As far as from {number * 7} to here."}]
    yield {**given, **ended, "parts": parts, "usage": usage, "cost": cost, "timing": timing}


def write(database: str) -> None:
    """The first `BASE`, as the store makes them."""
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        sizes: dict[str, int] = {}
        with cursor.copy("COPY record (conversation, end_offset, line) FROM STDIN") as copy:
            for number in range(BASE):
                size, name = 0, name_of(number)
                for record in records(number):
                    line = encode_record(record)  # type: ignore[arg-type]
                    size += len(line)
                    copy.write_row((name, size, line))
                sizes[name] = size
        with cursor.copy("COPY stored_conversation (conversation, size, changed_ns) FROM STDIN") as copy:
            for name, size in sizes.items():
                copy.write_row((name, size, time.time_ns()))


def multiply(database: str, times: int) -> None:
    """Each of those that are there and in the index so often, `BASE` minutes later from one to the next: to
    index a hundred thousand takes minutes, and is not what is measured."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in TABLES:
            columns = connection.execute(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            ).fetchall()
            named = [name for (name,) in columns]
            places = ", ".join(f'"{name}"' for name in named)
            values = ", ".join(LATER.get((table, name), LATER.get(("", name), f'"{name}"')) for name in named)
            connection.execute(
                f"INSERT INTO {table} ({places}) SELECT {values} "  # noqa: S608 -- our own words
                f"FROM {table}, generate_series(1, {times - 1}) b"
            )
            if table in NUMBERED:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 -- our own words
                )
        connection.execute("ANALYZE")


def measure_all(folder: Path, counts: Sequence[int] = COUNTS) -> list[Result]:
    from tests.services.valkey import running_valkey

    with running_postgres() as database, running_valkey() as valkey:
        env = {"DATABASE_URL": database, "REDIS_URL": valkey, **machines.SHARED}
        server = divan_on(folder / "many", env=env)
        write(database)
        server.manage("reindex_chats")
        postgresql, found = machines.first_process_of(database), list[Result]()
        for there in counts:
            if there > BASE:
                multiply(database, there // BASE)
            with server:
                found += measure(server, postgresql, there)
        return found


def measure(server: Divan, postgresql: int, there: int) -> list[Result]:
    api, numbers = f"{server.url}/api/conversations", count(there // 3)
    last = f"{api}?{urlencode({'cursor': deep_cursor(api)})}"
    asked: dict[str, Callable[[], Any]] = {
        "a page of the list": lambda: ask(api),
        "a later page": lambda: ask(last),
        "search: a rare word": lambda: ask(f"{api}/search?q=nadir"),
        "search: a word of all": lambda: ask(f"{api}/search?q=far"),
        "the list narrowed to a word": lambda: ask(f"{api}?q=nadir"),
        "opening": lambda: ask(f"{api}/{name_of(next(numbers))}/messages"),
        "appending": lambda: ask(f"{api}/{name_of(next(numbers))}", {"title": "Renamed"}),
    }
    found = [time_requests(server, postgresql, there, name, one) for name, one in asked.items()]
    found.append(time_standing(server, postgresql, there))
    return found


def deep_cursor(api: str) -> str:
    """Some ten pages on."""
    cursor = ""
    for _ in range(10):
        cursor = ask(f"{api}?{urlencode({'cursor': cursor})}" if cursor else api)["next"]
    return cursor


def time_requests(server: Divan, postgresql: int, there: int, name: str, one: Callable[[], Any]) -> Result:
    for _ in range(3):
        one()
    before, times = cpu(server, postgresql), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        one()
        times.append((time.perf_counter() - began) * 1000)
    divan, rows = (
        (after - then) / REPEATS * 1000 for after, then in zip(cpu(server, postgresql), before, strict=True)
    )
    return Result(there, name, round(median(times), 1), round(max(times), 1), round(divan, 2), round(rows, 2))


def time_standing(server: Divan, postgresql: int, there: int) -> Result:
    before = cpu(server, postgresql)
    time.sleep(STANDING)
    divan, rows = (
        (after - then) / STANDING * 1000 for after, then in zip(cpu(server, postgresql), before, strict=True)
    )
    return Result(there, "standing", 0.0, 0.0, round(divan, 2), round(rows, 2))


def cpu(server: Divan, postgresql: int) -> tuple[float, float]:
    return processes.cpu_seconds(server.pid), processes.cpu_seconds_of_family(postgresql)


def ask(url: str, changes: dict[str, str] | None = None) -> Any:
    body = None if changes is None else json.dumps(changes).encode()
    request = urllib.request.Request(url, body, method="GET" if body is None else "PATCH")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
