"""Several processes that serve the same conversations over a real Redis."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conversations.files.store import FileStore
from tests.chat.test_answers import STALLED, begin, is_delta, shown_and_journalled, text_in
from tests.chat.test_rest import session
from tests.services.server import Divan
from tests.services.wire import wire

Pair = tuple[Divan, Divan]


@pytest.fixture
def pair(start_server: Callable[..., Divan], valkey: str, tmp_path: Path) -> Pair:
    shared = tmp_path / "shared"
    env = {"REDIS_URL": valkey}
    return start_server(data_dir=shared, env=env), start_server(data_dir=shared, env=env)


async def test_a_reader_in_another_process_sees_the_same_answer_to_the_letter(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "/echo length=4000 speed=100")
        answer = ack["answers"][0]
        await page.until(lambda event: is_delta(answer)(event) and event["seq"] == 20)
        snapshot = await far.ask("open", conversation=ack["conversation"])
        live = snapshot["live"][0]
        await far.until(lambda event: is_delta(answer)(event) and event["seq"] == live["seq"] + 100)
        await page.ask("stop", conversation=ack["conversation"])
        record = await page.answer(answer)
        assert await far.answer(answer) == record
    seqs = [event["seq"] for event in far.events if is_delta(answer)(event)]
    assert seqs == list(range(live["seq"], live["seq"] + len(seqs)))
    assert len(seqs) > 100
    seen = text_in({"parts": live["parts"]}) + far.text(answer)
    assert text_in(record).startswith(seen)


async def test_an_answer_is_stopped_from_another_process(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "/echo length=4000 speed=100")
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        await far.ask("open", conversation=ack["conversation"])
        await far.ask("stop", conversation=ack["conversation"], message=answer)
        record = await far.answer(answer)
        assert await page.answer(answer) == record
    assert record["status"] == "stopped"


async def test_a_message_from_another_process_reaches_every_reader(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "first")
        await page.answer(ack["answers"][0])
        await far.ask("open", conversation=ack["conversation"])
        more = await far.ask("send", conversation=ack["conversation"], text="second")
        record = await page.answer(more["answers"][0])
        question = await page.until(
            lambda event: event["type"] == "record" and event["record"].get("id") == more["message"]
        )
    assert record["status"] == "complete"
    assert question["record"]["parent"] == ack["answers"][0]
    assert page.text(more["answers"][0]) in ("", text_in(record))


async def test_the_answer_of_a_process_that_dies_is_kept_by_the_other(pair: Pair) -> None:
    one, other = pair
    async with wire(other.socket_url) as far:
        async with wire(one.socket_url) as page:
            ack = await begin(page, STALLED)
            answer = ack["answers"][0]
            shown = await shown_and_journalled(
                page, FileStore(one.data_dir).journals, ack["conversation"], answer
            )
            await far.ask("open", conversation=ack["conversation"])
            one.kill()
        record = await far.answer(answer)
    assert (record["status"], text_in(record)) == ("interrupted", shown)


async def test_the_list_of_conversations_is_told_in_every_process(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        await far.ask("watch")
        ack = await begin(page, "news")
        event = await far.until(lambda event: event["type"] == "activity" and event.get("title") == "news")
    assert event["conversation"] == ack["conversation"]


async def cancelled(server: Divan, message: str) -> tuple[int, Any]:
    async with session(server) as http, http.post(f"/api/chat/cancel/{message}") as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("by", ["answer", "message"])
async def test_an_answer_is_cancelled_by_its_id_alone_in_whichever_process_it_is_given(
    pair: Pair, by: str
) -> None:
    one, other = pair
    async with wire(one.socket_url) as page:
        ack = await begin(page, "/echo length=4000 speed=100")
        answer = ack["answers"][0]
        asked = answer if by == "answer" else ack["message"]
        await page.until(is_delta(answer))
        status, body = await cancelled(other, asked)
        assert (status, body) == (200, {"conversation": ack["conversation"], "message": asked})
        record = await page.answer(answer)
        assert record["status"] == "stopped"
    for server in pair:
        status, body = await cancelled(server, asked)
        assert (status, body["error"]["code"]) == (404, "not_found")


async def test_what_a_dead_process_was_answering_is_not_given_any_more(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page:
        ack = await begin(page, "/echo length=4000 speed=100")
        await page.until(is_delta(ack["answers"][0]))
        one.kill()
    status, _ = await cancelled(other, ack["answers"][0])
    assert status == 404


async def test_a_socket_stops_what_another_process_answers_without_opening_it(pair: Pair) -> None:
    one, other = pair
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, "/echo length=4000 speed=100")
        answer = ack["answers"][0]
        await page.until(is_delta(answer))
        await far.ask("stop", conversation=ack["conversation"], message=answer)
        record = await page.answer(answer)
    assert record["status"] == "stopped"


async def test_messages_that_are_sent_to_two_processes_at_once_follow_one_another(pair: Pair) -> None:
    """Into a conversation that is empty, and then again and again."""
    one, other = pair
    lanes = [{"model": "echo/echo"}]
    async with session(one) as http, http.post("/api/conversations", json={"lanes": lanes}) as made:
        conversation = (await made.json())["id"]
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        for number in range(8):
            acks = await asyncio.gather(
                *(
                    socket.ask("send", conversation=conversation, text=f"/echo speed=0\n{name} {number}")
                    for name, socket in (("here", page), ("there", far))
                )
            )
            assert [ack["type"] for ack in acks] == ["ack", "ack"], acks
        snapshot = await page.ask("open", conversation=conversation)
    messages = [record for record in snapshot["records"] if record["type"] == "message"]
    asked = [record for record in messages if record["role"] == "user"]
    assert len(asked) == 16
    assert len({record["parent"] for record in asked}) == 16
    assert [record["parent"] for record in asked].count(None) == 1
