"""Reading pages: what may be opened, and what is made of it, from real servers on this machine."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from chat.tools.base import ToolError, ToolOutcome
from chat.tools.builtin import read_page
from tests.rag.test_fetching import Site, opened, site
from tests.tools.callers import caller

__all__ = ["opened", "site"]
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = """<!doctype html><html><head><title>Ayasofya &amp; \u202eMüze</title><script>evil()</script>
<style>.x{}</style></head><body><nav>NAVIGATION</nav><main><h1>Ayasofya</h1><p>537 yılında yapıldı.</p>
<p hidden>HIDDEN</p><img src="http://127.0.0.1:1/pixel.png" alt="Kubbe"></main><footer>FOOTER</footer>"""


async def opening(url: str, *known: str, language: str = "en") -> ToolOutcome:
    return await read_page.run(caller(*(known or (url,)), language=language), {"url": url})


async def refusal(url: Any, *known: str, language: str = "en") -> str:
    with pytest.raises(ToolError) as raised:
        await read_page.run(caller(*(known or (str(url),)), language=language), {"url": url})
    return str(raised.value)


async def test_a_page_becomes_its_text_with_title_and_address(site: Site, opened: None) -> None:
    site.answers["/a"] = (200, HTML, PAGE.encode())
    url = f"{site.url}/a"
    given = await opening(url)
    title, address, _, *text = given.content.splitlines()
    assert (title, address) == ("Ayasofya & Müze", url)
    assert "537 yılında yapıldı." in "\n".join(text)
    assert not re.search("evil|NAVIGATION|HIDDEN|FOOTER", given.content)
    [source] = given.sources
    assert (source["kind"], source["url"], source["title"]) == ("web", url, "Ayasofya & Müze")
    assert site.asked == ["/a"], "nothing that the page names was loaded"


@pytest.mark.parametrize(
    ("path", "kind", "body", "said"),
    [
        ("/notes.txt", "text/plain", b"Just words.", "Just words."),
        ("/data.json", "application/json", b'{"tea": 5}', "tea"),
        ("/page", "text/html", "<html><p>çay".encode("iso-8859-9"), "çay"),
        ("/x.html", "text/html", b"<html><h1>Only a heading</h1><p>and text", "Only a heading"),
    ],
)
async def test_other_kinds_of_text_are_read_too(
    path: str, kind: str, body: bytes, said: str, site: Site, opened: None
) -> None:
    site.answers[path] = (200, {"Content-Type": kind}, body)
    assert said in (await opening(f"{site.url}{path}")).content


async def test_a_long_page_is_cut_and_says_so(site: Site, opened: None) -> None:
    body = "<html><title>Long</title>" + "<p>word word word</p>" * 10_000
    site.answers["/long"] = (200, HTML, body.encode())
    given = await opening(f"{site.url}/long")
    assert len(given.content) < read_page.LONGEST + 500
    assert re.search(r"\d{4,} more characters of this page were left out", given.content)
    assert len(given.sources[0]["passage"]) <= read_page.PASSAGE


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/?q=secret", "https://example.org/other", "https://example.org/page?x=chat"],
)
async def test_only_what_was_named_is_opened(url: str) -> None:
    assert "Only addresses" in await refusal(url, "https://example.org/page")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "example", "", None, 5, ["x"],
     "http://user:pass@example.org/", "http://exam ple.org/", "http://example.org\\@evil.org/",
     "http://example.org/\r\nHost: evil"],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_is_refused(url: Any) -> None:
    assert "whole address" in await refusal(url)


async def test_an_address_may_be_written_without_its_scheme() -> None:
    assert "Only addresses" in await refusal("example.org/page", "https://example.org/other")
    assert read_page.with_scheme("example.org:8443/a") == "https://example.org:8443/a"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "192.168.1.1",
     "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200"],
)  # fmt: skip
async def test_private_addresses_are_refused_in_every_spelling(host: str, site: Site) -> None:
    port = site.server.server_port
    said = await refusal(f"http://{host}:{port}/")
    assert "not public" in said or "could not be opened" in said
    assert site.asked == []


async def test_a_redirect_to_a_private_address_is_refused(site: Site, settings: Settings) -> None:
    settings.RAG_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    site.answers["/away"] = (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b"")
    site.answers["/scheme"] = (302, {"Location": "file:///etc/passwd"}, b"")
    site.answers["/round"] = (302, {"Location": "/round"}, b"")
    assert "not public" in await refusal(f"{site.url}/away")
    assert "not public" in await refusal(f"{site.url}/scheme")
    assert "could not be opened" in await refusal(f"{site.url}/round")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, HTML, b"gone"), "could not be opened"),
        ((500, HTML, b""), "could not be opened"),
        ((200, HTML, b""), "no text"),
        ((200, HTML, b"<html><body><script>app()</script></body></html>"), "no text"),
        ((200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(100)), "cannot be read"),
        ((200, {"Content-Type": "application/pdf"}, b"%PDF-1.4 broken"), "damaged"),
        ((200, HTML, b"x" * 2_000_000), "too large"),
    ],
    ids=["gone", "failed", "empty", "a program", "a picture", "a broken PDF", "too large"],
)
async def test_what_cannot_be_read_says_why(
    answer: Any, said: str, site: Site, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_page, "MOST_BYTES", 1_000_000)
    site.answers["/x"] = answer
    assert said in await refusal(f"{site.url}/x")


async def test_a_refusal_is_told_in_the_persons_language(site: Site, opened: None) -> None:
    assert "açılamadı" in await refusal(f"{site.url}/none", language="tr")


@pytest.fixture
def dripping() -> Iterator[str]:
    """Sends a letter now and then, for ever."""
    ended = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>")
                while not ended.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        ended.set()
        thread.join()


async def test_a_server_that_drips_is_given_up(
    dripping: str, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_page, "SECONDS", 0.5)
    assert "too long" in await refusal(dripping)


def test_a_page_takes_less_time_than_a_call_may() -> None:
    assert read_page.SECONDS < 60
