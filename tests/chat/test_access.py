"""Who may, on a real server."""

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chat.test_answers import begin
from tests.services.server import Divan
from tests.services.wire import wire

ANN, BOB = "ann", "bob"


def call(
    url: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"{}"), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read() or b"{}"), dict(refusal.headers)


@pytest.fixture
def accounts(start_server: Callable[..., Divan], tmp_path: Path) -> tuple[Divan, dict[str, str]]:
    server = start_server(env={"AUTH_MODE": "accounts"})
    make = (
        "from django.contrib.auth.models import User; [User.objects.create_user(n) for n in ('ann', 'bob')]"
    )
    server.manage("shell", "-c", make)
    tokens = {name: server.manage("create_token", name).strip().splitlines()[-1] for name in (ANN, BOB)}
    return server, tokens


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
async def test_another_site_cannot_open_a_socket(standing: Divan, origin: str) -> None:
    async with wire(standing.socket_url, Origin=origin) as page:
        with pytest.raises(ConnectionError):
            await page.until(lambda event: event["type"] == "ready")
    assert page.closed == 4403


def test_another_site_cannot_post_and_a_script_can(standing: Divan) -> None:
    url = f"{standing.url}/api/conversations"
    refused, body, _ = call(url, "POST", {}, Origin="http://evil.example")
    allowed, made, _ = call(url, "POST", {"title": "mine"})
    assert (refused, body["error"]["code"]) == (403, "forbidden")
    assert (allowed, made["title"]) == (201, "mine")


def test_a_name_that_resolves_to_this_machine_is_not_this_machine(standing: Divan) -> None:
    status, body, _ = call(f"{standing.url}/api/conversations", Host="evil.example")
    assert (status, body["error"]["code"]) == (400, "invalid")


def test_the_local_user_is_let_into_the_admin(standing: Divan) -> None:
    with urllib.request.urlopen(f"{standing.url}/admin/", timeout=10) as answer:
        assert "Divan" in answer.read().decode()


async def test_a_socket_without_a_login_is_told_so(accounts: tuple[Divan, dict[str, str]]) -> None:
    server, _ = accounts
    async with wire(server.socket_url) as page:
        with pytest.raises(ConnectionError):
            await page.until(lambda event: event["type"] == "ready")
    assert page.closed == 4401


async def test_what_is_somebody_elses_is_not_there(accounts: tuple[Divan, dict[str, str]]) -> None:
    server, tokens = accounts
    ann, bob = (f"Bearer {tokens[name]}" for name in (ANN, BOB))
    async with (
        wire(server.socket_url, Authorization=ann) as hers,
        wire(server.socket_url, Authorization=bob) as his,
    ):
        ack = await begin(hers, "mine alone")
        answer = ack["answers"][0]
        await hers.answer(answer)
        for command, fields in (
            ("open", {}),
            ("send", {"text": "x"}),
            ("stop", {"message": answer}),
            ("regenerate", {"message": answer}),
            ("settings", {"title": "x"}),
            ("delete", {"message": answer}),
        ):
            refused = await his.ask(command, conversation=ack["conversation"], **fields)
            assert refused["code"] == "not_found", command
    url = f"{server.url}/api/conversations/{ack['conversation']}"
    assert call(url, Authorization=ann)[0] == 200
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("DELETE", "", None),
        ("GET", "/events", None),
        ("GET", f"/messages?ids={answer}", None),
        ("POST", "/messages", {"text": "x"}),
        ("POST", "/restore", None),
    ):
        assert call(url + path, method, body, Authorization=bob)[0] == 404, (method, path)
    assert call(f"{server.url}/api/conversations", Authorization=bob)[1]["conversations"] == []


def test_without_a_login_the_api_answers_401(accounts: tuple[Divan, dict[str, str]]) -> None:
    server, _ = accounts
    status, body, _ = call(f"{server.url}/api/conversations")
    assert (status, body["error"]["code"]) == (401, "unauthenticated")
    assert call(f"{server.url}/api/conversations", Authorization="Bearer divan_wrong")[0] == 401


def test_requests_a_minute_are_limited(start_server: Callable[..., Divan]) -> None:
    server = start_server(env={"REQUESTS_PER_MINUTE": "5"})
    answers = [call(f"{server.url}/api/conversations") for _ in range(12)]
    refused = [(body, headers) for status, body, headers in answers if status == 429]
    assert refused
    body, headers = refused[0]
    assert (body["error"]["code"], body["error"]["retryable"]) == ("rate_limited", True)
    assert 0 < int(headers["Retry-After"]) <= 60


def test_the_local_mode_does_not_start_on_a_public_address(start_server: Callable[..., Divan]) -> None:
    with pytest.raises(RuntimeError, match="AUTH_MODE=accounts"):
        start_server(env={"HOST": "0.0.0.0"})


def test_an_export_holds_nobody_elses_conversations(accounts: tuple[Divan, dict[str, str]]) -> None:
    server, tokens = accounts
    ann, bob = (f"Bearer {tokens[name]}" for name in (ANN, BOB))
    _, made, _ = call(f"{server.url}/api/conversations", "POST", {"title": "Ann's"}, Authorization=ann)
    body = {"ids": [made["id"]]}
    assert call(f"{server.url}/api/export", "POST", body, Authorization=bob)[0] == 404

    def names(authorization: str) -> list[str]:
        request = urllib.request.Request(f"{server.url}/api/export", headers={"Authorization": authorization})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return zipfile.ZipFile(io.BytesIO(answer.read())).namelist()

    assert names(bob) == []
    assert names(ann) == ["Ann's.json"]
