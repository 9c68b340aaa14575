"""Time to open a conversation and to append to it, by its length."""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tests.services.server import Divan
from tests.services.wire import wire

SIZES = (10, 100, 1_000, 10_000, 100_000)
APPENDS = 30
WORDS = "A council is also a seat to sit on and to talk. " * 7
"""About 350 bytes, so that 100,000 messages are a file of some 50 MB."""


@dataclass(frozen=True)
class Result:
    """`open_first` reads the file; `open_again` is a second reader while the server knows it. `index_s` is
    `manage.py reindex_chats` for that file, the start of the command included. `append` and `branch` are
    whole: the command over the socket, the record on disk (fsync), the answer back; `ack` is a command that
    does nothing, so that the difference is the server's work."""

    messages: int
    megabytes: float
    index_s: float
    open_first_ms: float
    open_again_ms: float
    append_p50_ms: float
    append_max_ms: float
    branch_p50_ms: float
    ack_p50_ms: float


def records(conversation: str, owner: str, count: int) -> Iterator[dict[str, Any]]:
    at = "2026-01-01T00:00:00.000Z"
    lane = {"id": "l1", "model": "echo/echo", "role": "primary", "system": "", "params": {}}
    yield {
        "type": "conversation",
        "at": at,
        "format": 1,
        "id": conversation,
        "owner": owner,
        "title": f"{count} messages",
        "lanes": [lane],
        "mode": "parallel",
        "history": "own",
        "rag": False,
    }
    parent = None
    for number in range(count):
        message: dict[str, Any] = {"type": "message", "at": at, "id": f"m{number}", "parent": parent}
        parts = [{"type": "text", "text": f"{number}. {WORDS}"}]
        if number % 2 == 0:
            yield {**message, "role": "user", "parts": parts, "lanes": ["l1"]}
        else:
            ended = {"status": "complete", "lane": "l1", "model": "echo/echo", "finish": "stop"}
            usage = {"input": 100, "output": 100, "reasoning": None, "cached": None}
            cost = {"usd": 0.0, "source": "free"}
            timing = {"first_token_ms": 10, "total_ms": 100}
            yield {
                **message,
                "role": "assistant",
                "parts": parts,
                "usage": usage,
                "cost": cost,
                "timing": timing,
                **ended,
            }
        parent = message["id"]


@dataclass(frozen=True)
class Written:
    conversation: str
    messages: int
    megabytes: float
    index_s: float


def leave_where_it_is(server: Divan) -> None:
    """Its file is all that there is of a conversation."""


def move_into_rows(server: Divan) -> None:
    """From its file into the PostgreSQL of the server, whose home that is from now on."""
    server.env["STORE"] = "files"
    server.manage("move_chats", "--to", "postgresql")
    server.env["STORE"] = "postgresql"


def write_conversation(server: Divan, number: int, count: int, move: Callable[[Divan], None]) -> Written:
    """One conversation of the local user, in its home and in the index."""
    conversation = f"20260101-0000{number:02d}-aaaaaaaa"
    folder = server.data_dir / "conversations"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{conversation}.jsonl"
    with path.open("wb") as file:
        for record in records(conversation, "local", count):
            file.write(orjson.dumps(record) + b"\n")
    path.chmod(0o600)
    move(server)
    started = time.perf_counter()
    server.manage("reindex_chats", "--changed")
    return Written(conversation, count, path.stat().st_size / 1e6, time.perf_counter() - started)


async def time_opening(server: Divan, conversation: str) -> float:
    async with wire(server.socket_url) as page:
        await page.until(lambda event: event["type"] == "ready")
        started = time.perf_counter()
        event = await page.ask("open", conversation=conversation, seconds=60)
        elapsed = time.perf_counter() - started
        if event["type"] != "snapshot":
            raise RuntimeError(f"the conversation was not opened: {event}")
        return elapsed * 1000


async def time_commands(server: Divan, conversation: str, commands: Sequence[dict[str, Any]]) -> list[float]:
    """Milliseconds of each."""
    times = []
    async with wire(server.socket_url) as page:
        await page.ask("open", conversation=conversation, seconds=60)
        for command in commands:
            started = time.perf_counter()
            event = await page.ask(conversation=conversation, **command)
            times.append((time.perf_counter() - started) * 1000)
            if event["type"] != "ack":
                raise RuntimeError(f"nothing was appended: {event}")
    return times


async def measure(server: Divan, made: Written) -> Result:
    first = await time_opening(server, made.conversation)
    titles = [{"command": "settings", "title": f"Title {number}"} for number in range(APPENDS)]
    appends = await time_commands(server, made.conversation, titles)
    names = [{"command": "branch", "name": f"{number}", "message": "m4"} for number in range(APPENDS)]
    branches = await time_commands(server, made.conversation, names)
    empty = await time_commands(server, made.conversation, [{"command": "close"}] * APPENDS)
    again = statistics.median([await time_opening(server, made.conversation) for _ in range(5)])
    return Result(
        messages=made.messages,
        megabytes=round(made.megabytes, 2),
        index_s=round(made.index_s, 2),
        open_first_ms=round(first, 2),
        open_again_ms=round(again, 2),
        append_p50_ms=round(statistics.median(appends), 2),
        append_max_ms=round(max(appends), 2),
        branch_p50_ms=round(statistics.median(branches), 2),
        ack_p50_ms=round(statistics.median(empty), 2),
    )


def measure_all(
    server: Divan, sizes: Sequence[int] = SIZES, *, move: Callable[[Divan], None] = leave_where_it_is
) -> list[Result]:
    """`server` must not run yet: its index is made first. `move`: brings what was written as a file into its
    home."""
    made = [write_conversation(server, number, count, move) for number, count in enumerate(sizes)]
    with server:
        return [asyncio.run(measure(server, one)) for one in made]
