"""Tool servers of a running Divan."""

import json
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.network import free_port
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.tools.mcp.servers import ROOT, lives


def ask(divan: Divan) -> dict[str, Any]:
    with urllib.request.urlopen(f"{divan.url}/api/tools", timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


@pytest.mark.parametrize("end", [Divan.stop, Divan.kill])
def test_servers_are_listed_with_their_states_and_end_with_divan(
    start_server: Callable[..., Divan], tmp_path: Path, end: Callable[[Divan], object]
) -> None:
    folder, pids = tmp_path / "server", tmp_path / "pids"
    divan = start_server(data_dir=folder)
    started = f"import os; open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); "
    runs = started + "import runpy; runpy.run_module('tests.services.tool_program', run_name='__main__')"
    servers = {
        "good": {"command": sys.executable, "args": ["-c", runs], "env": {"PYTHONPATH": str(ROOT)}},
        "dead": {"url": f"http://127.0.0.1:{free_port()}/mcp"},
        "wrong": {"url": 5},
    }
    assert ask(divan)["servers"] == []
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    wait_until(
        lambda: "ready" in [server["status"] for server in ask(divan)["servers"]], seconds=60, what="a server"
    )
    told = ask(divan)
    assert {server["name"]: server["status"] for server in told["servers"]} == {
        "good": "ready",
        "dead": "failed",
        "wrong": "failed",
    }
    (say,) = [tool for tool in told["tools"] if tool["name"] == "good__say"]
    assert (say["source"], say["policy"], say["available"], say["read_only"]) == (
        "mcp:good",
        "ask",
        True,
        True,
    )
    (started_as,) = map(int, pids.read_text().split())
    assert lives(started_as)
    end(divan)
    wait_until(lambda: not lives(started_as), seconds=30, what="the end of the program")
