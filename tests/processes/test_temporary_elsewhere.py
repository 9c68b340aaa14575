"""Temporary chats of several processes: each has them all, whichever was asked to begin one."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from typing import Any

import pytest
import redis

from conversations.files.store import FileStore
from conversations.temporary.home import RedisHome
from tests.chat.test_answers import (
    ECHO,
    SLOW,
    STALLED,
    begin,
    is_delta,
    records_on_disk,
    shown_and_journalled,
    text_in,
)
from tests.chat.test_rest import session, sse
from tests.chat.test_temporary import MANY, holding
from tests.chat.test_tool_use import SUM, approve, result_in, set_policy, waits
from tests.processes.test_answers_elsewhere import SHORT, seen_to_its_end
from tests.services.cluster import Cluster
from tests.services.server import Divan
from tests.services.wire import Wire, wire

SECRET = "xylophone-in-the-attic"


@pytest.fixture
def client(cluster: Cluster) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(cluster.valkey.url) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_others(client: "redis.Redis") -> None:
    """Those of other tests do not count."""
    for key in client.scan_iter("divan.temporary.of.*"):
        client.delete(key)


async def begin_temporary(page: Wire, text: str, **more: Any) -> dict[str, Any]:
    return await begin(page, text, temporary=True, **more)


async def status_of(server: Divan, method: str, path: str, **fields: Any) -> int:
    async with session(server) as http, http.request(method, path, **fields) as answer:
        return answer.status


def answering(ref: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event.get("ref") == ref


def gone(event: dict[str, Any]) -> bool:
    return event["type"] == "activity" and bool(event.get("removed"))


async def test_every_word_is_read_wherever_it_is_opened(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    async with wire(one.socket_url) as page:
        acks = [await begin_temporary(page, "/echo length=300 speed=100") for _ in range(3)]
        for ack in acks:
            for server in (other, third):
                shown, said = await seen_to_its_end(server, ack["conversation"], ack["answers"][0])
                assert shown == said != ""
            assert await status_of(other, "DELETE", f"/api/conversations/{ack['conversation']}") == 204


async def test_it_streams_to_readers_of_server_sent_events_elsewhere(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, session(other) as http:
        ack = await begin_temporary(page, "/echo length=300 speed=100")
        words = ""
        async with http.get(f"/api/conversations/{ack['conversation']}/events") as stream:
            assert stream.status == 200
            async for _, event in sse(stream):
                if event["type"] == "snapshot":
                    words = "".join(text_in(live) for live in event["live"])
                if event["type"] == "delta":
                    words += event["text"]
                if event["type"] == "record" and event["record"].get("id") == ack["answers"][0]:
                    assert text_in(event["record"]) == words
                    break


async def test_each_command_works_in_a_process_that_did_not_begin_it(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, wire(third.socket_url) as further:
        ack = await begin_temporary(page, SHORT)
        conversation, first = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(first))
        # A message that follows what streams elsewhere.
        second = await far.ask("send", conversation=conversation, text="/echo speed=0\nsecond")
        assert (await far.answer(second["answers"][0]))["status"] == "complete"
        await further.ask("open", conversation=conversation)
        again = await further.ask("regenerate", conversation=conversation, message=second["answers"][0])
        assert (await further.answer(again["answers"][0]))["status"] == "complete"
        voted = await page.ask("vote", conversation=conversation, message=again["answers"][0], value=1)
        titled = await far.ask("settings", conversation=conversation, title="Mine")
        assert (voted["type"], titled["type"]) == ("ack", "ack")
        long = await page.ask("send", conversation=conversation, text=SLOW)
        await further.until(is_delta(long["answers"][0]))
        await further.ask("stop", conversation=conversation, message=long["answers"][0])
        assert (await page.answer(long["answers"][0]))["status"] == "stopped"
        snapshots = [await reader.ask("open", conversation=conversation) for reader in (page, far, further)]
    assert [snapshot["temporary"] for snapshot in snapshots] == [True] * 3
    assert snapshots[0]["records"] == snapshots[1]["records"] == snapshots[2]["records"]
    messages = {one["id"]: one for one in snapshots[0]["records"] if one["type"] == "message"}
    assert messages[second["message"]]["parent"] == first
    async with session(third) as http:
        async with http.get(f"/api/conversations/{conversation}") as row:
            assert (await row.json())["title"] == "Mine"
        async with http.get(f"/api/conversations/{conversation}/export?format=markdown") as exported:
            assert "second" in await exported.text()
        async with http.get("/api/conversations") as listed:
            assert conversation not in str(await listed.json())


async def test_cancelling_over_rest_elsewhere(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page:
        for by in ("message", "answer"):
            ack = await begin_temporary(page, SLOW)
            answer = ack["answers"][0]
            await page.until(is_delta(answer))
            asked = answer if by == "answer" else ack["message"]
            assert await status_of(other, "POST", f"/api/chat/cancel/{asked}") == 200
            assert (await page.answer(answer))["status"] == "stopped"


async def test_a_call_is_allowed_in_a_process_that_does_not_give_the_answer(cluster: Cluster) -> None:
    one, other, third = cluster.servers
    await set_policy(one, "ask")
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin_temporary(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        snapshot = await far.ask("open", conversation=ack["conversation"])
        assert snapshot["live"][0]["message"]["status"] == "waiting"
        async with wire(third.socket_url) as further:
            assert (await approve(further, ack, "allow"))["type"] == "ack"
        record = await page.answer(ack["answers"][0])
        assert await far.answer(ack["answers"][0]) == record
    assert (record["status"], result_in(record)["content"]) == ("complete", "42")


async def test_what_is_deleted_elsewhere_is_gone_everywhere_and_its_readers_are_told(
    cluster: Cluster,
) -> None:
    one, other, third = cluster.servers
    async with AsyncExitStack() as pages:
        wires = [await pages.enter_async_context(wire(server.socket_url)) for server in cluster.servers]
        ack = await begin_temporary(wires[0], SLOW)
        for page in wires[1:]:
            await page.ask("open", conversation=ack["conversation"])
        address = f"/api/conversations/{ack['conversation']}"
        assert await status_of(other, "DELETE", address) == 204
        for page in wires:
            await page.until(gone)
            refused = await page.ask("open", conversation=ack["conversation"])
            assert refused["code"] == "not_found"
    for server in (one, third):
        assert await status_of(server, "GET", address) == 404


@pytest.mark.parametrize("keeper", [0, 1])
async def test_what_is_kept_elsewhere_lasts_and_streams_on_into_its_journal(
    cluster: Cluster, keeper: int
) -> None:
    async with AsyncExitStack() as pages:
        wires = [await pages.enter_async_context(wire(server.socket_url)) for server in cluster.servers]
        ack = await begin_temporary(wires[0], f"/echo length=2000 speed=100 stall={MANY}")
        conversation, answer = ack["conversation"], ack["answers"][0]
        await wires[0].until(is_delta(answer))
        for page in wires[1:]:
            await page.ask("open", conversation=conversation)
        assert (await wires[keeper].ask("keep", conversation=conversation))["type"] == "ack"
        # Whoever has it open is shown that it lasts now.
        for page in wires[:keeper] + wires[keeper + 1 :]:
            await page.until(lambda event: event["type"] == "snapshot" and "temporary" not in event)
        more = await wires[2].ask("send", conversation=conversation, text="/echo speed=0\nmore")
        shown = await shown_and_journalled(
            wires[0], FileStore(cluster.data_dir).journals, conversation, answer, words=MANY
        )
        cluster.servers[0].kill()
        snapshot = await wires[1].ask("open", conversation=conversation)
        ended = await wires[2].answer(more["answers"][0])
    record = next(one for one in records_on_disk(cluster.servers[1], conversation) if one.get("id") == answer)
    assert (record["status"], ended["status"]) == ("interrupted", "complete")
    assert text_in(record) == shown
    assert "temporary" not in snapshot


async def test_what_a_process_that_died_had_shown_is_there_in_the_others(
    cluster: Cluster, client: "redis.Redis"
) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin_temporary(page, STALLED)
        answer = ack["answers"][0]
        await far.ask("open", conversation=ack["conversation"])
        secret = (cluster.data_dir / "secret_key").read_text().strip()
        with closing(RedisHome(cluster.valkey.url, secret)) as home:
            shown = await shown_and_journalled(page, home.journals, ack["conversation"], answer)
        one.kill()
        # What Redis does by itself when no sign of life has come for long enough.
        given = client.hgetall(f"divan.temporary.{ack['conversation']}.answers")
        process = next(iter(given.values())).split()[0].decode()  # type: ignore[union-attr]
        client.delete(f"divan.temporary.process.{process}")
        record = await far.answer(answer)
        more = await far.ask("send", conversation=ack["conversation"], text="/echo speed=0\nmore")
        assert (await far.answer(more["answers"][0]))["status"] == "complete"
    assert (record["status"], text_in(record)) == ("interrupted", shown)


async def test_a_first_message_that_reaches_all_processes_at_once_begins_one_temporary_chat(
    cluster: Cluster,
) -> None:
    fields = {"conversation": None, "text": "/echo speed=0\nonce", "id": "m-once", "lanes": ECHO}
    async with AsyncExitStack() as pages:
        wires = [await pages.enter_async_context(wire(server.socket_url)) for server in cluster.servers]
        posted = [(page, await page.post("send", temporary=True, **fields)) for page in wires]
        acks = [await page.until(answering(ref)) for page, ref in posted]
    assert {ack["type"] for ack in acks} == {"ack"}
    assert len({(ack["conversation"], ack["message"], *ack["answers"]) for ack in acks}) == 1


async def test_while_redis_is_away_it_is_said_and_other_conversations_go_on(cluster: Cluster) -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin_temporary(page, "/echo speed=0\nbefore")
        await page.answer(ack["answers"][0])
        with cluster.valkey.away():
            refused = [
                await begin_temporary(page, "/echo speed=0\nmeanwhile"),
                await far.ask("open", conversation=ack["conversation"]),
            ]
            lasting = await begin(page, "/echo speed=0\nlasting")
            assert (await page.answer(lasting["answers"][0]))["status"] == "complete"
            async with session(other) as http, http.get("/api/account/storage") as told:
                assert told.status == 200
        again = refused[0]
        while again["type"] == "error" and again["retryable"]:
            again = await begin_temporary(far, "/echo speed=0\nafterwards")
        assert (await far.answer(again["answers"][0]))["status"] == "complete"
    assert [(error["code"], error["retryable"]) for error in refused] == [("conflict", True)] * 2
    assert all("Redis" in error["message"] for error in refused)


async def test_nothing_of_it_is_on_any_disk(cluster: Cluster, client: "redis.Redis") -> None:
    one, other, _ = cluster.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin_temporary(page, f"/echo speed=0\n{SECRET}")
        await page.answer(ack["answers"][0])
        more = await far.ask("send", conversation=ack["conversation"], text=f"/echo speed=0\n{SECRET}")
        await far.answer(more["answers"][0])
    assert holding(one.data_dir, SECRET) == []
    assert not any(SECRET.encode() in (client.dump(key) or b"") for key in client.scan_iter())
