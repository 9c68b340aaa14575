"""What an answer keeps of what its model server said: the engine in this process, and a real HTTP server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

from chat.actions.records import answer_header
from chat.engine.answers.plan import Plan, Prepared
from chat.engine.engine import Engine
from chat.engine.reader import Reader
from chat.engine.room import Room
from providers.configuration import learned, rows
from providers.costs.ledger import ledger
from providers.learning import memory
from providers.models import Model, Server, Spending
from providers.registry import Target
from providers.tokens import estimate_tokens, estimate_tools
from providers.types import ChatRequest, Message, Params, Text
from tests.chat.engine.conftest import taken
from tests.chat.engine.test_engine import begin, end, text_of, words
from tests.chat.engine.tools import Box, repeat
from tests.conversations.samples import ID, conversation, user
from tests.upstreams.script import (
    PLAIN,
    Counts,
    End,
    Fail,
    Payload,
    Reset,
    Say,
    Scenario,
    Stall,
    Think,
    Wait,
    refusal,
    scenario,
)
from tests.upstreams.server import Upstream, running_upstream

HALF = "The first half of a sentence, "
COUNTED = Payload(b'{"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.002}}')


@pytest_asyncio.fixture
async def upstream(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upstream]:
    monkeypatch.setattr(rows, "CHECK_EVERY", 0.0)
    # What is learned of a model stays in this process, and goes with the test.
    memory.forget_all()
    memory.save_facts_with(None)
    async with running_upstream() as running:
        await sync_to_async(add_servers)(running)
        yield running
    memory.save_facts_with(learned.save_facts_soon)
    memory.forget_all()


def add_servers(upstream: Upstream) -> None:
    for provider in ("openai", "gemini", "ollama"):
        url = upstream.base_url(provider)
        Server.objects.create(name=f"my-{provider}", provider=provider, base_url=url, key="test-key")
    openai = Server.objects.get(name="my-openai")
    Model.objects.create(server=openai, model_id="whole", streaming=False)


@pytest.fixture
async def room(engine: Engine) -> Room:
    return (await engine.rooms.create(conversation(owner="local"), user("u1")))[0]


def plan_of(model: str, **params: Any) -> Plan:
    lane: Any = {"id": "l1", "model": model}

    async def prepare(target: Target) -> Prepared:
        asked = [Message("user", (Text("Tell me."),))]
        return Prepared(ChatRequest(target.model, asked, params=Params(**params), streaming=target.streaming))

    return Plan(answer_header("u1", lane), lane, prepare)


@pytest.fixture
def ask(engine: Engine, room: Room, upstream: Upstream) -> Callable[..., Any]:
    """Asks a model that plays the scene; stops the answer once it has words, if it is to be `stopped`. Gives
    its record and what a reader had of it."""

    async def ask(scene: Scenario, model: str = "my-openai/m", *, stopped: bool = False) -> tuple[Any, Any]:
        upstream.play(scene)
        reader = Reader()
        room.follow(reader)
        (answer,) = await begin(engine, room, plan_of(model))
        events = await words(reader, answer, 0) if stopped else []
        if stopped:
            engine.stop(room, answer.id)
        (record,) = await end([answer])
        return record, events

    return ask


async def spent() -> Spending:
    await asyncio.to_thread(ledger.write)
    return await Spending.objects.aget(kind="answer")


CUT = {"stopped": scenario(Say(HALF), Stall()), "failed": scenario(Say(HALF), Reset())}


@pytest.mark.parametrize("how", CUT)
async def test_what_was_cut_short_has_an_estimate_of_its_tokens_and_is_counted(
    ask: Callable[..., Any], how: str
) -> None:
    record, _ = await ask(CUT[how], stopped=how == "stopped")
    usage = record["usage"]
    assert (record["status"], text_of(record)) == (how, HALF)
    assert (usage["estimated"], usage["output"]) == (True, estimate_tokens(HALF))
    assert usage["input"] > 0
    assert (usage["reasoning"], usage["cached"]) == (None, None)
    counted = await spent()
    assert (counted.requests, counted.output_tokens) == (1, estimate_tokens(HALF))
    assert counted.failures == (how == "failed")


async def test_a_whole_answer_has_its_services_count_and_no_estimate(ask: Callable[..., Any]) -> None:
    record, _ = await ask(scenario(Say(HALF), End(counts=Counts(3, 8))))
    assert (record["status"], record["finish"]) == ("complete", "stop")
    assert (record["usage"]["input"], record["usage"]["output"]) == (3, 8)
    assert "estimated" not in record["usage"]


async def test_of_the_tokens_only_tools_that_were_sent_took_some(
    engine: Engine, room: Room, upstream: Upstream
) -> None:
    refused = upstream.wires["openai"].error_body(400, "Invalid schema for function 'odd': no")
    upstream.play(refusal(400, refused), PLAIN)
    box = Box({"even": repeat, "odd": repeat})
    (answer,) = await begin(engine, room, replace(plan_of("my-openai/m"), open_toolbox=box.open))
    (record,) = await end([answer])
    sent = [tool for tool in box.offered(None) if tool.name == "even"]
    assert (record["status"], record["usage"]["tools"]) == ("complete", estimate_tools(sent))


@pytest.mark.parametrize("how", ["stopped", "failed"])
async def test_what_was_counted_before_it_broke_off_is_kept_and_paid(
    engine: Engine, room: Room, upstream: Upstream, how: str
) -> None:
    last = Stall() if how == "stopped" else Fail(message="out of memory")
    upstream.play(scenario(Say("Half"), COUNTED, Say(" a word"), last))
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan_of("my-openai/m"))
    if how == "stopped":
        said = ""
        while "word" not in said:
            said += "".join(event["text"] for event in await taken(reader) if event["type"] == "delta")
        engine.stop(room, None)
    (record,) = await end([answer])
    assert (record["status"], text_of(record)) == (how, "Half a word")
    assert (record["usage"]["input"], record["usage"]["output"]) == (7, 3)
    assert record["cost"] == {"usd": 0.002, "source": "provider"}
    assert (await spent()).usd == pytest.approx(0.002)


async def test_a_signature_is_kept_with_the_reasoning_that_it_signs(ask: Callable[..., Any]) -> None:
    scene = scenario(Think("Hm", signature="U0lHTkVE"), Say("Yes"), End(counts=Counts(3, 1)))
    record, _ = await ask(scene, "my-gemini/gemini-x")
    reasoning, text = record["parts"]
    assert (reasoning["text"], reasoning["signature"]) == ("Hm", "gemini/gemini-x|U0lHTkVE")
    assert reasoning["ms"] >= 0
    assert text == {"type": "text", "text": "Yes"}


async def test_a_model_whose_streaming_is_off_is_asked_for_its_answer_whole(
    ask: Callable[..., Any], upstream: Upstream
) -> None:
    scene = scenario(Say(" word" * 50), End(counts=Counts(3, 50))).but(whole=True)
    record, _ = await ask(scene, "my-openai/whole")
    assert (await upstream.next_chat()).body["stream"] is False
    assert (record["status"], text_of(record), record["usage"]["output"]) == ("complete", " word" * 50, 50)


async def test_a_reader_learns_that_the_model_is_being_loaded(
    engine: Engine, room: Room, upstream: Upstream
) -> None:
    upstream.play(scenario(Wait(3.0), Say("Here."), End(counts=Counts(3, 1))))
    reader = Reader()
    room.follow(reader)
    (answer,) = await begin(engine, room, plan_of("my-ollama/cold:1b"))
    events = await words(reader, answer, 0)
    (note,) = (event for event in events if event["type"] == "note")
    assert (note["code"], note["message"]) == ("loading", answer.id)
    (record,) = await end([answer])
    assert text_of(record) == "Here."


async def test_a_failed_one_says_whose_failure_it_is_and_frees_its_conversation(
    ask: Callable[..., Any], engine: Engine
) -> None:
    record, _ = await ask(scenario(Fail(kind="invalid")))
    assert (record["status"], record["parts"], engine.count_answering(ID)) == ("failed", [], 0)
    assert record["error"]["code"] not in ("internal", "")
    assert "my-openai" in record["error"]["message"]
