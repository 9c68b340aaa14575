"""Bodies that are too large for their address or for who sends them, on a real server."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chatbot_project.api import api, v1
from chatbot_project.bodies.limits import SMALL, limits_of, upload_limits
from tests.services.processes import ROOT
from tests.services.server import Divan

BLOCK = b"a" * 65536
LARGE = 60 * 2**20
UPLOAD = 2 * 2**20
"""MAX_UPLOAD_BYTES of these servers; an import may have twice as much."""


@pytest.fixture(scope="module")
def ann(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path
) -> Iterator[tuple[Divan, str, str]]:
    """A server with accounts, a token of its one user's, and a session."""
    folder = tmp_path_factory.mktemp("bodies")
    (folder / "tmp").mkdir()
    env = {
        "AUTH_MODE": "accounts",
        "MAX_UPLOAD_BYTES": str(UPLOAD),
        "MAX_IMPORT_BYTES": str(2 * UPLOAD),
        "TMPDIR": str(folder / "tmp"),
    }
    with Divan(folder / "data", env=env) as server:
        users = "from django.contrib.auth.models import User; "
        server.manage("shell", "-c", users + "User.objects.create_user('ann')")
        token = server.manage("create_token", "ann").strip().splitlines()[-1]
        log_in = (
            users + "from django.test import Client; client = Client(); "
            "client.force_login(User.objects.get()); print(client.cookies['sessionid'].value)"
        )
        yield server, token, server.manage("shell", "-c", log_in).strip().splitlines()[-1]


def send(
    server: Divan, path: str, size: int, *, chunked: bool = False, method: str = "POST", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    """As a client does that reads no answer before it has sent all."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(size))
        connection.putheader(*framing)
        connection.endheaders()
        for start in range(0, size, len(BLOCK)):
            block = BLOCK[: size - start]
            connection.send(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
        if chunked:
            connection.send(b"0\r\n\r\n")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def written(server: Divan) -> int:
    """Bytes that the process has written to files."""
    counts = dict(line.split(": ") for line in Path(f"/proc/{server.pid}/io").read_text().splitlines())
    return int(counts["wchar"])


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize(
    "path",
    [
        "/login/",
        "/",
        "/no/such/address",
        "/api/no/such/address",
        "/admin/login/",
        "/i18n/setlang/",
        "/static/nothing.js",
        "/api/conversations",
        "/v1/chat/completions",
        "/api/attachments",
        "/api/import?dry_run=true",
        "/%61pi/import",
        "/api/import/",
    ],
)
def test_nobody_sends_a_large_body_without_an_account(
    ann: tuple[Divan, str, str], path: str, chunked: bool
) -> None:
    server, _, _ = ann
    before = written(server)
    answered, body, headers = send(server, path, LARGE, chunked=chunked)
    # Of a body without a length it is only seen that it is longer than strangers' may be.
    has_more = limits_of("POST", path).known > SMALL
    assert answered == (401 if chunked and has_more else 413)
    assert headers["Connection"] == "close"
    if headers["Content-Type"] == "application/json":
        assert json.loads(body)["error"]["message"]
    else:
        assert "<h1>" in body
    assert written(server) - before < 2**20
    assert list((server.data_dir.parent / "tmp").iterdir()) == []


def test_a_body_that_an_account_could_send_asks_for_one(ann: tuple[Divan, str, str]) -> None:
    server, _, _ = ann
    tried: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer no-such-token"},
        {"Cookie": "sessionid=nothing"},
    ]
    for headers in tried:
        status, body, _ = send(server, "/api/import", UPLOAD, chunked=False, method="POST", **headers)
        assert (status, json.loads(body)["error"]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/attachments", UPLOAD),
        ("/api/import", 2 * UPLOAD),
        ("/api/documents", 2 * UPLOAD),
        ("/api/conversations", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("/admin/", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("/no/such/address", SMALL),
    ],
)
@pytest.mark.parametrize("by", ["token", "session", "session over TLS"])
def test_whoever_is_logged_in_sends_as_much_as_an_address_reads(
    ann: tuple[Divan, str, str], path: str, most: int, chunked: bool, by: str
) -> None:
    server, token, session = ann
    headers = {
        "token": {"Authorization": f"Bearer {token}"},
        "session": {"Cookie": f"sessionid={session}"},
        "session over TLS": {"Cookie": f"__Host-sessionid={session}", "X-Forwarded-Proto": "https"},
    }[by]
    taken, _, _ = send(server, path, most, chunked=chunked, **headers)
    refused, _, answered = send(server, path, most + 2**20, chunked=chunked, **headers)
    assert taken not in (401, 413)
    assert (refused, answered["Connection"]) == (413, "close")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_a_request_that_needs_no_body_takes_none(ann: tuple[Divan, str, str], method: str) -> None:
    server, token, _ = ann
    status, _, _ = send(server, "/api/import", LARGE, method=method, Authorization=f"Bearer {token}")
    assert status == 413


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_a_body_does_not_come_in_as_something_else(ann: tuple[Divan, str, str], upgrade: str) -> None:
    server, token, _ = ann
    status, _, _ = send(
        server, "/api/import", LARGE, Authorization=f"Bearer {token}", Upgrade=upgrade, Connection="Upgrade"
    )
    assert status == 413


@pytest.mark.parametrize(("token_is_right", "first"), [(True, b"HTTP/1.1 100"), (False, b"HTTP/1.1 401")])
def test_who_asks_before_sending_is_told_before(
    ann: tuple[Divan, str, str], token_is_right: bool, first: bytes
) -> None:
    server, token, _ = ann
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(
            b"POST /api/import HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
            % ((token if token_is_right else "wrong").encode(), UPLOAD)
        )
        assert client.recv(65536).startswith(first)


def test_the_connection_ends_behind_a_refusal_and_nothing_more_is_read_there(
    ann: tuple[Divan, str, str],
) -> None:
    server, _, _ = ann
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n")
        client.sendall(b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_refusal_speaks_the_clients_language(ann: tuple[Divan, str, str]) -> None:
    server, _, _ = ann
    said = {send(server, "/login/", LARGE, Accept_Language=code)[1] for code in ("en", "tr", "ru")}
    assert len(said) == 3


async def test_any_other_server_that_runs_the_application_holds_the_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from chatbot_project.asgi import application

    monkeypatch.setattr(settings, "AUTH_MODE", "accounts")
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += len(BLOCK)
        return {"type": "http.request", "body": BLOCK, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    for headers in ([(b"content-length", b"99999999")], []):
        sent.clear()
        read = 0
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/login/",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), *headers],
        }
        await application(scope, receive, keep)
        assert sent[0]["status"] == 413
        assert read <= 2 * SMALL


def test_every_address_that_takes_files_has_a_limit_of_its_own() -> None:
    paths = {**api.get_openapi_schema()["paths"], **v1.get_openapi_schema()["paths"]}
    with_files = {
        path
        for path, methods in paths.items()
        for method in methods.values()
        if "multipart/form-data" in method.get("requestBody", {}).get("content", {})
    }
    assert with_files == set(upload_limits())
    assert all(limits_of("POST", path).known > settings.DATA_UPLOAD_MAX_MEMORY_SIZE for path in with_files)


def test_the_proxy_of_the_documentation_passes_on_what_divan_takes() -> None:
    said = re.findall(r"client_max_body_size (\d+)m;", (ROOT / "docs" / "operations.md").read_text())
    assert said
    assert min(map(int, said)) * 2**20 >= max(upload_limits().values())
    assert "proxy_request_buffering off;" in (ROOT / "docs" / "operations.md").read_text()
