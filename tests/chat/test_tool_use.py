"""Models that call tools, on a real server: what its page and its files see."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conversations.answer_parts import INTERRUPTED
from tests.chat.test_answers import ECHO, begin, records_on_disk, text_in
from tests.chat.test_rest import session
from tests.services.server import Divan, copy_database, environment, run_manage
from tests.services.wire import Wire, wire

SUM = '/echo speed=0 tool=calculate args={"expression":"6*7"}'
SUM_CALL = {
    "id": "echo-1",
    "name": "calculate",
    "arguments": '{"expression":"6*7"}',
    "source": "builtin",
}


def waits(answer: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: (
        event["type"] == "start"
        and event["message"]["id"] == answer
        and event["message"]["status"] == "waiting"
    )


def kinds(record: dict[str, Any]) -> list[str]:
    return [part["type"] for part in record["parts"]]


def result_in(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(part for part in record["parts"] if part["type"] == "tool_result")
    return found


async def set_policy(server: Divan, policy: str, name: str = "calculate") -> None:
    async with session(server) as http, http.patch(f"/api/tools/{name}", json={"policy": policy}) as answer:
        assert answer.status == 200, await answer.text()


async def policy_of(server: Divan, name: str) -> str:
    async with session(server) as http, http.get("/api/tools") as answer:
        policies: dict[str, str] = {tool["name"]: tool["policy"] for tool in (await answer.json())["tools"]}
    return policies[name]


async def approve(
    page: Wire, ack: dict[str, Any], decision: str, *calls: str, lane: int = 0
) -> dict[str, Any]:
    return await page.ask(
        "approve",
        conversation=ack["conversation"],
        message=ack["answers"][lane],
        calls=["echo-1"],
        decision=decision,
    )


@pytest.fixture
async def asking(standing: Divan) -> Divan:
    """A server on which the calculator has to be allowed each time."""
    await set_policy(standing, "ask")
    return standing


@pytest.fixture
async def allowing(standing: Divan) -> Divan:
    await set_policy(standing, "allow")
    return standing


async def test_a_model_calls_a_tool_and_says_what_it_gave(allowing: Divan) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        record = await page.answer(ack["answers"][0])
    assert (record["status"], kinds(record)) == ("complete", ["tool_call", "tool_result", "text"])
    called, result, _ = record["parts"]
    assert {name: called[name] for name in SUM_CALL} == SUM_CALL
    assert (result["name"], result["content"], result["is_error"]) == ("calculate", "42", False)
    assert "`calculate`: 42" in text_in(record)
    parts = [event for event in page.events if event["type"] == "part"]
    assert [(event["seq"], event["part"]) for event in parts] == [(0, called), (1, result)]
    assert records_on_disk(allowing, ack["conversation"])[-1] == record
    assert records_on_disk(allowing, ack["conversation"])[0]["tools"] is True


@pytest.mark.parametrize(
    ("fields", "made"),
    [
        ({}, False),
        ({"tools": False}, False),
        ({"tools": []}, False),
        ({"tools": ["calculate"]}, True),
        ({"lanes": [{"model": "echo/echo", "tools": ["calculate"]}]}, True),
        ({"tools": True, "lanes": [{"model": "echo/echo", "tools": False}]}, False),
    ],
)
async def test_a_lane_calls_what_it_or_its_conversation_is_set_to(
    allowing: Divan, fields: dict[str, Any], made: bool
) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await begin(page, SUM, **fields)
        record = await page.answer(ack["answers"][0])
    assert result_in(record)["is_error"] != made
    assert (record["status"] == "complete") == made


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ("tool=nothing", "There is no tool"),
        ("tool=calculate args={", "not valid JSON"),
        ("tool=calculate args=[1]", "one JSON object"),
        ("tool=calculate args={}", "`expression` is missing"),
        ('tool=calculate args={"expression":7}', "must be of type string"),
        ('tool=calculate args={"expression":"1/0"}', ""),
    ],
)
async def test_a_call_that_cannot_be_made_is_a_result_and_no_failed_answer(
    allowing: Divan, called: str, said: str
) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await begin(page, f"/echo speed=0 {called}", tools=True)
        record = await page.answer(ack["answers"][0])
    result = result_in(record)
    assert (record["status"], result["is_error"]) == ("complete", True)
    assert said in result["content"]


async def test_an_answer_waits_for_a_person_on_every_page_and_goes_on_once(asking: Divan) -> None:
    async with wire(asking.socket_url) as page, wire(asking.socket_url) as phone:
        await phone.ask("watch")
        ack = await begin(page, SUM, tools=True)
        answer = ack["answers"][0]
        start = await page.until(waits(answer))
        assert [{name: call[name] for name in SUM_CALL} for call in start["message"]["calls"]] == [SUM_CALL]
        await phone.until(lambda event: event["type"] == "activity" and event.get("waiting") == 1)
        snapshot = await phone.ask("open", conversation=ack["conversation"])
        (live,) = snapshot["live"]
        assert (live["message"]["status"], live["message"]["calls"]) == ("waiting", start["message"]["calls"])
        async with session(asking) as http, http.get(f"/api/conversations/{ack['conversation']}") as row:
            assert (await row.json())["waiting"] == 1
        assert (await approve(phone, ack, "allow"))["type"] == "ack"
        record = await page.answer(answer)
        assert await phone.answer(answer) == record
        await phone.until(lambda event: event["type"] == "activity" and event.get("waiting") == 0)
        assert (await approve(page, ack, "deny"))["type"] == "ack"
    assert (record["status"], result_in(record)["content"]) == ("complete", "42")
    assert await policy_of(asking, "calculate") == "ask"


async def test_what_is_denied_does_not_run(asking: Divan) -> None:
    async with wire(asking.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        await approve(page, ack, "deny")
        record = await page.answer(ack["answers"][0])
    assert (record["status"], result_in(record)["is_error"]) == ("complete", True)
    assert "did not allow" in result_in(record)["content"]


async def test_always_is_kept_for_the_person_and_the_tool(asking: Divan) -> None:
    async with wire(asking.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        await approve(page, ack, "always")
        await page.answer(ack["answers"][0])
        assert await policy_of(asking, "calculate") == "allow"
        again = await begin(page, SUM, tools=True)
        record = await page.answer(again["answers"][0])
    assert result_in(record)["content"] == "42"
    assert not any(map(waits(again["answers"][0]), page.events))


async def test_an_approval_by_rest_is_the_same(asking: Divan) -> None:
    async with wire(asking.socket_url) as page, session(asking) as http:
        ack = await begin(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        fields = {
            "conversation": ack["conversation"],
            "message": ack["answers"][0],
            "calls": ["echo-1"],
            "decision": "allow",
        }
        async with http.post("/api/chat/approve", json={**fields, "calls": ["echo-2"]}) as refused:
            assert (refused.status, (await refused.json())["error"]["code"]) == (404, "not_found")
        async with http.post("/api/chat/approve", json=fields) as allowed:
            assert allowed.status == 200, await allowed.text()
        record = await page.answer(ack["answers"][0])
    assert result_in(record)["content"] == "42"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"calls": ["echo-9"]}, "not_found"),
        ({"calls": ["echo-1", "echo-9"]}, "not_found"),
        ({"calls": []}, "invalid"),
        ({"decision": "perhaps"}, "invalid"),
        ({"message": "nobody"}, "not_found"),
        ({"conversation": "20261120-104233-aaaaaaaa"}, "not_found"),
    ],
)
async def test_what_cannot_be_approved_decides_nothing(
    asking: Divan, wrong: dict[str, Any], code: str
) -> None:
    async with wire(asking.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        answer = ack["answers"][0]
        await page.until(waits(answer))
        fields = {
            "conversation": ack["conversation"],
            "message": answer,
            "calls": ["echo-1"],
            "decision": "allow",
        }
        refused = await page.ask("approve", **{**fields, **wrong})
        assert (refused["type"], refused["code"]) == ("error", code)
        snapshot = await page.ask("open", conversation=ack["conversation"])
        assert snapshot["live"][0]["message"]["status"] == "waiting"
        await page.ask("stop", conversation=ack["conversation"], message=answer)
        record = await page.answer(answer)
    assert (record["status"], result_in(record)["content"]) == ("stopped", INTERRUPTED)


async def test_one_approval_holds_for_the_equal_calls_of_all_lanes(asking: Divan) -> None:
    async with wire(asking.socket_url) as page:
        ack = await begin(page, SUM, lanes=ECHO * 3, tools=True)
        for answer in ack["answers"]:
            await page.until(waits(answer))
        await approve(page, ack, "allow", lane=1)
        records = [await page.answer(answer) for answer in ack["answers"]]
    assert [result_in(record)["content"] for record in records] == ["42"] * 3


async def test_a_server_that_dies_while_an_answer_waits_leaves_it_interrupted(
    start_server: Callable[..., Divan],
) -> None:
    server = start_server()
    await set_policy(server, "ask")
    async with wire(server.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        await page.until(waits(ack["answers"][0]))
        server.kill()
    server.start()
    async with wire(server.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
        assert (snapshot["live"], (await approve(page, ack, "allow"))["type"]) == ([], "ack")
    record = snapshot["records"][-1]
    assert (record["status"], kinds(record)) == ("interrupted", ["tool_call", "tool_result"])
    assert result_in(record)["content"] == INTERRUPTED
    assert records_on_disk(server, ack["conversation"])[-1] == record
    server.stop()
    server.manage("verify_chats")


async def test_an_answer_of_another_process_is_approved_and_seen_there(
    start_server: Callable[..., Divan], valkey: str, tmp_path: Path
) -> None:
    env = {"REDIS_URL": valkey}
    one, other = (start_server(data_dir=tmp_path / "shared", env=env) for _ in range(2))
    await set_policy(one, "ask")
    async with wire(one.socket_url) as page, wire(other.socket_url) as far:
        ack = await begin(page, SUM, tools=True)
        answer = ack["answers"][0]
        await page.until(waits(answer))
        snapshot = await far.ask("open", conversation=ack["conversation"])
        (live,) = snapshot["live"]
        assert live["message"]["status"] == "waiting"
        assert [call["id"] for call in live["message"]["calls"]] == ["echo-1"]
        assert [part["type"] for part in live["parts"]] == ["tool_call"]
        assert (await approve(far, ack, "allow"))["type"] == "ack"
        record = await far.answer(answer, seconds=30)
        assert await page.answer(answer) == record
    assert (record["status"], result_in(record)["content"]) == ("complete", "42")
    parts = [event["part"] for event in far.events if event["type"] == "part"]
    assert parts == [result_in(record)]


async def test_what_was_called_is_told_in_later_turns_and_as_words_without_tools(allowing: Divan) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await begin(page, SUM, tools=True)
        await page.answer(ack["answers"][0])
        more = await page.ask("send", conversation=ack["conversation"], text="And then?")
        record = await page.answer(more["answers"][0])
        off = await page.ask("send", conversation=ack["conversation"], text="And now?", tools=False)
        last = await page.answer(off["answers"][0])
    assert (record["status"], kinds(record)) == ("complete", ["text"])
    assert last["status"] == "complete"
    assert last["usage"]["input"] > record["usage"]["input"]


@pytest.mark.parametrize("how", ["regenerate", "temporary"])
async def test_tools_are_called_in_other_ways_to_an_answer_too(allowing: Divan, how: str) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await begin(page, SUM, tools=True, temporary=how == "temporary")
        record = await page.answer(ack["answers"][0])
        if how == "regenerate":
            again = await page.ask("regenerate", conversation=ack["conversation"], message=ack["answers"][0])
            record = await page.answer(again["message"])
    assert result_in(record)["content"] == "42"


async def test_a_dialogue_calls_tools(allowing: Divan) -> None:
    async with wire(allowing.socket_url) as page:
        ack = await page.ask(
            "dialogue",
            opening=SUM,
            participants=[{"name": name, "model": "echo/echo"} for name in ("Ada", "Can")],
            turn_policy="manual",
        )
        await page.ask("open", conversation=ack["conversation"])
        await page.ask("settings", conversation=ack["conversation"], tools=True)
        await page.ask("direct", conversation=ack["conversation"], action="next")
        record = await page.until(
            lambda event: event["type"] == "record" and "'content': '42'" in str(event["record"]), seconds=30
        )
    assert result_in(record["record"])["is_error"] is False


def test_without_tools_nothing_of_them_is_imported(tmp_path: Path, database_with_tables: Path) -> None:
    """In a process of its own: here other tests have imported them."""
    copy_database(database_with_tables, tmp_path)
    said = run_manage(("shell", "-c", LOADED), environment(tmp_path, {}))
    started, plain, with_tools = json.loads(said.strip().splitlines()[-1])
    assert (started, plain) == ([], [])
    assert "chat.tools.builtin.calculate" in with_tools
    assert {name for name in with_tools if not name.startswith("chat.tools")} == set()


LOADED = """
import asyncio, json, sys
from types import SimpleNamespace
from chat.actions import registry, sending
from chat.doors import dispatch
from chat.engine import current_engine
from chat.protocol.commands import Send
from chatbot_project import asgi, startup

ANN = SimpleNamespace(owner_id="local", username="Ann")

def loaded():
    own = ("mcp", "mcp_types", "httpx2", "ddgs")
    return sorted(name for name in sys.modules if name.startswith("chat.tools") or name.split(".")[0] in own)

async def answered(tools):
    lanes = [{"model": "echo/echo"}]
    sent = await sending.send(ANN, Send(text="Hello", conversation=None, lanes=lanes, tools=tools))
    for name in sent["answers"]:
        if (answer := current_engine().answers.get(name)) is not None:
            await answer.ended.wait()
    return loaded()

async def main():
    startup.announce_start("127.0.0.1", 8000, lambda line: None)
    await startup.servers_found()
    found = [loaded(), await answered(False), await answered(True)]
    await current_engine().shutdown()
    print()
    print(json.dumps(found))

startup.prepare_server()
asyncio.run(main())
"""
