"""SIGTERM: what a process answers comes to its end, and whoever it served goes elsewhere."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from tests.chat.test_answers import ECHO, begin, is_delta, records_on_disk, text_in
from tests.chat.test_rest import session
from tests.processes.test_readiness import ask
from tests.services.cluster import Cluster
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.services.wire import Wire, wire

THREE_SECONDS = "/echo length=300 speed=100"


async def closed_with(page: Wire) -> int:
    with pytest.raises(ConnectionError):
        await page.until(lambda event: False, seconds=20)
    assert page.closed is not None
    return page.closed


async def has_ended(server: Divan) -> None:
    await asyncio.to_thread(wait_until, lambda: not server.is_running, seconds=30, what="the end of it")


async def test_a_process_that_is_to_end_lets_its_answers_end_first(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, session(one) as http:
        ack = await begin(page, THREE_SECONDS)
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        asked = {"text": THREE_SECONDS, "lanes": ECHO}
        address = f"/api/conversations/{ack['conversation']}/messages"
        waiting = asyncio.create_task(http.post(address, json=asked))
        await page.until(lambda event: event["type"] == "start" and event["message"]["id"] != answer)
        one.terminate()
        assert await closed_with(page) == 1012
        assert ask(one) == (503, {"status": "draining", "missing": []})
        assert ask(one, "/-/health") == (200, {"status": "ok"})
        async with wire(one.socket_url) as late:
            assert await closed_with(late) == 1012
        await far.ask("open", conversation=ack["conversation"])
        record = await far.answer(answer)
        async with await waiting as told:
            answered = await told.json()
        await has_ended(one)
    assert record["status"] == "complete"
    assert [message["status"] for message in answered["answers"]] == ["complete"]


async def test_a_rolling_restart_interrupts_no_answer(cluster: Cluster) -> None:
    async with AsyncExitStack() as pages:
        acks = []
        for _ in range(9):
            page = await pages.enter_async_context(wire(cluster.socket_url))
            acks.append(await begin(page, "/echo length=400 speed=100"))
        for server in cluster.servers[:2]:
            server.terminate()
            await has_ended(server)
            await asyncio.to_thread(cluster.start)
    conversations = [ack["conversation"] for ack in acks]
    await asyncio.to_thread(
        wait_until,
        lambda: all(len(records_on_disk(server, one)) == 3 for one in conversations),
        seconds=30,
        what="the end of all answers",
    )
    assert {records_on_disk(server, one)[2]["status"] for one in conversations} == {"complete"}


async def test_what_has_not_ended_when_the_time_is_over_is_interrupted(
    start_server: Callable[..., Divan],
) -> None:
    server = start_server(env={"DRAIN_SECONDS": "0.5"})
    async with wire(server.socket_url) as page:
        ack = await begin(page, "/echo length=4000 speed=100")
        await page.until(is_delta(ack["answers"][0]))
    server.stop()
    last = records_on_disk(server, ack["conversation"])[-1]
    assert last["status"] == "interrupted"
    assert text_in(last)


async def test_ctrl_c_waits_for_nothing(start_server: Callable[..., Divan]) -> None:
    server = start_server(env={"DRAIN_SECONDS": "600"})
    async with wire(server.socket_url) as page:
        ack = await begin(page, "/echo length=4000 speed=100")
        await page.until(is_delta(ack["answers"][0]))
        server.terminate()
        assert await closed_with(page) == 1012
    server.send(signal.SIGINT)
    await has_ended(server)
    assert records_on_disk(server, ack["conversation"])[-1]["status"] == "interrupted"
