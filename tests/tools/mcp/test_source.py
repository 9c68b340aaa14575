"""All tool servers as one source: what is listed, when it is waited for, and what follows the file."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from chat.tools.base import Tool, ToolError
from chat.tools.mcp import source
from chat.tools.mcp.source import ToolServers
from tests.services.network import free_port
from tests.services.server import copy_database
from tests.services.tool_endpoint import serving_tools
from tests.tools.callers import caller
from tests.tools.mcp.servers import ROOT, until

Write = Callable[..., None]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine no program's tools are missing because it took long to start."""
    monkeypatch.setattr(source, "FIRST_SECONDS", 120.0)


@pytest.fixture
def write(data_dir: Path) -> Write:
    def done(**servers: Any) -> None:
        (data_dir / "mcp.json").write_text(json.dumps({"mcpServers": servers}))

    return done


@pytest.fixture
async def servers() -> AsyncGenerator[ToolServers]:
    made = ToolServers()
    yield made
    await made.aclose()


def program(*ways: str, **more: Any) -> dict[str, Any]:
    args = ["-m", "tests.services.tool_program", *ways]
    return {"command": sys.executable, "args": args, "env": {"PYTHONPATH": str(ROOT)}, **more}


def by_name(tools: Any) -> dict[str, Tool]:
    return {tool.name: tool for tool in tools}


async def test_the_first_who_asks_has_the_tools(servers: ToolServers, write: Write) -> None:
    write(a=program(), b=program())
    tools = by_name(await servers.tools("ann"))
    assert {"a__say", "b__say"} <= set(tools)
    say = tools["a__say"]
    assert (say.source, say.read_only, say.policy, say.reason) == ("mcp:a", True, "ask", "")
    assert (await say.run(caller(), {"text": "hello"})).content == "hello"
    assert [(state.name, state.status) for state in await servers.states("ann")] == [
        ("a", "ready"),
        ("b", "ready"),
    ]
    assert "a__say" in (await servers.states("ann"))[0].tools


async def test_what_is_down_wrong_or_off_is_named_and_not_waited_for(
    servers: ToolServers, write: Write
) -> None:
    dead = {"url": f"http://127.0.0.1:{free_port()}/mcp"}
    write(dead=dead, wrong={"args": []}, off=program(disabled=True), ends=program("die"), good=program())
    await servers.tools("ann")
    tools = by_name(await servers.tools("ann"))
    assert "good__say" in tools
    states = {state.name: state for state in await servers.states("ann")}
    assert {name: state.status for name, state in states.items()} == {
        "dead": "failed",
        "wrong": "failed",
        "off": "off",
        "ends": "failed",
        "good": "ready",
    }
    assert "Nothing answers" in states["dead"].error
    assert "status 4" in states["ends"].error
    assert "'command'" in states["wrong"].error


async def test_one_that_hangs_is_waited_for_once_and_for_a_short_time(
    servers: ToolServers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "FIRST_SECONDS", 0.3)
    async with serving_tools() as served:
        served.ways.add("hang")
        write(slow={"url": served.url})
        assert await servers.tools("ann") == []
        (state,) = await servers.states("ann")
        assert (state.status, state.error) == ("failed", "It is being started.")
        monkeypatch.setattr(source, "FIRST_SECONDS", 3_600)
        assert await servers.tools("ann") == []


async def test_where_nobody_looks_on_a_server_is_waited_for_as_long_as_it_takes_to_start(
    servers: ToolServers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "FIRST_SECONDS", 0.0)
    write(a=program(), ends=program("die"))
    assert await servers.tools("ann") == []
    assert "a__say" in by_name(await servers.tools("ann", patient=True))
    assert {state.name: state.status for state in await servers.states("ann")} == {
        "a": "ready",
        "ends": "failed",
    }


async def test_the_file_is_read_again_when_it_changes(
    servers: ToolServers, write: Write, data_dir: Path
) -> None:
    assert await servers.tools("ann") == []
    write(a=program())
    kept = by_name(await servers.tools("ann"))["a__say"]
    write(a=program(), b=program("odd"))
    tools = by_name(await servers.tools("ann"))
    assert "b__say" in tools
    assert tools["a__say"].run.args[0] is kept.run.args[0], "an entry that did not change keeps its server"  # type: ignore[attr-defined]
    write(b=program())
    assert not any(name.startswith("a__") for name in by_name(await servers.tools("ann")))
    (data_dir / "mcp.json").write_text("{")
    assert await servers.tools("ann") == []
    assert [state.name for state in await servers.states("ann")] == ["mcp.json"]
    (data_dir / "mcp.json").unlink()
    await servers.tools("ann")
    assert await servers.states("ann") == []


async def test_a_failure_says_which_server_and_why(servers: ToolServers, write: Write) -> None:
    write(a=program())
    crash = by_name(await servers.tools("ann"))["a__crash"]
    with pytest.raises(ToolError, match=r"'a' failed\. It ended, with status 3"):
        await crash.run(caller(), {})


async def test_tools_of_a_server_that_is_gone_are_named_with_the_reason(
    servers: ToolServers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_tools() as served:
        write(a={"url": served.url})
        assert not by_name(await servers.tools("ann"))["a__say"].reason
        served.ways.add(503)
        say = by_name(await servers.tools("ann"))["a__say"]
        for _ in range(2):
            served.sessions.clear()
            with pytest.raises(ToolError):
                await say.run(caller(), {})
    server = servers._servers["a", 0]
    connection = server._connection
    if connection is not None:
        connection.over.set()
    await until(lambda: not server.is_offered)
    tools = by_name(await servers.tools("ann"))
    assert "not available" in str(tools["a__say"].reason)


def test_nothing_of_the_sdk_is_imported_until_a_server_is_asked(
    tmp_path: Path, database_with_tables: Path
) -> None:
    copy_database(database_with_tables, tmp_path)
    script = (
        "import asyncio, os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'chatbot_project.settings'\n"
        "import django\n"
        "django.setup()\n"
        "import chatbot_project.asgi\n"
        "from chat.tools.mcp.source import McpTools\n"
        "assert asyncio.run(McpTools().tools('ann')) == []\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('mcp', 'mcp_types', 'starlette')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin", "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[]"
