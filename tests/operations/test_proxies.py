"""What a proxy in front passes on, and what it forgets."""

import http.client
import re
from collections.abc import Callable

import pytest

from tests.services.server import Divan

NAME, PASSWORD, HOST = "cem", "a-long-enough-secret", "chat.example.org"


@pytest.fixture
def behind_proxy(start_server: Callable[..., Divan]) -> Divan:
    server = start_server(env={"AUTH_MODE": "accounts", "ALLOWED_HOSTS": HOST})
    make = f"User.objects.create_user({NAME!r}, password={PASSWORD!r})"
    server.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
    return server


def log_in(server: Divan, host: str, origin: str) -> tuple[int, str]:
    """As a browser does whose proxy passes requests on over HTTP: the status, and what the page says."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/login/", headers={"Host": host})
    answer = connection.getresponse()
    cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
    assert token
    connection.request(
        "POST",
        "/login/",
        body=f"csrfmiddlewaretoken={token.group(1)}&username={NAME}&password={PASSWORD}",
        headers={
            "Host": host,
            "Origin": origin,
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, f"https://{HOST}"),
        (HOST, f"http://{HOST}"),
        (f"{HOST}:8443", f"https://{HOST}:8443"),
        (f"{HOST}:8080", f"http://{HOST}:8080"),
    ],
)
def test_a_login_works_behind_tls_without_further_settings(
    behind_proxy: Divan, host: str, origin: str
) -> None:
    assert log_in(behind_proxy, host, origin)[0] == 302


@pytest.mark.parametrize("origin", ["https://evil.example.org", f"https://{HOST}.evil.example", "null"])
def test_another_sites_form_is_refused(behind_proxy: Divan, origin: str) -> None:
    assert log_in(behind_proxy, HOST, origin)[0] == 403


def test_a_proxy_that_drops_the_port_is_named(behind_proxy: Divan) -> None:
    status, said = log_in(behind_proxy, HOST, f"https://{HOST}:8443")
    assert status == 403
    assert "$http_host" in said
