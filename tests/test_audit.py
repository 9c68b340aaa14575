"""What a source of advisories says of the locks, and what becomes of it where there is none."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from scripts import audit
from tests.services.network import free_port


class Source:
    """Speaks OSV's protocol, as far as it is asked. `answer`: what stands in place of that."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[dict[str, Any]] = []
        self.answer: bytes | None = None
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
                source.asked += queries
                body = (
                    source.answer or json.dumps({"results": [source.result(one) for one in queries]}).encode()
                )
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def result(self, query: dict[str, Any]) -> dict[str, Any]:
        known = self.known.get(query["package"]["name"])
        return {"vulns": [{"id": one} for one in known]} if known else {}


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    made = Source()
    monkeypatch.setenv("OSV_URL", made.url)
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_every_package_of_every_lock_is_asked_for(source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([]) == 0
    asked = {(one["package"]["ecosystem"], one["package"]["name"]) for one in source.asked}
    assert {("PyPI", "django"), ("PyPI", "ruff"), ("npm", "vue"), ("npm", "katex")} <= asked
    assert all(one["version"][0].isdigit() for one in source.asked)
    assert f"{len(source.asked)} packages, 0 with known vulnerabilities." in capsys.readouterr().out


def test_what_is_known_is_named_and_fails_where_that_is_asked_for(
    source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    source.known = {"django": ["GHSA-1", "PYSEC-2"], "vue": ["GHSA-3"]}
    assert audit.main([]) == 1
    said = capsys.readouterr().out
    assert ": GHSA-1, PYSEC-2" in said
    assert ": GHSA-3" in said
    assert audit.main(["--report"]) == 0
    assert "GHSA-1" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"results": []}', b'{"results": [1]}', b"null"])
def test_a_source_that_answers_nonsense_is_skipped_aloud(
    source: Source, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    source.answer = answer
    assert audit.main([]) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_without_a_network_it_is_skipped_aloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{free_port()}")
    assert audit.main([]) == 0
    assert "nothing was checked" in capsys.readouterr().out
