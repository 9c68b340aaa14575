"""How many answers one person may have running."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.services.server import Divan
from tests.services.wire import Wire, wire

ECHO = {"model": "echo/echo"}
SLOW = "/echo length=100000 speed=20"


async def send(page: Wire, lanes: int, text: str = SLOW) -> dict[str, Any]:
    return await page.ask("send", conversation=None, text=text, lanes=[ECHO] * lanes)


async def test_one_person_has_so_many_answers_and_no_more(start_server: Callable[..., Divan]) -> None:
    divan = start_server(env={"ANSWERS_AT_ONCE": "4"})
    async with wire(divan.socket_url) as page:
        first = await send(page, 3)
        too_many = await send(page, 2)
        last = await send(page, 1)
        async with aiohttp.ClientSession(divan.url) as http:
            body = {"model": "echo/echo", "messages": [{"role": "user", "content": "x"}]}
            async with http.post("/v1/chat/completions", json=body) as answer:
                status = answer.status
        again = await page.ask("regenerate", conversation=last["conversation"], message="x" * 12)
        await page.ask("stop", conversation=first["conversation"])
        for stopped in first["answers"]:
            await page.answer(stopped)
        after = await send(page, 2)
    assert [said["type"] for said in (first, last, after)] == ["ack"] * 3
    assert (too_many["code"], too_many["retryable"]) == ("rate_limited", True)
    assert status == 429
    assert again["type"] == "error"


async def test_those_that_begin_at_once_are_counted_together(start_server: Callable[..., Divan]) -> None:
    divan = start_server(env={"ANSWERS_AT_ONCE": "4"})
    async with wire(divan.socket_url) as page:
        said = await asyncio.gather(*(send(page, 1) for _ in range(12)))
    assert sorted(one["type"] for one in said) == ["ack"] * 4 + ["error"] * 8
    assert {one["code"] for one in said if one["type"] == "error"} == {"rate_limited"}
