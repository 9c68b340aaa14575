"""What one process answers, as the others show it, go on from it and stop it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
import redis.asyncio
from channels_redis.pubsub import RedisPubSubChannelLayer

from tests.chat.test_answers import SLOW, begin, is_delta, records_on_disk, text_in
from tests.chat.test_rest import session
from tests.services.cluster import Cluster
from tests.services.server import Divan
from tests.services.wire import Wire, wire

SHORT = "/echo length=150 speed=100"


def is_record(message: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["type"] == "record" and event["record"].get("id") == message


async def seen_to_its_end(server: Divan, conversation: str, answer: str) -> tuple[str, str]:
    """What a reader who opens it there is shown of the answer, by the snapshot and deltas alone, and what its
    record says."""
    async with wire(server.socket_url) as far:
        snapshot = await far.ask("open", conversation=conversation)
        ended = next((record for record in snapshot["records"] if record.get("id") == answer), None)
        if ended is not None:
            return text_in(ended), text_in(ended)
        live = next((live for live in snapshot["live"] if live["message"]["id"] == answer), None)
        record = await far.answer(answer)
        before = text_in(live) if live else ""
        return before + far.text(answer), text_in(record)


async def check_that_all_hear(one: Divan, other: Divan) -> None:
    """The list's news, the text and `stop` go from the one to the other and back."""
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        await far.ask("watch")
        ack = await begin(page, SLOW)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await far.until(lambda event: event["type"] == "activity" and event["conversation"] == conversation)
        snapshot = await far.ask("open", conversation=conversation)
        shown = snapshot["live"][0]["seq"]
        await far.until(lambda event: is_delta(answer)(event) and event["seq"] > shown + 20)
        await far.ask("stop", conversation=conversation, message=answer)
        record = await page.answer(answer)
        assert record["status"] == "stopped"
        assert await far.answer(answer) == record


async def test_deleting_a_conversation_leaves_no_process_deaf(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, wire(third.socket_url) as further:
        ack = await begin(page, SLOW)
        for reader in (far, further):
            await reader.ask("open", conversation=ack["conversation"])
        async with session(one) as http, http.delete(f"/api/conversations/{ack['conversation']}") as answer:
            assert answer.status == 204
        for reader in (far, further):
            refused = await reader.ask("open", conversation=ack["conversation"])
            assert refused["code"] == "not_found"
    await check_that_all_hear(one, other)
    await check_that_all_hear(other, third)


async def test_what_another_process_answers_is_kept_when_its_conversation_is_deleted(
    cluster: Cluster,
) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, session(other) as http:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        await page.until(lambda event: is_delta(answer)(event) and event["seq"] > 10)
        shown = page.text(answer)
        async with http.delete(f"/api/conversations/{ack['conversation']}") as deleted:
            assert deleted.status == 204
        async with http.post(f"/api/conversations/{ack['conversation']}/restore") as restored:
            assert restored.status < 300
    record = records_on_disk(one, ack["conversation"])[-1]
    assert (record["id"], record["status"]) == (answer, "stopped")
    assert text_in(record).startswith(shown)


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"name",
    b"not JSON\nnot JSON",
    b"{}",
    b"[]",
    b"7",
    b"null",
    b"name\n",
    b"name\nalso",
    b"name\nexactly\n\xff\n\n",
    b"name\nnothing that is known\nID",
    b"name\nalso\nID",
] + [b'{"type":"%b","conversation":"ID"}' % kind for kind in (b"start", b"delta", b"note", b"snapshot", b"")]
MISSHAPEN = [
    {"type": "look"},
    {"type": "stop", "from": "x"},
    {"from": "x", "type": "look", "conversation": 7},
    {},
]


async def test_no_message_of_another_process_can_end_the_hearing(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SLOW)
        await far.ask("open", conversation=ack["conversation"])
        async with redis.asyncio.Redis.from_url(cluster.valkey.url) as client:
            channels = await client.pubsub_channels("divan.frames.*")
            assert len(channels) == len(cluster.servers)
            for garbage in [one.replace(b"ID", ack["conversation"].encode()) for one in GARBAGE]:
                for channel in (*channels, "divan.following"):
                    await client.publish(channel, garbage)
        layer = RedisPubSubChannelLayer(hosts=[cluster.valkey.url])
        for misshapen in MISSHAPEN:
            await layer.group_send("divan.engines", misshapen)
        await layer.flush()
        await page.ask("stop", conversation=ack["conversation"])
    await check_that_all_hear(one, other)


async def test_the_first_readers_after_a_start_see_every_word(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    other.kill()
    await asyncio.to_thread(cluster.start)
    async with AsyncExitStack() as open_pages:
        acks = []
        for _ in range(12):
            page = await open_pages.enter_async_context(wire(one.socket_url))
            acks.append(await begin(page, "/echo length=600 speed=100"))
        seen = await asyncio.gather(
            *(seen_to_its_end(other, ack["conversation"], ack["answers"][0]) for ack in acks)
        )
    assert [shown for shown, _ in seen] == [said for _, said in seen]
    assert all(said for _, said in seen)


async def test_a_message_through_another_process_follows_the_answer_that_streams(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, wire(third.socket_url) as further:
        ack = await begin(page, SHORT)
        conversation, first = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(first))
        second = await far.ask("send", conversation=conversation, text=SHORT)
        third_one = await further.ask("send", conversation=conversation, text="third")
        last = await further.answer(third_one["answers"][0], seconds=30)
    assert last["status"] == "complete"
    records = [record for record in records_on_disk(one, conversation) if record["type"] == "message"]
    answers = [record["id"] for record in records if record["role"] == "assistant"]
    parents = {record["id"]: record["parent"] for record in records}
    assert answers == [first, second["answers"][0], third_one["answers"][0]]
    assert parents[second["message"]] == first
    assert parents[third_one["message"]] == second["answers"][0]
    assert {record["status"] for record in records if record["role"] == "assistant"} == {"complete"}


@pytest.mark.parametrize("by", ["answer", "question", "all"])
async def test_stop_through_another_process_by_whichever_id(cluster: Cluster, by: str) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        message = {"answer": answer, "question": ack["message"], "all": None}[by]
        given = {} if message is None else {"message": message}
        assert (await far.ask("stop", conversation=ack["conversation"], **given))["type"] == "ack"
        assert (await page.answer(answer))["status"] == "stopped"


@pytest.mark.parametrize("by", ["answer", "question"])
async def test_cancelling_over_rest_in_a_process_that_has_seen_the_conversation_before(
    cluster: Cluster, by: str
) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "once")
        await page.answer(ack["answers"][0])
        await far.ask("open", conversation=ack["conversation"])
        more = await page.ask("send", conversation=ack["conversation"], text=SLOW)
        answer = more["answers"][0]
        await page.until(is_delta(answer))
        asked = answer if by == "answer" else more["message"]
        async with session(other) as http, http.post(f"/api/chat/cancel/{asked}") as cancelled:
            assert cancelled.status == 200
        assert (await page.answer(answer))["status"] == "stopped"


async def test_while_redis_is_away_each_process_goes_on_and_afterwards_they_hear_again(
    cluster: Cluster,
) -> None:
    one, other, third = cluster.servers
    before = {server.port: len(server.output().splitlines()) for server in cluster.servers}
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SLOW)
        await far.ask("open", conversation=ack["conversation"])
        with cluster.valkey.away():
            for server in cluster.servers:
                async with session(server) as http:
                    for _ in range(20):
                        async with http.get("/api/conversations") as answer:
                            assert answer.status == 200
                        async with http.get("/api/conversations/nothing") as answer:
                            assert answer.status == 404
            meanwhile = await begin(far, "meanwhile")
            assert (await far.answer(meanwhile["answers"][0]))["status"] == "complete"
            shown = far.text(ack["answers"][0])
            await far.until(lambda _: len(far.text(ack["answers"][0])) > len(shown), seconds=15)
        assert (await far.ask("stop", conversation=ack["conversation"]))["type"] == "ack"
        assert (await page.answer(ack["answers"][0], seconds=30))["status"] == "stopped"
    for sender, receiver in ((one, other), (other, third), (third, one)):
        await check_that_all_hear(sender, receiver)
    for server in cluster.servers:
        said = [line for line in server.output().splitlines()[before[server.port] :] if line[:1].isupper()]
        assert len(said) < 40, said


async def test_after_the_database_was_away_all_processes_answer_again(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, SHORT)
        await page.until(is_delta(ack["answers"][0]))
        with cluster.database_away():
            # Words come and are kept without it.
            assert (await page.answer(ack["answers"][0]))["status"] == "complete"
        for server in cluster.servers:
            async with wire(server.socket_url) as again:
                more = await begin(again, "again")
                assert (await again.answer(more["answers"][0]))["status"] == "complete"
    await check_that_all_hear(other, third)


@pytest.mark.parametrize("attempt", range(3))
async def test_a_first_message_that_reaches_all_processes_at_once_begins_one_conversation(
    cluster: Cluster, attempt: int
) -> None:
    acks = await sent_to_all(cluster, None, f"first {random.random()} {attempt}")
    assert len({ack["conversation"] for ack in acks}) == 1
    check_posted_once(cluster, acks)


@pytest.mark.parametrize("attempt", range(3))
async def test_a_message_that_reaches_all_processes_at_once_is_posted_once(
    cluster: Cluster, attempt: int
) -> None:
    async with wire(cluster.servers[0].socket_url) as page:
        ack = await begin(page, "before")
        await page.answer(ack["answers"][0])
    check_posted_once(cluster, await sent_to_all(cluster, ack["conversation"], f"again {attempt}"))


async def sent_to_all(cluster: Cluster, conversation: str | None, text: str) -> list[dict[str, Any]]:
    fields: dict[str, Any] = {"conversation": conversation, "text": text, "id": f"m{random.randrange(10**9)}"}
    if conversation is None:
        fields["lanes"] = [{"model": "echo/echo"}]
    async with AsyncExitStack() as pages:
        wires = [await pages.enter_async_context(wire(server.socket_url)) for server in cluster.servers]
        acks = await asyncio.gather(*(page.ask("send", **fields) for page in wires))
        answers = acks[0].get("answers") or [""]
        with suppress(TimeoutError):
            await asyncio.gather(*(ended(page, acks[0], answers[0]) for page in wires[:1]))
    return acks


async def ended(page: Wire, ack: dict[str, Any], answer: str) -> None:
    await page.ask("open", conversation=ack["conversation"])
    await page.until(
        lambda event: (
            is_record(answer)(event)
            or (
                event["type"] == "snapshot" and any(record.get("id") == answer for record in event["records"])
            )
        )
    )


def check_posted_once(cluster: Cluster, acks: list[dict[str, Any]]) -> None:
    assert [ack["type"] for ack in acks] == ["ack"] * len(acks), acks
    assert len({(ack["message"], *ack["answers"]) for ack in acks}) == 1, acks
    records = records_on_disk(cluster.servers[0], acks[0]["conversation"])
    assert [record["id"] for record in records if record.get("id") == acks[0]["message"]] == [
        acks[0]["message"]
    ]
    answers = [record["id"] for record in records if record.get("parent") == acks[0]["message"]]
    assert answers == acks[0]["answers"]
