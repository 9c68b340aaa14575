"""What the record of an answer keeps of what its model server said."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.chat.test_answers import is_delta, text_in
from tests.chat.test_upstreams import turn
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Counts, End, Fail, Payload, Say, Stall, Think, Wait, scenario
from tests.upstreams.server import Upstream, running_upstream

COUNTED = Payload(b'{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.002}}')


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    env = {
        "OPENAI_BASE_URL": upstream.base_url("openai"),
        "OPENAI_API_KEY": "sk-test-0123456789abcdef",
        "GEMINI_BASE_URL": upstream.base_url("gemini"),
        "GEMINI_API_KEY": "AIza-test-0123456789abcdef",
        "OLLAMA_BASE_URL": upstream.base_url("ollama"),
    }
    return start_server(env=env)


@pytest.mark.parametrize("end", ["stopped", "failed"])
async def test_what_was_counted_before_an_answer_broke_off_is_kept_and_paid(
    divan: Divan, upstream: Upstream, end: str
) -> None:
    last = Stall() if end == "stopped" else Fail(message="out of memory")
    upstream.play(scenario(Say("Half"), COUNTED, Say(" a word"), last))
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="a", lanes=[{"model": "openai/m"}])
        answer = ack["answers"][0]
        if end == "stopped":
            await page.until(lambda event: is_delta(answer)(event) and "word" in event["text"])
            await page.ask("stop", conversation=ack["conversation"])
        record = await page.answer(answer)
    assert (record["status"], text_in(record)) == (end, "Half a word")
    assert (record["usage"]["input"], record["usage"]["output"]) == (7, 3)
    assert record["cost"] == {"usd": 0.002, "source": "provider"}


async def test_a_signature_is_kept_and_given_back_to_its_maker_alone(
    divan: Divan, upstream: Upstream
) -> None:
    lanes = [{"model": "gemini/gemini-x"}]
    upstream.scenarios["gemini-x"] = scenario(
        Think("Hm", signature="U0lHTkVE"), Say("Yes"), End(counts=Counts(3, 1))
    )
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="a", lanes=lanes)
        record = await page.answer(ack["answers"][0])
        await turn(page, "b", conversation=ack["conversation"])
        await turn(page, "c", conversation=ack["conversation"], lanes=[{"model": "openai/m"}])
    signed = [part for part in record["parts"] if part["type"] == "reasoning"]
    assert [(part["text"], part["signature"]) for part in signed] == [("Hm", "gemini/gemini-x|U0lHTkVE")]
    again = next(chat.body for chat in upstream.chats() if len(chat.body.get("contents", ())) == 3)
    spoken = again["contents"][1]["parts"]
    assert [part["text"] for part in spoken] == ["Yes"]
    assert spoken[0]["thoughtSignature"] == "U0lHTkVE"
    assert all("U0lHTkVE" not in str(chat.body) for chat in upstream.chats() if "messages" in chat.body)


async def test_a_model_whose_streaming_is_off_is_asked_for_its_answer_whole(
    divan: Divan, upstream: Upstream
) -> None:
    make = (
        "from providers.models import Model, Server; "
        "Model.objects.create(server=Server.objects.get(name='openai'), model_id='m', streaming=False)"
    )
    divan.manage("shell", "-c", make)
    divan.restart()
    upstream.play(scenario(Say(" word" * 50), End(counts=Counts(3, 50))).but(whole=True))
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="a", lanes=[{"model": "openai/m"}])
        answer = ack["answers"][0]
        record = await page.answer(answer)
    deltas: list[Any] = [event for event in page.events if is_delta(answer)(event)]
    assert (await upstream.next_chat()).body["stream"] is False
    assert [event["text"] for event in deltas] == [" word" * 50]
    assert (record["status"], record["usage"]["output"]) == ("complete", 50)


async def test_a_reader_learns_that_the_model_is_being_loaded(divan: Divan, upstream: Upstream) -> None:
    upstream.play(scenario(Wait(3.0), Say("Here."), End(counts=Counts(3, 1))))
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="a", lanes=[{"model": "ollama/cold:1b"}])
        note = await page.until(lambda event: event["type"] == "note")
        record = await page.answer(ack["answers"][0])
    assert (note["code"], note["message"]) == ("loading", ack["answers"][0])
    assert text_in(record) == "Here."
