"""What is told beside an answer reaches who reads it, whenever they come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chat.actions.records import answer_header
from chat.engine.frames import make_frame
from chat.engine.transcript import Transcript
from chat.protocol.notes import NOTES, PASSING, TAKEN_BACK, note_text
from tests.services.server import Divan
from tests.services.wire import Event, wire
from tests.upstreams.script import Say, Stall, scenario
from tests.upstreams.server import Upstream, running_upstream


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        yield running


def notes_of(events: list[Event], answer: str) -> list[Event]:
    return [event for event in events if event["type"] == "note" and event.get("message") == answer]


async def test_a_model_that_stands_in_is_named_on_the_first_turn_to_later_readers_and_in_the_answer(
    upstream: Upstream, start_server: Callable[..., Divan]
) -> None:
    wire_of_ollama: Any = upstream.wires["ollama"]
    wire_of_ollama.model = "qwen2.5:7b"
    divan = start_server(env={"OLLAMA_BASE_URL": upstream.base_url("ollama")})
    await asyncio.to_thread(divan.wait_for_models, "ollama")
    for number in range(3):
        upstream.play(scenario(Say("I am"), Stall()))
        async with wire(divan.socket_url) as page, wire(divan.socket_url) as later:
            lanes = [{"model": "ollama/qwen"}]
            sent = await page.ask("send", conversation=None, text=f"hi {number}", lanes=lanes)
            (answer,) = sent["answers"]
            await page.until(lambda event: event["type"] == "delta")
            await later.ask("open", conversation=sent["conversation"])
            await later.until(lambda event: event["type"] == "note")
            await page.ask("stop", conversation=sent["conversation"])
            record = await page.answer(answer)
        for reader in (page, later):
            (note,) = notes_of(reader.events, answer)
            assert note["code"] == "model_replaced"
            assert note["text"] == "qwen3:8b is not offered by ollama; qwen2.5:7b answers instead."
        assert record["served_by"] == "ollama/qwen2.5:7b"


def test_of_what_passes_nothing_is_told_again_once_words_have_come() -> None:
    live = Transcript("c", answer_header("u", {"id": "l", "model": "s/m"}))
    for code in NOTES:
        live.keep_note(code, make_frame({"code": code}))
    standing = set(NOTES) - {*TAKEN_BACK, *TAKEN_BACK.values()}
    assert len(live.notes()) == len(standing)
    live.add("text", "word")
    assert len(live.notes()) == len(standing - PASSING)


@pytest.mark.parametrize("code", ["model_replaced", "model_retired"])
def test_a_stand_in_is_told_in_a_whole_sentence(code: str) -> None:
    told = note_text(code, {"ref": "s/flash", "server": "s", "wanted": "a", "model": "b"})
    assert told.startswith("a is not offered")
    assert told.endswith("; b answers instead.")
    assert "{" not in told
