"""The last requests of a server that is to end, after it has given what it answered."""

import asyncio
import signal

import pytest

from chatbot_project import draining, server


async def test_who_came_in_last_is_answered_before_the_server_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy gives a message to nobody else whose connection breaks off."""
    steps: list[str] = []
    arriving: list[asyncio.Task[None]] = []
    ended = asyncio.Event()

    async def answer(scope: object, receive: object, send: object) -> None:
        await asyncio.sleep(0)
        steps.append("answered")

    async def come_in() -> None:
        await draining.counting_requests(answer)({"method": "POST"}, None, None)

    def let_nobody_in() -> None:
        steps.append("shut")
        arriving.append(asyncio.create_task(come_in()))

    def end() -> None:
        steps.append("ended")
        ended.set()

    async def drained(seconds: float) -> None:
        steps.append("drained")

    monkeypatch.setattr(server, "drain_answers", drained)
    monkeypatch.setattr(server, "end_reactor", end)
    stopping = server.Stopping(asyncio.get_running_loop(), let_nobody_in)
    stopping._stop(signal.SIGTERM)
    async with asyncio.timeout(30):
        await ended.wait()
    assert steps == ["drained", "shut", "answered", "ended"]


async def test_who_never_ends_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "LAST_REQUESTS", 0.01)

    async def wait_for_ever(scope: object, receive: object, send: object) -> None:
        await asyncio.Event().wait()

    waiting = asyncio.create_task(draining.counting_requests(wait_for_ever)({"method": "POST"}, None, None))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await draining.wait_for_last_requests()
    waiting.cancel()
    await asyncio.wait({waiting})
