"""Without logins, Divan answers to the person at this machine, and to nobody who comes through another."""

import http.client
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from chatbot_project.checks import check_local_names
from chatbot_project.lifespan import lifespan
from tests.services.server import Divan
from tests.services.wire import wire

PAGES = ("/", "/c/x", "/documents", "/admin/login/", "/api/docs")
NOT_PAGES = ("/api/models", "/api/conversations", "/api/export", "/v1/models", "/api/attachments/" + "0" * 64)


def ask(server: Divan, path: str, headers: Mapping[str, str] = {}, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


@pytest.mark.parametrize(
    "header",
    [
        *(
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "x-forwarded-anything",
            "Forwarded",
            "Via",
        ),
        *(
            "X-Real-IP",
            "CF-Connecting-IP",
            "True-Client-IP",
            "X-Client-IP",
            "Tailscale-User-Login",
            "CDN-Loop",
        ),
    ],
)
def test_what_a_proxy_passed_on_is_refused_in_plain_words(standing: Divan, header: str) -> None:
    for path in ("/", "/api/models", "/admin/", "/v1/models"):
        status, said = ask(standing, path, {header: "for=127.0.0.1"})
        assert status == 403, path
        assert "AUTH_MODE must be accounts" in said


async def test_a_socket_through_a_proxy_is_refused(standing: Divan) -> None:
    async with wire(standing.socket_url, **{"X-Forwarded-For": "127.0.0.1"}) as page:
        with pytest.raises(ConnectionError):
            await page.until(lambda event: event["type"] == "ready")
    assert page.closed == 4403


def test_what_browsers_and_scripts_send_is_taken(standing: Divan) -> None:
    """Names that only look like a proxy's, and what a browser says of itself."""
    for header in (
        "Forward",
        "Viable",
        "X-Requested-With",
        "X-CSRFToken",
        "Referer",
        "DNT",
        "Sec-GPC",
        "Priority",
    ):
        assert ask(standing, "/api/models", {header: "1"})[0] == 200, header


def of_a_browser(site: str, mode: str, dest: str) -> dict[str, str]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "unheard-of"])
@pytest.mark.parametrize(
    ("mode", "dest"),
    [
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("cors", "empty"),
        ("navigate", "iframe"),
        ("navigate", "object"),
    ],
)
def test_another_sites_page_gets_nothing(standing: Divan, site: str, mode: str, dest: str) -> None:
    for path in (*PAGES, *NOT_PAGES):
        assert ask(standing, path, of_a_browser(site, mode, dest))[0] == 403, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_on_another_site_leads_to_a_page_and_to_nothing_else(standing: Divan, site: str) -> None:
    link = of_a_browser(site, "navigate", "document")
    assert {path: ask(standing, path, link)[0] for path in NOT_PAGES} == dict.fromkeys(NOT_PAGES, 403)
    assert not {path for path in PAGES if ask(standing, path, link)[0] == 403}
    assert ask(standing, "/logout/", link, "POST")[0] == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_the_person_and_the_page_itself_ask_for_is_answered(standing: Divan, site: str) -> None:
    for mode, dest in (("cors", "empty"), ("navigate", "document"), ("no-cors", "image")):
        assert ask(standing, "/api/models", of_a_browser(site, mode, dest))[0] == 200


def test_nothing_may_be_embedded_elsewhere(standing: Divan) -> None:
    for path in ("/", "/api/models", "/static/admin/css/base.css"):
        connection = http.client.HTTPConnection("127.0.0.1", standing.port)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert answer.headers["Access-Control-Allow-Origin"] is None, path
        connection.close()


@pytest.mark.parametrize(
    ("hosts", "origins", "named"),
    [
        (["chat.example.org"], [], ["ALLOWED_HOSTS names chat.example.org"]),
        (["localhost", ".example.org"], [], ["ALLOWED_HOSTS names .example.org"]),
        (["*"], [], ["ALLOWED_HOSTS names *"]),
        (["192.168.1.5", "[2001:db8::1]"], [], ["names 192.168.1.5", "names [2001:db8::1]"]),
        (["divan"], [], ["names divan"]),
        (["localhost.example.org", "127.0.0.1.nip.io"], [], ["names localhost.example.org", "nip.io"]),
        ([], ["https://chat.example.org"], ["CSRF_TRUSTED_ORIGINS names https://chat.example.org"]),
        ([], ["https://*.example.org"], ["https://*.example.org"]),
        ([], ["http://192.168.1.5:8000"], ["http://192.168.1.5:8000"]),
        (["127.0.0.1", "localhost", "[::1]", "127.8.9.1", "divan.localhost", "LOCALHOST"], [], []),
        (
            [],
            ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:9", "chrome-extension://abcdef"],
            [],
        ),
    ],
)
def test_a_public_name_is_told_from_this_machines(
    settings: Settings, hosts: list[str], origins: list[str], named: list[str]
) -> None:
    settings.AUTH_MODE, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = "local", hosts, origins
    found = check_local_names()
    assert len(found) == len(named)
    for said, name in zip(found, named, strict=True):
        assert name in said.msg
        assert "AUTH_MODE=accounts" in (said.hint or "")
    settings.AUTH_MODE = "accounts"
    assert check_local_names() == []


@pytest.mark.parametrize(
    "env",
    [{"ALLOWED_HOSTS": "localhost,chat.example.org"}, {"CSRF_TRUSTED_ORIGINS": "https://chat.example.org"}],
)
def test_it_does_not_start_under_a_public_name(
    start_server: Callable[..., Divan], env: dict[str, str]
) -> None:
    with pytest.raises(RuntimeError, match=r"chat\.example\.org.*[\s\S]*AUTH_MODE=accounts"):
        start_server(env=env)


async def test_neither_does_another_asgi_server(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await lifespan({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "ALLOWED_HOSTS names chat.example.org" in sent[0]["message"]
