"""Servers that share no disk, but PostgreSQL and Valkey alone: one Divan, whichever of them is asked."""

import asyncio
import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.chat.test_answers import SLOW, begin, is_delta, text_in
from tests.chat.test_rest import session
from tests.processes.test_answers_elsewhere import check_that_all_hear, seen_to_its_end
from tests.services.cluster import Cluster
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.services.wire import wire

LONG = "/echo length=20000 speed=100"


def ask(machines: Cluster, query: str, *values: Any) -> list[Any]:
    with psycopg.connect(machines.database, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def records(machines: Cluster, conversation: str) -> list[dict[str, Any]]:
    rows = ask(machines, "SELECT line FROM record WHERE conversation = %s ORDER BY end_offset", conversation)
    return [json.loads(line) for (line,) in rows]


async def opened(server: Divan, conversation: str) -> list[Any]:
    async with wire(server.socket_url) as page:
        return list((await page.ask("open", conversation=conversation))["records"])


async def test_what_streams_on_one_is_read_on_the_other_to_the_byte(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page:
        acks = [await begin(page, "/echo length=400 speed=100") for _ in range(3)]
        seen = await asyncio.gather(
            *(seen_to_its_end(other, ack["conversation"], ack["answers"][0]) for ack in acks)
        )
    assert [shown for shown, _ in seen] == [said for _, said in seen]
    assert all(said for _, said in seen)
    for ack in acks:
        written = records(machines, ack["conversation"])
        assert await opened(one, ack["conversation"]) == await opened(other, ack["conversation"])
        assert [record["type"] for record in written][:2] == ["conversation", "message"]
        ends = ask(
            machines,
            "SELECT end_offset, sum(octet_length(line)) OVER (ORDER BY end_offset) FROM record "
            "WHERE conversation = %s",
            ack["conversation"],
        )
        assert all(end == summed for end, summed in ends)
    assert not list((one.data_dir / "conversations").rglob("*.jsonl"))
    assert one.data_dir != other.data_dir


async def test_news_and_stops_go_from_each_to_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    await check_that_all_hear(one, other)
    await check_that_all_hear(other, one)


async def test_what_one_answers_is_cancelled_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, SLOW)
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        async with session(other) as http, http.post(f"/api/chat/cancel/{answer}") as cancelled:
            assert cancelled.status == 200
        assert (await page.answer(answer))["status"] == "stopped"


async def test_a_message_through_the_other_follows_the_answer_that_streams(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "/echo length=150 speed=100")
        conversation, first = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(first))
        second = await far.ask("send", conversation=conversation, text="second")
        await far.answer(second["answers"][0], seconds=30)
    parents = {record.get("id"): record.get("parent") for record in records(machines, conversation)}
    assert parents[second["message"]] == first


async def test_a_first_message_that_reaches_both_at_once_begins_one_conversation(machines: Cluster) -> None:
    one, other = machines.servers
    asked: dict[str, Any] = {
        "conversation": None,
        "text": "once",
        "id": f"m{random.randrange(10**9)}",
        "lanes": [{"model": "echo/echo"}],
    }
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        acks = await asyncio.gather(page.ask("send", **asked), far.ask("send", **asked))
    assert [ack["type"] for ack in acks] == ["ack", "ack"]
    assert len({(ack["conversation"], ack["message"]) for ack in acks}) == 1
    ids = [record.get("id") for record in records(machines, acks[0]["conversation"])]
    assert ids.count(asked["id"]) == 1


async def test_deleting_and_restoring_on_one_is_seen_on_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far, session(one) as http:
        ack = await begin(page, "keep me")
        await page.answer(ack["answers"][0])
        path = f"/api/conversations/{ack['conversation']}"
        await far.ask("open", conversation=ack["conversation"])
        async with http.delete(path) as deleted:
            assert deleted.status == 204
        assert (await far.ask("open", conversation=ack["conversation"]))["code"] == "not_found"
        async with session(other) as there, there.post(f"{path}/restore") as restored:
            assert restored.status < 300
    assert await opened(one, ack["conversation"]) == await opened(other, ack["conversation"])


async def test_a_temporary_chat_of_one_is_read_and_kept_on_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SLOW, temporary=True)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await page.until(is_delta(answer))
        assert (await far.ask("open", conversation=conversation))["temporary"]
        assert records(machines, conversation) == []
        assert (await far.ask("keep", conversation=conversation))["type"] == "ack"
        await page.until(lambda event: event["type"] == "snapshot" and "temporary" not in event)
        await far.ask("stop", conversation=conversation)
        record = await page.answer(answer)
        assert await far.answer(answer) == record
    assert (records(machines, conversation)[-1], record["status"]) == (record, "stopped")


async def test_an_export_on_the_other_has_all_that_was_said(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page:
        ack = await begin(page, "Türkçe, физика")
        record = await page.answer(ack["answers"][0])
    path = f"/api/conversations/{ack['conversation']}/export?format=json"
    async with session(other) as http, http.get(path) as answer:
        assert answer.status == 200
        exported = await answer.json(content_type=None)
    assert record in exported["records"]


async def test_of_one_that_is_killed_nothing_that_was_shown_is_lost(machines: Cluster) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, LONG)
        conversation, answer = ack["conversation"], ack["answers"][0]
        snapshot = await far.ask("open", conversation=conversation)
        await far.until(lambda event: is_delta(answer)(event) and event["seq"] > 30)
        one.kill()
        record = await far.answer(answer, seconds=30)
        # Also what its own page had been sent.
        with pytest.raises(ConnectionError):
            await page.until(lambda _: False, seconds=30)
        shown = page.text(answer)
    assert record["status"] == "interrupted"
    assert text_in(record).startswith(shown)
    assert text_in(record) == live_text(snapshot, answer) + far.text(answer)
    assert [found["id"] for found in records(machines, conversation) if found.get("id") == answer] == [answer]


def live_text(snapshot: dict[str, Any], answer: str) -> str:
    """What a snapshot has of an answer that streams."""
    return "".join(text_in(live) for live in snapshot["live"] if live["message"]["id"] == answer)


NEWEST = "SELECT max(id) FROM process"


async def test_one_that_is_frozen_past_its_death_and_woken_has_one_answer_and_starts_afresh(
    machines: Cluster,
) -> None:
    one, other = machines.servers
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, LONG)
        conversation, answer = ack["conversation"], ack["answers"][0]
        await far.ask("open", conversation=conversation)
        await far.until(lambda event: is_delta(answer)(event) and event["seq"] > 10)
        [(number,)] = ask(machines, "SELECT process FROM journal WHERE message = %s", answer)
        newest = ask(machines, NEWEST)
        one.send(signal.SIGSTOP)
        try:
            ask(
                machines,
                "UPDATE heartbeat SET at = at - interval '1 minute' WHERE process = %s",
                number,
            )
            record = await far.answer(answer, seconds=60)
        finally:
            one.send(signal.SIGCONT)
        assert record["status"] == "interrupted"
        woken = await page.answer(answer, seconds=60)
        assert woken == record
        await asyncio.to_thread(
            wait_until, lambda: ask(machines, NEWEST) > newest, seconds=60, what="a start afresh"
        )
        again = await page.ask("send", conversation=conversation, text="Are you there?")
        assert (await page.answer(again["answers"][0], seconds=60))["status"] == "complete"
        assert (await far.answer(again["answers"][0], seconds=60))["status"] == "complete"
    ids = [found["id"] for found in records(machines, conversation) if "id" in found]
    assert ids.count(answer) == 1
    assert ask(machines, "SELECT id FROM process WHERE id = %s AND died IS NULL", number) == []
    await asyncio.to_thread(
        wait_until,
        lambda: ask(machines, "SELECT count(*) FROM journal") == [(0,)],
        seconds=30,
        what="the end of all journals",
    )
    await check_that_all_hear(one, other)


def test_commands_see_the_same_conversations_on_both(machines: Cluster, tmp_path: Path) -> None:
    one, other = machines.servers
    assert one.manage("verify_chats") == other.manage("verify_chats")
    one.manage("export_chats", "--format", "json", "--output", str(tmp_path / "one"))
    other.manage("export_chats", "--format", "json", "--output", str(tmp_path / "other"))
    exported = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert exported == {path.name: path.read_bytes() for path in (tmp_path / "other").iterdir()}
    assert "conversations" in one.manage("reindex_chats")


async def test_what_belongs_to_people_is_in_the_database_alone_and_stays_deleted(machines: Cluster) -> None:
    """A machine that kept files of it would bring back at its next start what another had deleted."""
    one, other = machines.servers
    async with (
        session(one) as http,
        http.post("/api/prompts", json={"name": "brief", "text": "Be brief."}) as made,
    ):
        assert made.status < 300, await made.text()
        prompt = (await made.json())["id"]
    async with session(other) as http, http.delete(f"/api/prompts/{prompt}") as gone:
        assert gone.status == 204
    await asyncio.to_thread(one.restart)
    async with session(one) as http, http.get("/api/prompts") as left:
        assert prompt not in [row["id"] for row in (await left.json())["prompts"]]
    assert not (one.data_dir / "people").exists()


async def test_what_a_process_wrote_that_died_before_it_was_indexed_is_listed_by_the_others(
    machines: Cluster,
) -> None:
    conversation = "20260101-000000-dead0001"
    first = {
        "v": 1,
        "type": "conversation",
        "id": conversation,
        "at": "2026-01-01T00:00:00.000Z",
        "title": "Left behind",
        "owner": "local",
        "lanes": [],
    }
    line = json.dumps(first).encode() + b"\n"
    with psycopg.connect(machines.database) as connection:
        connection.execute(
            "INSERT INTO stored_conversation (conversation, size, changed_ns) VALUES (%s, %s, %s)",
            [conversation, len(line), time.time_ns()],
        )
        connection.execute("INSERT INTO record VALUES (%s, %s, %s)", [conversation, len(line), line])
    async with asyncio.timeout(60), session(machines.servers[1]) as http:
        while True:
            async with http.get("/api/conversations") as listed:
                if conversation in await listed.text():
                    break
            await asyncio.sleep(0.1)
