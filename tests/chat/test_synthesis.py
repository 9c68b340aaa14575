"""Answers that are longer together than the model that is to bring them together can read."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.chat.test_upstreams import said, turn
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

WINDOW = 2_000
WORDY = "Çay kahveden iyidir. " * 2_000
CURT = "Kahve."


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        running.wires["ollama"].window = WINDOW  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    return start_server(
        env={
            "OPENAI_BASE_URL": upstream.base_url("openai"),
            "OPENAI_API_KEY": "sk-test-0123456789abcdef",
            "OLLAMA_BASE_URL": upstream.base_url("ollama"),
        }
    )


async def test_long_answers_lose_their_middles_and_the_reader_is_told(
    divan: Divan, upstream: Upstream
) -> None:
    upstream.scenarios |= {
        "one": scenario(Say(f"Önce: {WORDY}Sonra."), End()),
        "two": scenario(Say(CURT), End()),
        "qwen3:8b": scenario(Say("Both [1][2]."), End()),
    }
    await asyncio.to_thread(divan.wait_for_models, "ollama")
    async with wire(divan.socket_url) as page:
        lanes = [{"model": "openai/one"}, {"model": "openai/two"}]
        ack = await turn(page, "which?", lanes=lanes)
        made = await page.ask(
            "synthesize", conversation=ack["conversation"], message=ack["message"], model="ollama/qwen3:8b"
        )
        record = await page.answer(made["answers"][0])
        notes = [event for event in page.events if event["type"] == "note"]
    ((question,),) = said(upstream, "qwen3:8b")
    assert record["status"] == "complete"
    assert [(note["code"], note["message"]) for note in notes] == [("answers_cut", record["id"])]
    assert "longer than this model can read" in notes[0]["text"]
    assert "Question:\nwhich?" in question[1]
    assert "[1] [openai/one]:\nÖnce: Çay" in question[1]
    assert "Sonra.\n\n[2] [openai/two]:\nKahve." in question[1]
    assert WINDOW // 2 < len(question[1]) < len(WORDY) // 4
