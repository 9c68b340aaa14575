"""What becomes of calls that are cut short, or that nobody can be asked about: on a real server with a real
tool server."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conversations.answer_parts import INTERRUPTED
from tests.chat.test_access import call
from tests.chat.test_answers import ECHO, begin, records_on_disk
from tests.chat.test_replay import messages, replay
from tests.chat.test_tool_use import approve, kinds, policy_of, result_in, set_policy, waits
from tests.services.processes import ROOT, wait_until
from tests.services.server import Divan
from tests.services.wire import wire

SAY = '/echo speed=0 tool=box__say args={"text":"hi"}'
WRITE = '/echo speed=0 tool=box__write args={"text":"hi"}'
WAIT = "/echo speed=0 tool=box__wait args={}"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A file with a line for each call that the tool server has taken."""
    return tmp_path / "calls"


@pytest.fixture
def serve(start_server: Callable[..., Divan], tmp_path: Path, calls: Path) -> Callable[..., Divan]:
    def start(**env: str) -> Divan:
        box = {
            "command": sys.executable,
            "args": ["-m", "tests.services.tool_program"],
            "env": {"PYTHONPATH": str(ROOT), "CALLS": str(calls)},
        }
        config = tmp_path / "mcp.json"
        config.write_text(json.dumps({"mcpServers": {"box": box}}))
        return start_server(env={"MCP_CONFIG": str(config), **env})

    return start


def made(calls: Path) -> list[str]:
    return calls.read_text().split() if calls.exists() else []


async def until_made(calls: Path, number: int = 1) -> None:
    await asyncio.to_thread(
        wait_until, lambda: len(made(calls)) == number, seconds=30, what="a call of the tool"
    )


async def until_known(server: Divan, name: str) -> None:
    """A tool server is started by whoever asks first."""
    async with asyncio.timeout(60):
        while True:
            try:
                await policy_of(server, name)
            except KeyError:
                await asyncio.sleep(0.1)
            else:
                return


async def allow(server: Divan, *names: str) -> None:
    for name in names:
        await until_known(server, name)
        await set_policy(server, "allow", name)


async def test_stop_ends_a_call_that_runs_and_it_is_not_made_again(
    serve: Callable[..., Divan], calls: Path
) -> None:
    server = serve()
    await allow(server, "box__wait")
    async with wire(server.socket_url) as page:
        ack = await begin(page, WAIT, tools=True)
        await until_made(calls)
        await page.ask("stop", conversation=ack["conversation"], message=ack["answers"][0])
        record = await page.answer(ack["answers"][0])
        assert (record["status"], kinds(record)) == ("stopped", ["tool_call", "tool_result"])
        assert (result_in(record)["content"], result_in(record)["is_error"]) == (INTERRUPTED, True)
        more = await page.ask("send", conversation=ack["conversation"], text="And then?")
        assert (await page.answer(more["answers"][0]))["status"] == "complete"
    assert made(calls) == ["wait"]


async def test_a_call_during_which_the_server_is_killed_is_not_made_again(
    serve: Callable[..., Divan], calls: Path
) -> None:
    server = serve()
    await allow(server, "box__wait")
    async with wire(server.socket_url) as page:
        ack = await begin(page, WAIT, lanes=ECHO * 2, tools=True)
        await until_made(calls, 2)
        server.kill()
    server.start()
    await until_known(server, "box__wait")
    async with wire(server.socket_url) as page:
        snapshot = await page.ask("open", conversation=ack["conversation"])
        answers = [one for one in snapshot["records"] if one.get("role") == "assistant"]
        again = await page.ask("regenerate", conversation=ack["conversation"], message=ack["answers"][0])
        await until_made(calls, 3)
        await page.ask("stop", conversation=ack["conversation"])
        await page.answer(again["message"])
    assert [one["status"] for one in answers] == ["interrupted"] * 2
    assert [result_in(one)["content"] for one in answers] == [INTERRUPTED] * 2
    assert made(calls) == ["wait"] * 3


async def test_a_tool_server_that_dies_costs_its_call_and_nothing_else(
    serve: Callable[..., Divan], calls: Path
) -> None:
    server = serve()
    await allow(server, "box__crash", "box__say")
    async with wire(server.socket_url) as page:
        ack = await begin(page, "/echo speed=0 tool=box__crash args={}", tools=True)
        record = await page.answer(ack["answers"][0])
        again = await page.ask("send", conversation=ack["conversation"], text=SAY)
        after = await page.answer(again["answers"][0])
    assert (record["status"], result_in(record)["is_error"]) == ("complete", True)
    assert (after["status"], result_in(after)["content"]) == ("complete", "hi")
    assert made(calls) == ["crash", "say"]


@pytest.mark.parametrize("seconds", ["600", "0"])
async def test_a_server_that_ends_does_not_wait_for_a_person(
    serve: Callable[..., Divan], calls: Path, seconds: str
) -> None:
    server = serve(DRAIN_SECONDS=seconds)
    await until_known(server, "box__write")
    async with wire(server.socket_url) as page:
        ack = await begin(page, WRITE, lanes=ECHO * 2, tools=True, mode="sequential")
        await page.until(waits(ack["answers"][0]))
    server.terminate()
    await asyncio.to_thread(wait_until, lambda: not server.is_running, seconds=60, what="the server's end")
    answers = records_on_disk(server, ack["conversation"])[2:]
    assert [one["status"] for one in answers] == ["interrupted"] * 2
    assert result_in(answers[0])["content"] == INTERRUPTED
    assert made(calls) == []


async def test_three_lanes_share_one_result_and_each_makes_its_own_change(
    serve: Callable[..., Divan], calls: Path
) -> None:
    server = serve()
    await allow(server, "box__say", "box__write")
    async with wire(server.socket_url) as page:
        for text in (SAY, WRITE):
            ack = await begin(page, text, lanes=ECHO * 3, tools=["mcp:box"])
            records = [await page.answer(answer) for answer in ack["answers"]]
            assert [result_in(one)["content"] for one in records] == ["hi"] * 3
    assert sorted(made(calls)) == ["say", "write", "write", "write"]


async def test_what_a_person_takes_back_holds_for_the_next_round_of_the_same_answer(
    serve: Callable[..., Divan], calls: Path, tmp_path: Path
) -> None:
    server = serve()
    await until_known(server, "box__wait")
    goes_on = tmp_path / "goes-on"
    two_rounds = f'/echo speed=0 rounds=2 tool=box__wait args={{"until":"{goes_on}"}}'
    async with wire(server.socket_url) as page:
        ack = await begin(page, two_rounds, tools=True)
        await page.until(waits(ack["answers"][0]))
        await approve(page, ack, "always")
        await until_made(calls)
        assert await policy_of(server, "box__wait") == "allow"
        await set_policy(server, "ask", "box__wait")
        seen = len(page.events)
        goes_on.touch()
        await page.until(waits(ack["answers"][0]), after=seen)
        await page.ask(
            "approve",
            conversation=ack["conversation"],
            message=ack["answers"][0],
            calls=["echo-2"],
            decision="deny",
        )
        record = await page.answer(ack["answers"][0])
    results = [part["is_error"] for part in record["parts"] if part["type"] == "tool_result"]
    assert (results, made(calls)) == ([False, True], ["wait"])


async def test_asked_again_from_the_command_line_nothing_waits_for_a_person(
    serve: Callable[..., Divan], calls: Path
) -> None:
    server = serve()
    await allow(server, "box__write", "box__say")
    async with wire(server.socket_url) as page:
        ack = await begin(page, WRITE, tools=True)
        await page.answer(ack["answers"][0])
        more = await page.ask("send", conversation=ack["conversation"], text=SAY)
        await page.answer(more["answers"][0])
    await set_policy(server, "ask", "box__write")
    server.stop()
    status, out, err = await asyncio.to_thread(replay, server, ack["conversation"], "--output", "json")
    assert status == 1
    assert "box__write" in err
    assert "box__say" not in err
    told: dict[str, Any] = json.loads(out)
    first, second = (one for one in messages(server, told["conversation"]) if one["role"] == "assistant")
    assert [first["status"], second["status"]] == ["complete", "complete"]
    assert "nobody can be asked" in result_in(first)["content"]
    assert result_in(second)["content"] == "hi"
    assert made(calls) == ["write", "say", "say"]


async def test_a_replay_on_the_page_asks_the_person(serve: Callable[..., Divan], calls: Path) -> None:
    server = serve()
    await allow(server, "box__write")
    async with wire(server.socket_url) as page:
        ack = await begin(page, WRITE, tools=True)
        await page.answer(ack["answers"][0])
        await set_policy(server, "ask", "box__write")
        address = f"{server.url}/api/conversations/{ack['conversation']}/replay"
        _, begun, _ = await asyncio.to_thread(call, address, "POST", {})
        await page.ask("open", conversation=begun["conversation"])
        start = await page.until(
            lambda event: (
                event["type"] in ("start", "snapshot")
                and '"waiting"' in json.dumps(event)
                and event.get("conversation") == begun["conversation"]
            )
        )
        live = start["message"] if start["type"] == "start" else start["live"][0]["message"]
        await page.ask(
            "approve",
            conversation=begun["conversation"],
            message=live["id"],
            calls=[one["id"] for one in live["calls"]],
            decision="allow",
        )
        record = await page.answer(live["id"])
    assert result_in(record)["content"] == "hi"
    assert made(calls) == ["write", "write"]
