"""What servers that share no folder do while PostgreSQL or Valkey is away, and after it was."""

import asyncio
from typing import Any

from tests.chat.test_answers import SLOW, begin, is_delta, text_in
from tests.chat.test_rest import session
from tests.machines.test_machines import ask, live_text, opened, records
from tests.processes.test_answers_elsewhere import check_that_all_hear
from tests.services.cluster import Cluster
from tests.services.processes import wait_until
from tests.services.wire import wire

SHORT = "/echo length=120 speed=40"
"""Three seconds."""


def ids(machines: Cluster, conversation: str) -> list[Any]:
    return [found["id"] for found in records(machines, conversation) if found["type"] == "message"]


async def test_what_streamed_while_postgresql_was_away_is_kept_whole_and_once(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, SHORT)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(answer))
        with machines.database_away():
            # Words come all the same.
            before = len(page.text(answer))
            await page.until(lambda _: len(page.text(answer)) > before)
        record = await page.answer(answer, seconds=60)
        shown = page.text(answer)
    assert (record["status"], text_in(record)) == ("complete", shown)
    assert ids(machines, conversation) == [ack["message"], answer]
    assert await opened(other, conversation) == await opened(one, conversation)
    for server in machines.servers:
        async with wire(server.socket_url) as again:
            more = await begin(again, "again")
            assert (await again.answer(more["answers"][0], seconds=60))["status"] == "complete"
    await check_that_all_hear(one, other)
    await check_that_all_hear(other, one)


async def test_an_answer_that_ended_while_postgresql_was_away_is_kept_once_it_is_back(
    machines: Cluster,
) -> None:
    one, other = machines.servers
    asked = "/echo length=40 speed=40"
    async with wire(one.socket_url) as page:
        before = await begin(page, asked)
        whole = text_in(await page.answer(before["answers"][0]))
        ack = await begin(page, asked)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(answer))
        with machines.database_away():
            await page.until(lambda _: len(page.text(answer)) >= len(whole))
        record = await page.answer(answer, seconds=60)
        assert text_in(record) == page.text(answer)
    assert record["status"] == "complete"
    assert ids(machines, conversation).count(answer) == 1
    assert (await opened(other, conversation))[-1] == record


async def test_while_postgresql_is_away_both_say_so_and_lose_nothing(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, "before")
        await page.answer(ack["answers"][0])
        with machines.database_away():
            for server in (one, other):
                async with session(server) as http, http.get("/-/ready") as ready:
                    assert ready.status == 503
                async with session(server) as http, http.get("/-/health") as health:
                    assert health.status == 200
            refused = await page.ask(
                "send", conversation=ack["conversation"], text="lost?", id="m1", seconds=60
            )
            assert (refused["code"], refused["retryable"]) == ("storage_unavailable", True)
            assert "database" in refused["message"]
        again = await page.ask("send", conversation=ack["conversation"], text="lost?", id="m1")
        assert again["type"] == "ack"
        assert (await page.answer(again["answers"][0], seconds=60))["status"] == "complete"
    assert ids(machines, ack["conversation"]).count("m1") == 1


async def test_what_is_sent_while_postgresql_is_away_for_a_moment_is_answered_once_it_is_back(
    machines: Cluster,
) -> None:
    one, _ = machines.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, "before")
        await page.answer(ack["answers"][0])
        conversation = ack["conversation"]
        with machines.database_away():
            sent = [
                asyncio.create_task(page.ask("send", seconds=60, id=f"m-{n}", text="now", **where))
                for n, where in enumerate(
                    (
                        {"conversation": conversation},
                        {"conversation": None, "lanes": [{"model": "echo/echo"}]},
                    )
                )
            ]
            _, waiting = await asyncio.wait(sent, timeout=2)
            assert len(waiting) == len(sent)
        for number, acknowledged in enumerate(await asyncio.gather(*sent)):
            assert acknowledged["type"] == "ack", acknowledged
            assert (await page.answer(acknowledged["answers"][0], seconds=60))["status"] == "complete"
            assert ids(machines, acknowledged["conversation"]).count(f"m-{number}") == 1


async def test_what_streams_while_valkey_is_away_goes_on_and_is_stopped_across_afterwards(
    machines: Cluster,
) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SLOW)
        conversation, answer = ack["conversation"], ack["answers"][0]
        snapshot = await far.ask("open", conversation=conversation)
        await far.until(is_delta(answer))
        with machines.valkey.away():
            before = len(page.text(answer))
            await page.until(lambda _: len(page.text(answer)) > before)
            meanwhile = await begin(far, "meanwhile")
            assert (await far.answer(meanwhile["answers"][0], seconds=60))["status"] == "complete"
        seen = far.text(answer)
        await far.until(lambda _: len(far.text(answer)) > len(seen), seconds=30)
        assert (await far.ask("stop", conversation=conversation))["type"] == "ack"
        record = await page.answer(answer, seconds=30)
        assert await far.answer(answer, seconds=30) == record
    assert (record["status"], text_in(record)) == ("stopped", live_text(snapshot, answer) + far.text(answer))
    assert ids(machines, conversation).count(answer) == 1
    await check_that_all_hear(one, other)
    await check_that_all_hear(other, one)


async def test_nobody_is_declared_dead_because_postgresql_was_restarted(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        acks = [await begin(page, SHORT), await begin(far, SHORT)]
        for shown, ack in zip((page, far), acks, strict=True):
            await shown.until(is_delta(ack["answers"][0]))
        with machines.database_away():
            pass
        for shown, ack in zip((page, far), acks, strict=True):
            record = await shown.answer(ack["answers"][0], seconds=60)
            assert (record["status"], text_in(record)) == ("complete", shown.text(ack["answers"][0]))
    await asyncio.to_thread(
        wait_until,
        lambda: ask(machines, "SELECT count(*) FROM journal") == [(0,)],
        seconds=30,
        what="the end of all journals",
    )
