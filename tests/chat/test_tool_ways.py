"""Tools in every way to an answer, on a real server: continued, copied, merged, exported, paid for."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from conversations.answer_parts import INTERRUPTED
from tests.chat.test_answers import begin, text_in
from tests.chat.test_budgets import DEAR, page_of
from tests.chat.test_rest import session
from tests.chat.test_tool_use import SUM, approve, kinds, result_in, set_policy, waits
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Call, Counts, End, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream

CALLS = scenario(
    Call("calculate", {"expression": "6*7"}, id="call_1"), End("tool_calls", Counts(5_000_000, 0))
)
SAYS = scenario(Say("It is 42."), End())


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.reply = reply
        yield made


def reply(body: Any) -> Scenario:
    return SAYS if any(message["role"] == "tool" for message in body["messages"]) else CALLS


async def test_a_budget_that_one_round_uses_up_ends_the_answer_before_the_next(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = start_server(
        env={
            "TOGETHER_API_KEY": "sk-x",
            "TOGETHER_BASE_URL": upstream.base_url("together"),
            "TITLE_MODEL": "words",
        }
    )
    divan.manage(
        "shell", "-c", "from providers.models import Budget; Budget.objects.create(scope='day', hard_usd=0.5)"
    )
    async with page_of(divan) as page:
        ack = await begin(page, "6*7?", lanes=[{"model": DEAR}], tools=True)
        record = await page.answer(ack["answers"][0])
    assert (record["status"], record["error"]["code"]) == ("failed", "quota")
    assert kinds(record) == ["tool_call", "tool_result"]
    assert result_in(record)["content"] == "42", "what was done is kept"
    assert record["cost"]["usd"] == pytest.approx(0.9)
    assert len(upstream.chats()) == 1


async def test_what_was_stopped_while_it_waited_goes_on_and_makes_no_call_by_itself(
    standing: Divan,
) -> None:
    await set_policy(standing, "ask")
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        await page.ask("stop", conversation=ack["conversation"])
        stopped = await page.answer(ack["answers"][0])
        assert result_in(stopped)["content"] == INTERRUPTED
        again = await page.ask("continue", conversation=ack["conversation"], message=stopped["id"])
        record = await page.answer(again["message"])
    assert (record["status"], kinds(record)) == ("complete", ["text"])


async def test_calls_are_copied_with_a_fork_and_a_branch_goes_on_from_them(standing: Divan) -> None:
    await set_policy(standing, "allow")
    async with wire(standing.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        record = await page.answer(ack["answers"][0])
        fork = await page.ask("fork", conversation=ack["conversation"], message=record["id"])
        snapshot = await page.ask("open", conversation=fork["conversation"])
        copied = [one for one in snapshot["records"] if one.get("role") == "assistant"]
        assert [one["parts"] for one in copied] == [record["parts"]]
        assert snapshot["records"][0]["tools"] is True
        await page.ask("branch", conversation=ack["conversation"], message=record["id"], name="left")
        for conversation in (fork["conversation"], ack["conversation"]):
            more = await page.ask("send", conversation=conversation, text=SUM)
            assert result_in(await page.answer(more["answers"][0]))["content"] == "42"


@pytest.mark.parametrize("kind", ["merge", "compare"])
async def test_answers_with_calls_are_merged_without_calling_anything(
    start_server: Callable[..., Divan], upstream: Upstream, kind: str
) -> None:
    upstream.reply = lambda body: CALLS if "tools" in body and reply(body) is CALLS else SAYS
    divan = start_server(
        env={
            "OPENAI_BASE_URL": upstream.base_url("openai"),
            "OPENAI_API_KEY": "sk-test-0123456789abcdef",
            "TITLE_MODEL": "words",
        }
    )
    async with wire(divan.socket_url) as page:
        ack = await begin(page, "6*7?", lanes=[{"model": "openai/one"}] * 2, tools=True)
        for answer in ack["answers"]:
            assert result_in(await page.answer(answer))["content"] == "42"
        made = await page.ask(
            "synthesize",
            conversation=ack["conversation"],
            message=ack["message"],
            model="openai/one",
            kind=kind,
        )
        record = await page.answer(made["message"])
    assert (record["status"], kinds(record)) == ("complete", ["text"]), record
    *_, last = upstream.chats()
    assert "tools" not in last.body
    assert [message["role"] for message in last.body["messages"] if message["role"] == "tool"] == []


@pytest.mark.parametrize("kind", ["json", "jsonl", "markdown", "html", "text"])
async def test_what_was_called_stands_in_every_export(standing: Divan, kind: str) -> None:
    await set_policy(standing, "allow")
    async with wire(standing.socket_url) as page, session(standing) as http:
        ack = await begin(page, SUM, tools=True)
        await page.answer(ack["answers"][0])
        address = f"/api/conversations/{ack['conversation']}/export"
        async with http.get(address, params={"format": kind}) as answer:
            told = await answer.text()
    assert "6*7" in told
    assert "42" in told


async def test_an_exported_conversation_comes_back_with_its_calls(standing: Divan) -> None:
    await set_policy(standing, "allow")
    async with wire(standing.socket_url) as page, session(standing) as http:
        ack = await begin(page, SUM, tools=True)
        record = await page.answer(ack["answers"][0])
        address = f"/api/conversations/{ack['conversation']}"
        async with http.get(f"{address}/export", params={"format": "json"}) as answer:
            told = await answer.json()
    calls = [part for one in told["records"] for part in one.get("parts", ()) if part["type"] != "text"]
    assert [part["type"] for part in calls] == ["tool_call", "tool_result"]
    assert json.dumps(calls) in json.dumps([*record["parts"][:2]])
    assert "42" in text_in(record)


async def test_a_reader_over_http_is_told_of_calls_and_resumes_between_them(standing: Divan) -> None:
    await set_policy(standing, "ask")
    async with wire(standing.socket_url) as page, session(standing) as http:
        ack = await begin(page, SUM, tools=True)
        answer = ack["answers"][0]
        await page.until(waits(answer))
        address = f"/api/conversations/{ack['conversation']}/events"
        async with http.get(address) as events:
            first = await next_event(events, "snapshot")
        assert first[1]["live"][0]["message"]["status"] == "waiting"
        await approve(page, ack, "allow")
        record = await page.answer(answer)
        async with http.get(address, headers={"Last-Event-ID": first[0]}) as events:
            told = await next_event(events, "record")
    assert told[1]["record"] == record


async def next_event(events: Any, kind: str) -> tuple[str, dict[str, Any]]:
    """Its cursor and what it says."""
    cursor = ""
    async for line in events.content:
        text = line.decode().rstrip("\n")
        if text.startswith("id:"):
            cursor = text[3:].strip()
        if text.startswith("data:"):
            said: dict[str, Any] = json.loads(text[5:])
            if said["type"] == kind:
                return cursor, said
    raise AssertionError(f"the stream ended without {kind}")
