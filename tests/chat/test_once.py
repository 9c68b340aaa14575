"""What is sent twice is posted once, also where the first time began a conversation."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.policy.idempotency import ids_of_lately
from conversations.ids import new_conversation_id
from core.times import CLOCKS_APART
from tests.chat.test_answers import ECHO, begin, records_on_disk
from tests.services.server import Divan
from tests.services.wire import wire

TWO = [{"name": name, "model": "echo/echo", "system": ""} for name in ("Ada", "Bea")]


def of_ack(ack: dict[str, Any]) -> tuple[Any, ...]:
    return ack["type"], ack["conversation"], ack["message"], ack["answers"]


async def test_the_same_message_from_several_sockets_at_once_begins_one_conversation(standing: Divan) -> None:
    async with wire(standing.socket_url) as one, wire(standing.socket_url) as two:
        acks = await asyncio.gather(*(begin(page, "at once", id="o1") for page in (one, two, one, two)))
        await two.answer(acks[0]["answers"][0])
        later = await begin(one, "at once", id="o1")
    assert {str(of_ack(ack)) for ack in [*acks, later]} == {str(of_ack(acks[0]))}
    assert len(acks[0]["answers"]) == 1
    assert len(records_on_disk(standing, acks[0]["conversation"])) == 3


@pytest.mark.parametrize("changed", [{"text": "other words"}, {"lanes": [*ECHO, *ECHO]}, {"id": "o3"}])
async def test_another_message_begins_another_conversation(standing: Divan, changed: dict[str, Any]) -> None:
    async with wire(standing.socket_url) as page:
        fields = {"id": "o2", "text": "/echo speed=0 the same"}
        first = await begin(page, **fields)
        second = await begin(page, **{**fields, **changed})
    assert first["conversation"] != second["conversation"]


async def test_a_message_is_known_again_after_a_restart(start_server: Any) -> None:
    server: Divan = start_server()
    async with wire(server.socket_url) as page:
        first = await begin(page, "/echo speed=0 hello", id="o4")
        await page.answer(first["answers"][0])
    server.kill()
    server.restart()
    async with wire(server.socket_url) as page:
        again = await begin(page, "/echo speed=0 hello", id="o4")
    assert of_ack(again) == of_ack(first)


async def test_a_dialogue_begins_once(standing: Divan) -> None:
    asked: dict[str, Any] = {"id": "o5", "opening": "Begin.", "participants": TWO, "limits": {"turns": 1}}
    async with wire(standing.socket_url) as page:
        acks = [await page.ask("dialogue", conversation=None, **asked) for _ in range(2)]
    assert acks[0]["conversation"] == acks[1]["conversation"]
    assert acks[0]["message"] == acks[1]["message"] == "o5"


async def test_the_id_of_an_answer_is_taken(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo speed=0 hello")
        await page.answer(ack["answers"][0])
        where = {"conversation": ack["conversation"], "text": "more"}
        refused = await page.ask("send", id=ack["answers"][0], **where)
    assert (refused["type"], refused["code"]) == ("error", "conflict")


@pytest.mark.parametrize("minutes", range(-9, 10, 3))
def test_what_a_machine_began_whose_clock_is_off_is_found_by_another(minutes: int) -> None:
    now = datetime(2026, 11, 30, 23, 58, 30, tzinfo=UTC)
    made = new_conversation_id(now + timedelta(minutes=minutes), "aaaaaaaa")
    assert made in ids_of_lately("aaaaaaaa", now, ahead=CLOCKS_APART)
    assert (made in ids_of_lately("aaaaaaaa", now, ahead=0)) == (minutes <= 0)
