import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from rag import fetch
from rag.errors import CancelledError, DocumentError
from rag.public_addresses import is_public
from tests.services.processes import wait_until

Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A real server on this machine; `asked` are the paths that reached it."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, body = site.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def opened(settings: Settings) -> None:
    """The network of the site is opened, as an administrator may."""
    settings.RAG_PRIVATE_NETWORKS = ["127.0.0.1/32"]


def code_of(url: str, **options: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        list(fetch.fetch_address(url, **options).chunks)
    return caught.value.code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::",
        "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        # Site-local, benchmarks, documentation, reserved, and what only carries another address.
        "fec0::1", "feff::1", "198.18.0.1", "198.19.255.255", "2001:2::1", "192.0.2.1", "198.51.100.7",
        "203.0.113.9", "2001:db8::1", "3fff::1", "240.0.0.1", "192.88.99.1", "192.0.0.8", "5f00::1",
        "::127.0.0.1", "::8.8.8.8", "64:ff9b:1::808:808", "2002:808:808::", "2001:20::1", "100::1",
        "::ffff:198.18.0.1", "::ffff:0:127.0.0.1", "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:7f00:1",
        # Where clouds tell a machine its secrets.
        "169.254.170.2", "169.254.0.23", "100.100.100.200", "192.0.0.192", "168.63.129.16", "192.80.8.124",
        "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "::ffff:168.63.129.16", "64:ff9b::a83f:8110",
    ],
)  # fmt: skip
def test_these_are_not_for_strangers(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "168.63.129.17", "198.17.0.1", "198.20.0.1", "172.32.0.1", "2606:4700::1111",
     "2001:200::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::5efe:808:808"],
)  # fmt: skip
def test_these_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("port", "allowed"), [(80, True), (443, True), (22, False), (6379, False), (8080, False)]
)
def test_public_addresses_are_asked_where_the_web_is(settings: Settings, port: int, allowed: bool) -> None:
    address, private = ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.7")
    assert fetch.is_allowed(address, port) is allowed
    assert not fetch.is_allowed(private, port)
    settings.RAG_PRIVATE_NETWORKS = ["10.0.0.0/8"]
    assert fetch.is_allowed(private, port)
    settings.RAG_PORTS = [port]
    assert fetch.is_allowed(address, port)
    assert code_of("http://8.8.8.8:70/") == "address"


def test_nothing_is_sent_to_an_address_that_is_not_public(site: Site) -> None:
    site.answers["/x"] = (200, {}, b"secret")
    port = site.server.server_port
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"):
        assert code_of(f"http://{host}:{port}/x") in ("address", "unreachable")
    assert site.asked == []


def test_a_redirect_is_checked_like_the_first_address(site: Site, opened: None) -> None:
    site.answers["/a"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    site.answers["/b"] = (302, {"Location": "file:///etc/passwd"}, b"")
    site.answers["/c"] = (302, {"Location": f"http://[::1]:{site.server.server_port}/x"}, b"")
    for path in ("/a", "/b", "/c"):
        assert code_of(site.url + path) == "address"
    assert site.asked == ["/a", "/b", "/c"]


def test_a_name_is_checked_by_the_address_that_is_connected_to(
    site: Site, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/x"] = (200, {}, b"found")
    turns = iter(["127.0.0.1", "10.1.2.3"])

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        assert host == "rebinding.test"
        return [(2, 1, 6, "", (next(turns), site.server.server_port))]

    monkeypatch.setattr("rag.fetch.socket.getaddrinfo", resolve)
    assert b"".join(fetch.fetch_address("http://rebinding.test/x").chunks) == b"found"
    assert code_of("http://rebinding.test/x") == "address"


def test_a_page_is_followed_to_where_it_is_and_named(site: Site, opened: None) -> None:
    site.answers["/start"] = (301, {"Location": "/docs/guide"}, b"")
    site.answers["/docs/guide"] = (200, {"Content-Type": "text/html; charset=utf-8"}, b"<p>hello")
    page = fetch.fetch_address(f"{site.url}/start")
    assert (page.name, b"".join(page.chunks)) == ("guide.html", b"<p>hello")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('attachment; filename="rapor.pdf"', "rapor.pdf"),
        ("attachment; filename*=UTF-8''%C3%A7al%C4%B1%C5%9Fma.pdf", "çalışma.pdf"),
        ("inline", "x"),
    ],
)
def test_a_file_has_the_name_that_its_server_says(site: Site, opened: None, said: str, name: str) -> None:
    site.answers["/x"] = (200, {"Content-Disposition": said}, b"%PDF-")
    page = fetch.fetch_address(f"{site.url}/x")
    assert page.name == name
    assert list(page.chunks) == [b"%PDF-"]


def test_redirects_come_to_an_end(site: Site, opened: None) -> None:
    site.answers["/round"] = (302, {"Location": "/round"}, b"")
    assert code_of(f"{site.url}/round") == "unreachable"
    assert len(site.asked) == fetch.MAX_REDIRECTS + 1


def test_a_page_that_is_not_there_is_no_document(site: Site, opened: None) -> None:
    assert code_of(f"{site.url}/missing") == "unreachable"


def test_a_fetch_has_a_time_and_can_be_cancelled(
    site: Site, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/big"] = (200, {}, b"x" * 1_000_000)
    with pytest.raises(CancelledError):
        list(fetch.fetch_address(f"{site.url}/big", cancelled=lambda: True).chunks)
    monkeypatch.setattr(fetch, "SECONDS", -1.0)
    assert code_of(f"{site.url}/big") == "timeout"


def test_the_environment_s_proxy_and_logins_are_not_used(
    site: Site, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.answers["/x"] = (200, {}, b"direct")
    assert b"".join(fetch.fetch_address(f"{site.url}/x").chunks) == b"direct"


@pytest.fixture
def ingested(transactional_db: None) -> Callable[[str], Any]:
    from rag import access, ingest

    def fetched(url: str) -> Any:
        document = access.add_address("ada", url, "address")
        while claimed := ingest.claim_next():
            ingest.ingest_document(claimed)
        return type(document).objects.filter(pk=document.pk).first()

    return fetched


def test_a_fetched_page_becomes_a_document_once(
    site: Site, opened: None, settings: Settings, ingested: Callable[[str], Any]
) -> None:
    site.answers["/guide"] = (200, {"Content-Type": "text/html"}, b"<h1>Guide</h1><p>How to water tomatoes")
    document = ingested(f"{site.url}/guide")
    assert (document.status, document.name, document.kind) == ("ready", "guide.html", "html")
    again = ingested(f"{site.url}/guide")
    assert (again.status, again.error, again.passage_count) == ("failed", "already", 0)
    settings.MAX_UPLOAD_BYTES = 10
    site.answers["/large"] = (200, {}, b"much more than ten bytes")
    assert ingested(f"{site.url}/large").error == "too_large"


class Drip:
    """A server that sends a letter now and then, and never ends: of its headers, or of its body."""

    def __init__(self, begin: bytes) -> None:
        self._begin = begin
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.asked = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"
        self._threads = [threading.Thread(target=self._serve) for _ in range(8)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.sendall(self._begin)
                self.asked.set()
                while not self._ended.wait(0.05):
                    connection.sendall(b"x")


@pytest.fixture(params=[b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1."])
def drip(request: pytest.FixtureRequest, opened: None) -> Iterator[Drip]:
    made = Drip(request.param)
    yield made
    made.close()


def test_a_server_that_sends_a_letter_at_a_time_has_no_more_time_than_others(
    drip: Drip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.5)
    assert code_of(drip.url) == "timeout"


def test_a_fetch_that_waits_for_a_servers_letters_can_be_cancelled(drip: Drip) -> None:
    with pytest.raises(CancelledError):
        list(fetch.fetch_address(drip.url, cancelled=drip.asked.is_set).chunks)


def test_documents_are_read_while_slow_servers_are_waited_for(
    drip: Drip, transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag import access, worker
    from rag.models import Document, Status

    slow = [access.add_address("ada", f"{drip.url}{number}", "slow") for number in range(6)]
    note = access.add_document("bob", "note.txt", [b"few words"], 1 << 20, "").document
    worker.wake_worker()
    assert drip.asked.wait(30)
    wait_until(
        lambda: Document.objects.get(pk=note.pk).status == Status.READY, seconds=60, what="reading the note"
    )
    for document in slow:
        access.cancel_document(document)
    assert worker.wait_until_idle(60)
