"""What browsers get where they speak TLS with a proxy in front, and that they get on with it."""

import http.client
import re
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from chatbot_project.tls import came_by_tls, guard_cookie, rename_cookies
from tests.services.server import Divan
from tests.services.wire import wire

NAME, PASSWORD, HOST = "cem", "a-long-enough-secret", "chat.example.org"
TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, database_with_tables: object) -> Iterator[Divan]:
    env = {"AUTH_MODE": "accounts", "ALLOWED_HOSTS": f"{HOST},plain.example.org,127.0.0.1"}
    with Divan(tmp_path_factory.mktemp("tls") / "data", env=env) as server:
        make = f"User.objects.create_user({NAME!r}, password={PASSWORD!r})"
        server.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
        yield server


class Browser:
    """Keeps cookies by name, and sends them all."""

    def __init__(self, server: Divan, host: str, told: dict[str, str]) -> None:
        self.server, self.told = server, {"Host": host, **told}
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {**self.told, **named, "Cookie": cookie})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
        self.strict = answer.headers["Strict-Transport-Security"]
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.set.append(line)
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        connection.close()
        return answer.status, said

    def log_in(self, origin: str) -> int:
        _, page = self.ask("GET", "/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = f"csrfmiddlewaretoken={token.group(1)}&username={NAME}&password={PASSWORD}"
        return self.ask(
            "POST", "/login/", form, Origin=origin, Content_Type="application/x-www-form-urlencoded"
        )[0]


def test_behind_tls_cookies_are_guarded_and_work(accounts: Divan) -> None:
    browser = Browser(accounts, HOST, TLS)
    assert browser.log_in(f"https://{HOST}") == 302
    assert browser.strict == "max-age=31536000"
    assert set(browser.cookies) == {"__Host-csrftoken", "__Host-sessionid"}
    for line in browser.set:
        attributes = {attribute.strip().lower() for attribute in line.split(";")[1:]}
        assert {"secure", "path=/", "samesite=lax"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
    assert browser.ask("GET", "/api/conversations")[0] == 200
    made = {"Content_Type": "application/json", "Origin": f"https://{HOST}"}
    assert browser.ask("POST", "/api/conversations", "{}", **made)[0] == 403
    token = browser.cookies["__Host-csrftoken"]
    assert browser.ask("POST", "/api/conversations", "{}", X_CSRFToken=token, **made)[0] == 201


async def test_a_socket_behind_tls_knows_who_asks(accounts: Divan) -> None:
    browser = Browser(accounts, "127.0.0.1", TLS)
    assert browser.log_in("https://127.0.0.1") == 302
    cookie = f"__Host-sessionid={browser.cookies['__Host-sessionid']}"
    async with wire(accounts.socket_url, Cookie=cookie, **TLS) as page:
        assert (await page.until(lambda event: event["type"] == "ready"))["user"] == NAME
    async with wire(accounts.socket_url, Cookie=cookie.removeprefix("__Host-"), **TLS) as page:
        with pytest.raises(ConnectionError):
            await page.until(lambda event: event["type"] == "ready")
    assert page.closed == 4401


def test_without_tls_nothing_is_asked_of_the_browser(accounts: Divan) -> None:
    for told in ({}, {"X-Forwarded-Proto": "http"}):
        browser = Browser(accounts, "plain.example.org", told)
        assert browser.log_in("http://plain.example.org") == 302
        assert set(browser.cookies) == {"csrftoken", "sessionid"}
        assert browser.strict is None
        assert not any("secure" in line.lower() for line in browser.set)
        assert browser.ask("GET", "/api/conversations")[0] == 200


def test_this_machines_own_name_is_never_bound_to_tls(accounts: Divan) -> None:
    """It would hold for every other program on every port of it."""
    browser = Browser(accounts, "127.0.0.1", TLS)
    browser.ask("GET", "/login/")
    assert browser.strict is None
    assert set(browser.cookies) == {"__Host-csrftoken"}


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"x-forwarded-proto": "https"}, True),
        ({"X-Forwarded-Proto": "HTTPS, http"}, True),
        ({"x-forwarded-proto": "http, https"}, False),
        ({"x-forwarded-proto": "wss"}, True),
        ({"forwarded": 'for="[2001:db8::1]";proto=https;by=10.0.0.1, for=10.0.0.2'}, True),
        ({"forwarded": 'for=1.2.3.4;Proto="http"'}, False),
        ({"host": "named.example.org"}, True),
        ({"host": "Named.Example.org"}, True),
        ({"host": "named.example.org", "x-forwarded-proto": "http"}, False),
        ({"host": "both.example.org"}, False),
        ({"host": "other.example.org"}, False),
    ],
)
def test_tls_is_known_from_the_proxy_or_from_the_settings(
    settings: Settings, headers: dict[str, str], secure: bool
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [
        "https://named.example.org",
        "https://both.example.org",
        "http://both.example.org",
    ]
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert came_by_tls({"scheme": "http", "headers": raw}) is secure
    assert came_by_tls({"scheme": "https", "headers": raw})


@pytest.mark.parametrize(
    ("sent", "over_tls", "plain"),
    [
        ("__Host-sessionid=a; sessionid=b", "sessionid=a", "sessionid=a; sessionid=b"),
        ("sessionid=b; csrftoken=c; django_language=tr", "django_language=tr", None),
        ("a=b;c", "a=b; c", "a=b; c"),
        ("__Host-other=x", "__Host-other=x", None),
        ('x="a; __Host-csrftoken=t', 'x="a; csrftoken=t', None),
    ],
)
def test_over_tls_only_guarded_cookies_count(sent: str, over_tls: str, plain: str | None) -> None:
    headers = [(b"Cookie", sent.encode()), (b"x", b"y")]
    assert list(rename_cookies(headers, secure=True)) == [(b"Cookie", over_tls.encode()), (b"x", b"y")]
    expected = sent if plain is None else plain
    unnamed = [value.replace(b"__Host-csrftoken", b"csrftoken") for _, value in headers[:1]]
    found = [value for _, value in rename_cookies(headers[:1], secure=False)]
    assert found in ([expected.encode()], unnamed)


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("sessionid=x; Path=/", "__Host-sessionid=x; Path=/; Secure"),
        ("csrftoken=x; secure", "__Host-csrftoken=x; secure"),
        ("django_language=tr; Path=/", "django_language=tr; Path=/; Secure"),
        ("sessionidx=y", "sessionidx=y; Secure"),
    ],
)
def test_every_cookie_stays_on_tls(line: str, sent: str) -> None:
    assert guard_cookie(b"Set-Cookie", line.encode()) == (b"Set-Cookie", sent.encode())
    assert guard_cookie(b"location", line.encode()) == (b"location", line.encode())
