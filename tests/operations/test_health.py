"""Whether a server is well, as its container asks, and what becomes of one that is not."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scripts import health
from tests.services.network import free_port
from tests.services.processes import ROOT
from tests.services.server import Divan


def check(port: int, folder: Path) -> int:
    env = {**os.environ, "PORT": str(port), "TMPDIR": str(folder)}
    return subprocess.run([sys.executable, "scripts/health.py"], cwd=ROOT, env=env, check=False).returncode


def test_health_is_told_under_any_host_and_without_a_login(
    start_server: Callable[..., Divan], tmp_path: Path
) -> None:
    server = start_server(env={"AUTH_MODE": "accounts", "ALLOWED_HOSTS": "chat.example.org"})
    for host in ("chat.example.org", "10.0.0.7:8000", "nowhere"):
        request = urllib.request.Request(f"{server.url}/-/health", headers={"Host": host})
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, answer.read()) == (200, b'{"status": "ok"}')
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(f"{server.url}/login/")
    assert check(server.port, tmp_path) == 0


@pytest.fixture
def broken_port() -> Iterator[int]:
    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_server_that_fails_or_is_not_there_is_unwell(broken_port: int, tmp_path: Path) -> None:
    assert check(broken_port, tmp_path) == 1
    assert check(free_port(), tmp_path) == 1


def test_the_third_failure_in_a_row_ends_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ended: list[tuple[int, int]] = []
    well = iter([False, False, True, False, False, False, False])
    monkeypatch.setattr(health, "FAILURES", tmp_path / "failures")
    monkeypatch.setattr(health, "is_well", lambda _: next(well))
    monkeypatch.setattr(health, "find_server", lambda: 7)
    monkeypatch.setattr(os, "kill", lambda *told: ended.append(told))
    assert [health.main() for _ in range(6)] == [1, 1, 0, 1, 1, 1]
    assert ended == [(7, signal.SIGKILL)]
    assert health.main() == 1
    assert len(ended) == 1
