"""What a command may hold, and what its answer names, as a client written from the protocol alone sees it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from django.utils import translation
from pydantic import BaseModel, ValidationError
from websockets.exceptions import ConnectionClosed

from chat.protocol import commands
from chat.protocol.reasons import field_sentence
from tests.chat.test_answers import ECHO, SLOW, begin, is_delta, records_on_disk
from tests.services.server import Divan
from tests.services.wire import wire

NOTHING_SAID: dict[str, Any] = {
    "attachments": None,
    "lanes": None,
    "mode": None,
    "history": None,
    "rag": None,
}


async def test_null_stands_for_what_is_absent_and_unknown_fields_are_passed_over(standing: Divan) -> None:
    lane = {"model": "echo/echo", "system": None, "role": None, "colour": "red"}
    params = {"temperature": 0.5, "top_p": None, "repeat_penalty": 1.1}
    async with wire(standing.socket_url) as page:
        first = await begin(page, "/echo speed=0 a", lanes=[{**lane, "params": params}], later="x")
        where = {"conversation": first["conversation"]}
        await page.answer(first["answers"][0])
        second = await page.ask("send", **where, text="/echo speed=0 b", **NOTHING_SAID)
        await page.answer(second["answers"][0])
        voted = await page.ask("vote", **where, message=first["answers"][0], value=1, at="2026-11-21")
    assert (second["type"], voted["type"]) == ("ack", "ack")
    (row,) = records_on_disk(standing, first["conversation"])[0]["lanes"]
    assert (row["system"], row["params"]) == ("", {"temperature": 0.5})


async def test_a_setting_that_nobody_knows_is_refused(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo speed=0 hello")
        refused = await page.ask("settings", conversation=ack["conversation"], owner="mallory")
    assert (refused["type"], refused["code"]) == ("error", "invalid")


@pytest.mark.parametrize("command", ["regenerate", "continue"])
async def test_the_ack_names_the_new_answer(standing: Divan, command: str) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SLOW)
        where = {"conversation": ack["conversation"]}
        await page.until(is_delta(ack["answers"][0]))
        await page.ask("stop", **where)
        first = await page.answer(ack["answers"][0])
        again = await page.ask(command, **where, message=first["id"])
        await page.ask("stop", **where)
        record = await page.answer(again["message"])
    assert again["answers"] == [again["message"]] != [first["id"]]
    assert (record["role"], record["parent"]) == ("assistant", ack["message"])


async def test_the_answers_to_a_message_are_stopped_by_its_id(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SLOW, lanes=[*ECHO, *ECHO])
        await page.ask("stop", conversation=ack["conversation"], message=ack["message"])
        records = [await page.answer(answer) for answer in ack["answers"]]
    assert [record["status"] for record in records] == ["stopped", "stopped"]


async def test_a_message_on_another_branch_of_a_short_conversation_is_shown_whole(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        ack = await begin(page, "/echo speed=0 first words")
        where = {"conversation": ack["conversation"]}
        await page.answer(ack["answers"][0])
        below = await page.ask("send", **where, text="/echo speed=0 below it")
        await page.answer(below["answers"][0])
        edited = await page.ask("send", **where, parent=None, text="/echo speed=0 other words")
        await page.answer(edited["answers"][0])
        snapshot = await page.ask("open", **where)
    messages = {record["id"]: record for record in snapshot["records"] if record["type"] == "message"}
    assert messages[edited["message"]]["parent"] is None
    assert len(messages) == 6
    assert all("parts" in message and "elided" not in message for message in messages.values())


async def test_a_command_that_is_too_long_is_named_and_costs_nothing_else(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        refused = await page.ask("send", conversation=None, text="x" * 4_000_000, lanes=ECHO)
        ack = await begin(page, "/echo speed=0 still there?")
    assert (refused["type"], refused["code"]) == ("error", "too_large")
    assert ack["type"] == "ack"


async def test_a_frame_that_no_command_can_be_closes_the_socket_with_its_reason(standing: Divan) -> None:
    async with wire(standing.socket_url) as page:
        # The server may close before it has read all of it.
        with suppress(ConnectionClosed):
            await page.connection.send(json.dumps({"type": "send", "text": "x" * 9_000_000}))
        with pytest.raises(ConnectionError):
            await page.until(lambda event: event["type"] == "error")
    assert page.closed == 1009


@pytest.mark.parametrize("name", ["system", "system_prompt", "instructions", "content", "prompt"])
@pytest.mark.parametrize("kind", [commands.Posted, commands.Beginning, commands.Send])
def test_words_under_a_name_that_a_command_has_not_are_refused_and_not_lost(
    kind: type[BaseModel], name: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({name: "Be brief."})
    with translation.override("tr"):
        sentence = field_sentence(["body"], refused.value.errors()[0])
    assert name in sentence
    assert "geçerli değil" not in sentence
    kind.model_validate({name: None})
    kind.model_validate({name: "", "colour": "blue"})


@pytest.mark.parametrize("kind", [commands.Lane, commands.Participant])
def test_a_system_prompt_is_taken_by_either_name(kind: type[BaseModel]) -> None:
    fields = {"name": "Ada", "model": "echo/echo"}
    for name in ("system", "system_prompt"):
        assert kind.model_validate({**fields, name: "Be brief."}).model_dump()["system"] == "Be brief."
    both = kind.model_validate({**fields, "system": "First.", "system_prompt": "Second."})
    assert both.model_dump()["system"] == "First."
