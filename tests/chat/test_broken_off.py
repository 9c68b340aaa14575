"""Answers that broke off, by a stop, a failure or a death: continued, remembered and counted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from providers.tokens import estimate_tokens
from tests.chat.test_access import call
from tests.chat.test_answers import is_delta, text_in
from tests.chat.test_documents import give, upload
from tests.chat.test_rest import session
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import End, Fail, Reset, Say, Scenario, Stall, Think, scenario
from tests.upstreams.server import Upstream, running_upstream

LANES = [{"model": "up/m"}]
HALF = "The first half of a sentence, "
BREAKS: dict[str, Scenario] = {
    "error event": scenario(Say(HALF), Fail()),
    "cut connection": scenario(Say(HALF), Reset()),
    "silence": scenario(Say(HALF), Stall()),
}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        yield running


@pytest.fixture
def divan(upstream: Upstream, start_server: Callable[..., Divan]) -> Divan:
    env = {"OPENAI_SERVERS": f"up={upstream.base_url('openai')}", "CHUNK_TIMEOUT": "1"}
    return start_server(env=env)


async def broken(page: Wire, upstream: Upstream, scene: Scenario, **more: Any) -> tuple[str, dict[str, Any]]:
    upstream.play(scene)
    ack = await page.ask("send", conversation=None, text="Tell me.", lanes=LANES, **more)
    return ack["conversation"], await page.answer(ack["answers"][0])


def said_to_model(upstream: Upstream) -> list[Any]:
    asked = [chat.body["messages"] for chat in upstream.chats()]
    return [[one["content"] for one in told] for told in asked if "Give a title" not in str(told[-1])][-1]


@pytest.mark.parametrize("scene", BREAKS.values(), ids=BREAKS)
async def test_what_broke_off_is_continued_and_told_in_the_next_turn(
    divan: Divan, upstream: Upstream, scene: Scenario
) -> None:
    async with wire(divan.socket_url) as page:
        where, failed = await broken(page, upstream, scene)
        assert (failed["status"], text_in(failed)) == ("failed", HALF)
        upstream.play(scenario(Say("Noted."), End()))
        sent = await page.ask("send", conversation=where, text="And then?")
        await page.answer(sent["answers"][0])
        assert said_to_model(upstream) == ["Tell me.", HALF, "And then?"]
        upstream.play(scenario(Say("and the second."), End()))
        more = await page.ask("continue", conversation=where, message=failed["id"])
        whole = await page.answer(more["message"])
        assert HALF in said_to_model(upstream)
    assert (whole["status"], whole["continues"]) == ("complete", failed["id"])
    assert text_in(whole) == f"{HALF}and the second."


async def test_an_answer_that_failed_without_a_word_is_not_continued(
    divan: Divan, upstream: Upstream
) -> None:
    async with wire(divan.socket_url) as page:
        where, failed = await broken(page, upstream, scenario(Fail(kind="invalid")))
        assert failed["status"] == "failed"
        refused = await page.ask("continue", conversation=where, message=failed["id"])
    assert (refused["type"], refused["code"]) == ("error", "conflict")


def journalled(divan: Divan) -> bool:
    return any(HALF in one.read_text() for one in (divan.data_dir / "conversations").glob("*/*.jsonl"))


async def test_an_answer_whose_process_died_has_an_estimate(
    divan: Divan, upstream: Upstream, start_server: Callable[..., Divan]
) -> None:
    async with wire(divan.socket_url) as page:
        upstream.play(scenario(Say(HALF), Stall()))
        ack = await page.ask("send", conversation=None, text="Tell me.", lanes=LANES)
        await page.until(is_delta(ack["answers"][0]))
        await asyncio.to_thread(wait_until, lambda: journalled(divan), seconds=10, what="the journal")
        divan.kill()
    again = start_server(data_dir=divan.data_dir)
    async with wire(again.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
    (record,) = (one for one in snapshot["records"] if one.get("id") == ack["answers"][0])
    assert (record["status"], text_in(record)) == ("interrupted", HALF)
    assert record["usage"]["output"] == estimate_tokens(HALF)
    assert record["usage"]["estimated"] is True


KNOWN = ("sources", "files", "unread", "memory")
"""What an answer's record says beside its parts of how it was asked."""


async def give_pump(divan: Divan, kind: str) -> dict[str, Any]:
    """Something to read; gives the fields of a message that asks it."""
    text = "# Notes\n\nThe pump is blue."
    async with session(divan) as http:
        if kind == "documents":
            await give(http, text)
            return {"rag": True}
        made = await upload(http, "/api/attachments", "file", "notes.md", text.encode())
        return {"attachments": [made["sha256"]]}


async def begin_known(page: Wire, **fields: Any) -> tuple[str, str]:
    """Asks a question; the answer has its first words when this returns."""
    lanes = [{"model": "gemini/gemini-x"}]
    ack = await page.ask("send", conversation=None, text="Which colour is the pump?", lanes=lanes, **fields)
    answer = ack["answers"][0]
    await page.until(lambda event: is_delta(answer)(event) and event["part"] == "text", seconds=60)
    return ack["conversation"], answer


@pytest.mark.parametrize("kind", ["file", "documents"])
async def test_what_was_known_of_an_answer_outlives_its_process_as_it_outlives_a_stop(
    upstream: Upstream, start_server: Callable[..., Divan], kind: str
) -> None:
    env = {"GEMINI_BASE_URL": upstream.base_url("gemini"), "GEMINI_API_KEY": "AIza-test-0123456789abcdef"}
    divan = start_server(env=env)
    call(f"{divan.url}/api/memory", "PUT", {"about": "I mend pumps.", "style": ""})
    upstream.scenarios["gemini-x"] = scenario(Think("Hm", signature="U0lHTkVE"), Say(HALF), Stall())
    fields = await give_pump(divan, kind)
    async with wire(divan.socket_url) as page:
        where, answer = await begin_known(page, **fields)
        await page.ask("stop", conversation=where)
        stopped = await page.answer(answer)
        where, answer = await begin_known(page, **fields)
        await asyncio.to_thread(wait_until, lambda: journalled(divan), seconds=10, what="the journal")
        divan.kill()
    divan.start()
    async with wire(divan.socket_url) as page:
        snapshot = await page.ask("open", conversation=where)
    (record,) = (one for one in snapshot["records"] if one.get("id") == answer)
    assert (record["status"], stopped["status"]) == ("interrupted", "stopped")
    known = {name: stopped[name] for name in KNOWN if name in stopped}
    assert {name: record[name] for name in KNOWN if name in record} == known
    assert {"memory", "sources"} <= set(known)
    assert ("files" in known) == (kind == "file")
    parts = [{name: value for name, value in part.items() if name != "ms"} for part in record["parts"]]
    assert parts == [
        {"type": "reasoning", "text": "Hm", "signature": "gemini/gemini-x|U0lHTkVE"},
        {"type": "text", "text": HALF},
    ]
