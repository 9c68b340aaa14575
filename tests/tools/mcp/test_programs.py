"""Programs as tool servers: real processes, over real pipes."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat.tools.mcp import server as server_module
from chat.tools.mcp.entries import ServerProgram
from chat.tools.mcp.program import environment_of
from chat.tools.mcp.reasons import ToolServerError
from chat.tools.mcp.server import ConnectedServer
from tests.services.processes import wait_until
from tests.tools.mcp.servers import ROOT, connected, lives, program, until


async def test_tools_are_listed_and_called() -> None:
    async with connected(program()) as server:
        assert server.status == "ready"
        named = {definition.name: definition for definition in server.definitions}
        assert named["test__say"].read_only
        assert not named["test__write"].read_only
        assert named["test__write"].title == "Write it down"
        outcome = await server.call("say", {"text": "héllo\n\u2028"})
        assert (outcome.content, outcome.is_error) == ("héllo\n\u2028", False)


async def test_every_kind_of_content_is_told() -> None:
    async with connected(program()) as server:
        told = (await server.call("picture", {})).content.split("\n\n")
        assert told == [
            "a picture",
            "[image/png, 40 bytes]",
            "[audio/wav, 40 bytes]",
            "[a file: file:///a.txt]",
            "[memo://1]\ninside",
        ]
        assert (await server.call("structured", {})).content == '{"sum": 3}'
        failed = await server.call("fail", {})
        assert (failed.content, failed.is_error) == ("it went wrong", True)


async def test_an_error_of_the_protocol_is_a_failure_of_the_call_alone() -> None:
    async with connected(program()) as server:
        with pytest.raises(ToolServerError, match="no tool nothing"):
            await server.call("nothing", {})
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_odd_tools_are_set_aside_or_renamed_and_the_others_work() -> None:
    async with connected(program("odd", "greet")) as server:
        assert server.status == "ready"
        aside = {one.tool for one in server.definitions if one.reason}
        schemas = ("no", "null", "list", "text", "vast", "deep")
        assert aside == {f"{kind}_schema" for kind in schemas}
        names = {one.tool: one.name for one in server.definitions}
        assert len({names["a tool!"], names["a tool?"], names["a_tool_"]}) == 3
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_a_changed_list_is_asked_for_again() -> None:
    async with connected(program()) as server:
        before = len(server.definitions)
        await server.call("grow", {})
        await until(lambda: len(server.definitions) > before)
        assert server.definitions[-1].tool.startswith("grown_")


async def test_a_program_gets_its_own_environment_and_none_of_the_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "verysecret")
    monkeypatch.setenv("SECRET_KEY", "verysecret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    async with connected(program(TOKEN="its own")) as server:
        said = json.loads((await server.call("environment", {})).content)
    assert said["TOKEN"] == "its own"
    assert said["PATH"] == os.environ["PATH"]
    assert said["LC_ALL"] == "C.UTF-8"
    assert "verysecret" not in said.values()
    assert set(said) <= {*environment_of(program(), os.environ), "TOKEN"}


async def test_arguments_are_not_read_by_a_shell(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    entry = program(f"; touch {mark}", f"$(touch {mark})", f"`touch {mark}`", "&&", "touch", str(mark))
    async with connected(entry) as server:
        assert server.status == "ready"
    assert not mark.exists()


async def test_its_error_output_is_logged_without_the_values_of_its_environment(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with connected(program(TOKEN="very-secret-value")) as server:
        await server.call("mutter", {"text": f"with very-secret-value \x1b[31m{'x' * 5_000}"})
        for number in range(100):
            await server.call("mutter", {"text": f"line {number}"})
    said = [record.getMessage() for record in caplog.records if "tool server test: " in record.getMessage()]
    assert said[0].startswith("tool server test: with … [31mxxx")
    assert all(len(line) < 1_100 for line in said)
    assert len(said) < 80
    assert any("were left out" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (ServerProgram("t", "there-is-no-such-program"), "'there-is-no-such-program' was not found"),
        (ServerProgram("t", "/etc/passwd"), "'passwd' was not found, or may not be run"),
        (ServerProgram("t", sys.executable, folder="/there/is/none"), "'cwd'"),
        (program("die"), "status 4"),
    ],
)
async def test_a_program_that_cannot_run_is_failed_with_its_reason(entry: ServerProgram, named: str) -> None:
    async with connected(entry) as server:
        assert server.status == "failed"
        assert named in str(server.reason)
        with pytest.raises(ToolServerError, match="status 4" if "status" in named else "'"):
            await server.call("say", {})


async def test_one_that_never_answers_is_failed_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CONNECT_SECONDS", 1.0)
    async with connected(program("hang", "deaf")) as server:
        assert "did not answer" in str(server.reason)


async def test_a_crash_costs_its_call_and_is_mended(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    async with connected(program(CALLS=str(calls))) as server:
        waiting = asyncio.create_task(server.call("wait", {}))
        await until_called(calls, "wait")
        with pytest.raises(ToolServerError, match="status 3"):
            await server.call("crash", {})
        with pytest.raises(ToolServerError, match="status 3"):
            await waiting
        assert (await server.call("say", {"text": "again"})).content == "again"
        assert server.status == "ready"
    assert calls.read_text().split() == ["wait", "crash", "say"]


async def test_a_call_that_is_given_up_is_cancelled_at_the_server(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    async with connected(program(CALLS=str(calls))) as server:
        call = asyncio.create_task(server.call("wait", {}))
        await until_called(calls, "wait")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(json.loads((await server.call("cancelled", {})).content)) == 1
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_a_huge_result_is_refused_and_a_large_one_is_not() -> None:
    async with connected(program()) as server:
        with pytest.raises(ToolServerError, match="more than 16 MB"):
            await server.call("huge", {})
        assert len((await server.call("huge", {"bytes": 2 << 20})).content) == 2 << 20


async def test_a_line_without_an_end_ends_its_program() -> None:
    async with connected(program()) as server:
        with pytest.raises(ToolServerError, match="more than 16 MB"):
            await asyncio.wait_for(server.call("flood", {}), 30)
        await until(lambda: server.is_offered)
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_calls_run_beside_each_other_but_not_without_bound(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    async with connected(program(CALLS=str(calls))) as server:
        running = [asyncio.create_task(server.call("wait", {})) for _ in range(20)]
        await until_called(calls, *["wait"] * 8)
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert len(calls.read_text().split()) == 8


@pytest.mark.parametrize("ways", [(), ("deaf",)])
async def test_it_ends_with_whatever_it_started(ways: tuple[str, ...]) -> None:
    async with connected(program(*ways)) as server:
        pids = json.loads((await server.call("start", {})).content)
        assert all(map(lives, pids))
    await until(lambda: not any(map(lives, pids)))


def test_it_ends_when_its_divan_is_killed(tmp_path: Path) -> None:
    """kill -9 leaves no time to tidy up; what the program started goes too, though it hears of nothing."""
    script = tmp_path / "divan.py"
    script.write_text(
        "import asyncio, os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django\n"
        "django.setup()\n"
        "from tests.tools.mcp.servers import connected, program\n"
        "async def main():\n"
        "    async with connected(program('deaf')) as server:\n"
        "        print((await server.call('start', {})).content, flush=True)\n"
        "        await asyncio.sleep(3600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DATA_DIR": str(tmp_path)},
    ) as divan:
        assert divan.stdout is not None
        pids = json.loads(divan.stdout.readline())
        assert all(map(lives, pids))
        divan.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(map(lives, pids)), seconds=30, what="the end of all")


async def test_many_callers_make_one_try_and_a_dead_server_is_left_alone(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    script = tmp_path / "server.sh"
    script.write_text(f"#!/bin/sh\necho x >> {tries}\nexit 1\n")
    script.chmod(0o700)
    server = ConnectedServer(ServerProgram("t", str(script)))
    try:
        for _ in range(20):
            server.want()
        failed = await asyncio.gather(*(server.call("say", {}) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(one, ToolServerError) for one in failed)
        for _ in range(20):
            server.want()
            with pytest.raises(ToolServerError, match="status 1"):
                await server.call("say", {})
        assert len(tries.read_text().split()) <= 3
    finally:
        await server.aclose()


async def test_a_program_that_ends_again_and_again_is_tried_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be used each time; the breaker opens all the same."""
    monkeypatch.setattr(server_module, "FIRST_PAUSE", 0.01)
    calls = tmp_path / "calls"
    async with connected(program(CALLS=str(calls))) as server:
        for _ in range(server_module.TRIES_BY_ITSELF + 1):
            with pytest.raises(ToolServerError):
                await server.call("crash", {})
        await until(lambda: not server.is_offered)
        assert "status 3" in str(server.reason)


async def until_called(calls: Path, *names: str) -> None:
    await until(lambda: calls.exists() and sorted(calls.read_text().split()) == sorted(names))


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        ({"type": "hologram", "data": "x"}, "[hologram, which cannot be read]"),
        ({"type": "text"}, "[text, which cannot be read]"),
        ({"type": "text", "text": None}, "[text, which cannot be read]"),
        ({"type": "image", "data": 5, "mimeType": "image/png"}, "[image, which cannot be read]"),
        ({"type": "resource", "resource": {"uri": "a://b"}}, "[resource, which cannot be read]"),
        ({"type": "a\u202eb\nc"}, "[ab c, which cannot be read]"),
        ({"type": 7}, "[?, which cannot be read]"),
        ({}, "[?, which cannot be read]"),
        ("a text", "[?, which cannot be read]"),
        (None, "[?, which cannot be read]"),
        ([], "[?, which cannot be read]"),
    ],
)
async def test_a_piece_that_nobody_can_read_costs_no_other_piece_of_a_result(piece: Any, told: str) -> None:
    async with connected(program()) as server:
        said = {"type": "text", "text": "said"}
        outcome = await server.call("mix", {"content": [said, piece, said]})
    assert (outcome.content, outcome.is_error) == (f"said\n\n{told}\n\nsaid", False)


async def test_of_very_many_pieces_the_first_are_told_and_the_others_counted() -> None:
    async with connected(program()) as server:
        outcome = await server.call("mix", {"content": [{"type": "text", "text": "x"}] * 2_500})
    assert outcome.content.split("\n\n") == [*["x"] * 2_000, "[500 more]"]


@pytest.mark.parametrize(
    "answer",
    [{"result": "said"}, {"result": None}, {"result": [1]}, {"error": "no"}, {"error": {"code": "x"}}],
    ids=str,
)
async def test_an_answer_in_no_known_shape_fails_its_call_at_once_and_no_other(answer: Any) -> None:
    async with connected(program()) as server:
        with pytest.raises(ToolServerError, match="does not know"):
            await asyncio.wait_for(server.call("mumble", {"answer": answer}), 10)
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_half_a_character_and_deep_values_cost_nothing_else_of_a_result() -> None:
    async with connected(program()) as server:
        outcome = await server.call("scrawl", {"levels": 300})
    assert outcome.content == "half \N{REPLACEMENT CHARACTER} a letter"


async def test_what_nobody_can_read_fails_its_call_at_once_and_no_other() -> None:
    async with connected(program()) as server:
        with pytest.raises(ToolServerError, match="does not know"):
            await asyncio.wait_for(server.call("scrawl", {"levels": 100_000}), 10)
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_what_nobody_asked_for_is_passed_over() -> None:
    async with connected(program()) as server:
        assert (await server.call("chatter", {})).content == "said at last"


async def test_a_server_that_knows_no_tools_is_ready_without_any() -> None:
    async with connected(program("toolless")) as server:
        assert (server.status, list(server.definitions)) == ("ready", [])
