"""Time to find messages and conversations among a hundred thousand messages, over HTTP, in both databases."""

import json
import random
import statistics
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from bench.targets import divan_on
from tests.services.postgres import running_postgres

CONVERSATIONS, MESSAGES = 200, 500
REPEATS = 20
LETTERS = "abcçdefgğhıijklmnoöprsştuüvyz"
EVERYWHERE, RARE = "her", "nadir"


@dataclass(frozen=True)
class Result:
    """Of `REPEATS` requests after one that does not count; the server on the same machine."""

    database: str
    asked: str
    found: int
    p50_ms: float
    worst_ms: float


def queries(word: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A name for the table, and what is asked of `/api/conversations/search`."""
    yield "a rare word", {"q": RARE}
    yield "a word of every message", {"q": EVERYWHERE}
    yield "the first two letters of it", {"q": EVERYWHERE[:2]}
    yield "one word of five thousand", {"q": word}
    yield "both words", {"q": f"{EVERYWHERE} {word}"}
    yield "narrowed to a folder", {"q": EVERYWHERE, "folder": "Half"}
    yield "narrowed to a tag", {"q": EVERYWHERE, "tag": "half"}
    yield "narrowed to a model", {"q": EVERYWHERE, "model": "half"}
    yield "narrowed to what nothing has", {"q": EVERYWHERE, "model": "half", "until": "2026-01-01T00:00:00Z"}


def write(folder: Path) -> str:
    """Half of the conversations have a folder, a tag and another model. Returns one of the words in them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    chance = random.Random(1)
    vocabulary = ["".join(chance.choices(LETTERS, k=7)) for _ in range(5000)]
    for number in range(CONVERSATIONS):
        made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        name = f"{made:%Y%m%d-%H%M%S}-aaaaaaaa"
        texts = [" ".join(chance.choices(vocabulary, k=15)) for _ in range(MESSAGES)]
        lines = map(orjson.dumps, records(name, f"{made:%Y-%m-%dT%H:%M:%S.000Z}", number, texts))
        (folder / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return vocabulary[0]


def records(name: str, at: str, number: int, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    half = number % 2 == 1
    model = "some/half" if half else "echo/echo"
    lane = {"id": "l1", "model": model}
    first = {"type": "conversation", "at": at, "format": 1, "id": name, "owner": "local", "lanes": [lane]}
    yield {**first, "title": f"Conversation {number}", "mode": "parallel", "history": "own", "rag": False}
    for place, text in enumerate(texts):
        rare = f" {RARE}" if (number * MESSAGES + place) % 40_000 == 7 else ""
        message = {
            "type": "message",
            "at": at,
            "id": f"m{place}",
            "parent": f"m{place - 1}" if place else None,
        }
        parts = [{"type": "text", "text": f"{text} {EVERYWHERE}{rare}"}]
        if place % 2 == 0:
            yield {**message, "role": "user", "parts": parts, "lanes": ["l1"]}
        else:
            ended = {"status": "complete", "finish": "stop", "lane": "l1", "model": model}
            yield {**message, "role": "assistant", "parts": parts, **ended}
    if half:
        yield {"type": "settings", "at": at, "folder": "Half", "tags": ["half"]}


def measure_all(folder: Path, *, postgresql: bool = True) -> list[Result]:
    results = measure("sqlite", folder / "sqlite", {})
    if postgresql:
        with running_postgres() as url:
            results += measure("postgresql", folder / "postgresql", {"DATABASE_URL": url})
    return results


def measure(database: str, data_dir: Path, env: dict[str, str]) -> list[Result]:
    server = divan_on(data_dir, env=env)
    word = write(data_dir / "conversations")
    server.manage("reindex_chats")
    with server:
        api = f"{server.url}/api/conversations"
        asked = {name: f"{api}/search?{urlencode(query)}" for name, query in queries(word)}
        asked["the sidebar's list"] = f"{api}?{urlencode({'q': EVERYWHERE})}"
        return [time_query(database, name, url) for name, url in asked.items()]


def time_query(database: str, name: str, url: str) -> Result:
    found = len(next(iter(answer(url).values())))
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        answer(url)
        times.append((time.perf_counter() - began) * 1000)
    return Result(database, name, found, round(statistics.median(times), 1), round(max(times), 1))


def answer(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=60) as body:
        return dict(json.load(body))
