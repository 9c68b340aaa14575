"""What one person may have at once, counted over processes."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from core.holdings import LEASE
from tests.chat.test_running import send
from tests.services.server import Divan
from tests.services.wire import Wire, wire


def two(start_server: Callable[..., Divan], tmp_path: Path, **env: str) -> tuple[Divan, Divan]:
    folder = tmp_path / "shared"
    return start_server(data_dir=folder, env=env), start_server(data_dir=folder, env=env)


async def taken(page: Wire, seconds: float) -> dict[str, Any]:
    """What is said to a message at last, or after so many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            said = await send(page, 1)
            if said["type"] == "ack":
                return said
            await asyncio.sleep(0.5)


async def test_answers_at_once_are_counted_over_all_processes(
    start_server: Callable[..., Divan], tmp_path: Path, valkey: str
) -> None:
    one, other = two(start_server, tmp_path, REDIS_URL=valkey, ANSWERS_AT_ONCE="4")
    async with wire(other.socket_url) as far:
        async with wire(one.socket_url) as page:
            here, there = await send(page, 2), await send(far, 1)
            refused = [await send(page, 2), await send(far, 2)]
            said = await asyncio.gather(*(send(socket, 1) for socket in (page, far) for _ in range(3)))
            async with aiohttp.ClientSession(other.url) as http:
                body = {"model": "echo/echo", "messages": [{"role": "user", "content": "x"}]}
                async with http.post("/v1/chat/completions", json=body) as answer:
                    status = answer.status
            await page.ask("stop", conversation=here["conversation"])
            for stopped in here["answers"]:
                await page.answer(stopped)
            after = await taken(far, 30)
        # What a process held that died counts no more once its lease is over.
        one.kill()
        more = [await taken(far, 4 * LEASE) for _ in range(4 - 1 - 1 - far_had(said))]
    assert [sent["type"] for sent in (here, there, after, *more)] == ["ack"] * (3 + len(more))
    assert {sent["code"] for sent in refused} == {"rate_limited"}
    assert sorted(sent["type"] for sent in said) == ["ack"] + ["error"] * 5
    assert status == 429


def far_had(said: list[dict[str, Any]]) -> int:
    """How many of the six the second process was asked for and took."""
    return sum(sent["type"] == "ack" for sent in said[3:])
