"""A conversation that outgrows a model's window is summed up, and goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.chat.test_rest import made, session
from tests.chat.test_upstreams import plain, turn
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Counts, End, Say, Think, refusal, scenario
from tests.upstreams.server import Upstream, running_upstream

WINDOW = 2_000
LANES = [{"model": "ollama/qwen3:8b"}]
LONG = "Kırmızı defteri unutma. " * 60
ANSWER = scenario(Say("Tamam."), End(counts=Counts(500, 2)))
SUMMARY = scenario(Think("What matters?"), Say("The red notebook matters."), End(counts=Counts(1000, 5)))


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        running.wires["ollama"].window = WINDOW  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    return start_server(env={"OLLAMA_BASE_URL": upstream.base_url("ollama")})


def sent(upstream: Upstream) -> list[list[tuple[str, str]]]:
    return [[(m["role"], plain(m["content"])) for m in chat.body["messages"]] for chat in upstream.chats()]


async def named(divan: Divan) -> str:
    """A conversation that asks for no title, once the window of its model is known."""
    await asyncio.to_thread(divan.wait_for_models, "ollama")
    async with session(divan) as http:
        return str((await made(http, title="Named", lanes=LANES))["id"])


async def test_the_oldest_turns_are_summed_up_and_the_summary_is_kept(
    divan: Divan, upstream: Upstream
) -> None:
    where = await named(divan)
    upstream.play(ANSWER, ANSWER, SUMMARY, ANSWER)
    async with wire(divan.socket_url) as page:
        acks = [await turn(page, LONG, conversation=where) for _ in range(3)]
        note = await page.until(lambda event: event["type"] == "note")
        kept = await page.until(
            lambda event: event["type"] == "record" and event["record"]["type"] == "summary"
        )
        again = await turn(page, "And now?", conversation=where)
    summary, requests = kept["record"], sent(upstream)
    assert (note["code"], note["message"]) == ("compacting", acks[2]["answers"][0])
    assert summary["text"] == "The red notebook matters."
    assert summary["covers"] in {ack["answers"][0] for ack in acks[:2]}
    assert summary["usage"]["input"] == 1000
    assert "defteri" in requests[2][-1][1]
    for request in requests[3:]:
        assert "The red notebook matters." in request[0][1]
    assert len(requests) == 5, "the summary serves the next turn too"
    assert requests[4][-1] == ("user", "And now?")
    assert again["answers"]
    async with wire(divan.socket_url) as other:
        snapshot = await other.ask("open", conversation=where)
    assert summary in snapshot["records"]


async def test_an_answer_is_given_even_where_nothing_can_be_summed_up(
    divan: Divan, upstream: Upstream
) -> None:
    where = await named(divan)
    thoughts: Any = scenario(Think("Only thoughts."), End(counts=Counts(1000, 5)))
    for failing in (thoughts, refusal(400, {"error": "no"})):
        upstream.play(ANSWER, ANSWER, failing, ANSWER)
        async with wire(divan.socket_url) as page:
            for _ in range(2):
                await turn(page, LONG, conversation=where)
            ack = await turn(page, LONG, conversation=where)
            record = await page.answer(ack["answers"][0])
            codes = [event["code"] for event in page.events if event["type"] == "note"]
        assert record["status"] == "complete"
        assert "history_cut" in codes
        where = await named(divan)
