"""Stop closes the connection to the service at once, without a word of the service."""

import asyncio
from contextlib import aclosing

import pytest

from providers.connectors.base import Connector
from providers.streaming import stream_chat
from providers.types import ChatRequest, Notice, TextDelta
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import End, Say, Scenario, Stall, Tokens, refusal, scenario
from tests.upstreams.wire import Wire

ENDLESS: dict[str, Scenario] = {
    "while tokens come": scenario(Tokens(1_000_000, 200), End()),
    "while tokens come as fast as they can": scenario(Tokens(100_000_000), End()),
    "in a pause": scenario(Say("Half"), Stall()),
}


async def read_until(connector: Connector, request: ChatRequest, seen: asyncio.Event) -> None:
    async with aclosing(stream_chat(connector, request)) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                seen.set()


@pytest.mark.parametrize("case", ENDLESS)
async def test_cancelling_the_task_closes_the_connection(
    case: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(ENDLESS[case])
    seen = asyncio.Event()
    task = asyncio.create_task(read_until(connect(wire), asking(wire.model), seen))
    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()
    await asyncio.wait_for(upstream.chats()[0].disconnected.wait(), 10)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelling_before_the_first_byte_closes_the_connection(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("late"), End(), delay=60))
    task = asyncio.create_task(hear(connect(wire), asking(wire.model)))
    asked = await upstream.next_chat()
    task.cancel()
    await asyncio.wait_for(asked.disconnected.wait(), 10)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_leaving_the_loop_closes_the_connection(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Tokens(1_000_000, 200), End()))
    async with aclosing(stream_chat(connect(wire), asking(wire.model))) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                break
    await asyncio.wait_for(upstream.chats()[0].disconnected.wait(), 10)


async def test_a_retry_can_be_stopped_while_it_waits(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(429, b"", Retry_After="50"))
    told = asyncio.Event()

    async def read() -> None:
        async with aclosing(stream_chat(connect(one_wire), asking(one_wire.model))) as stream:
            async for event in stream:
                assert isinstance(event, Notice)
                told.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(told.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    assert len(upstream.chats()) == 1


async def test_a_connector_answers_again_after_a_stop(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(wire)
    upstream.play(ENDLESS["in a pause"])
    task = asyncio.create_task(hear(connector, asking(wire.model)))
    await upstream.next_chat()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    upstream.play(scenario(Say("again"), End()))
    assert (await hear(connector, asking(wire.model))).text == "again"
