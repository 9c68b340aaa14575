"""The only module that asks addresses which a person gives. What must not be reached from a server (itself,
its network, a cloud's metadata) is refused where the connection is made, by the address that is really
connected to: neither a redirect nor a name that resolves differently the second time gets past it."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from rag.errors import CancelledError, DocumentError
from rag.fetch_watch import FetchWatch
from rag.public_addresses import Address, is_public

if TYPE_CHECKING:
    import requests

MAX_REDIRECTS = 5
CONNECT_SECONDS = 8.0
MOST_ADDRESSES = 4
"""Of one name, that are tried."""
READ_SECONDS = 20.0
SECONDS = 90.0
"""For all of a fetch, redirects and headers included."""
CHUNK = 1 << 16
HTML = ("text/html", "application/xhtml+xml")
_FILE_NAME = re.compile(r"""filename\*?\s*=\s*(?:[\w-]*''([^;\s]+)|"([^"]+)"|([^;\s]+))""", re.I)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`chunks` may be gone through once, and raises DocumentError too. Close it where not all is read."""

    name: str
    chunks: Iterator[bytes]
    resources: ExitStack

    def close(self) -> None:
        self.resources.close()


def check_address(url: str) -> str:
    """The address as it will be asked. Raises DocumentError('address') for what is none for us."""
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise DocumentError("address", "cannot be parsed") from error
    # What two parsers might read differently is refused.
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\\\x00-\x1f]", url.strip()):
        raise DocumentError("address", "no http address")
    if parts.username is not None or parts.password is not None:
        raise DocumentError("address", "holds a login")
    return parts._replace(fragment="").geturl()


def is_allowed(address: Address, port: int) -> bool:
    """Public and on a port of the web, or in one of RAG_PRIVATE_NETWORKS, which an administrator opened."""
    opened = settings.RAG_PRIVATE_NETWORKS
    if any(address in ipaddress.ip_network(network) for network in opened):
        return True
    return is_public(address) and port in settings.RAG_PORTS


def refuse_literal(host: str, port: int) -> None:
    """An address that is written out needs no name server to be refused."""
    try:
        address = ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        return
    if not is_allowed(address, port):
        raise DocumentError("address", "not public")


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """To the first address of `host` that may be reached and answers."""
    refuse_literal(host, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DocumentError("unreachable", "no such host") from error
    failure: OSError | None = None
    allowed = [
        entry for entry in found if is_allowed(ipaddress.ip_address(str(entry[4][0]).split("%")[0]), port)
    ]
    if not allowed:
        raise DocumentError("address", "not public")
    for family, kind, protocol, _name, address in allowed[:MOST_ADDRESSES]:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise DocumentError("unreachable", str(failure))


def fetch_address(
    url: str, *, cancelled: Callable[[], bool] = lambda: False, seconds: float | None = None
) -> Fetched:
    """Follows redirects. Raises DocumentError. Blocks: for worker threads. `cancelled` is asked in another
    thread. All of it, with what `chunks` reads, has as many `seconds`
    (absent: SECONDS)."""
    from django.db import connections

    watch = FetchWatch(SECONDS if seconds is None else seconds, cancelled, connections.close_all)
    with ExitStack() as resources:
        resources.callback(watch.stop)
        session = resources.enter_context(guarded_session(watch))
        with _told_by(watch):
            answer = resources.enter_context(_answer_of(session, url))
        kept = resources.pop_all()
        return Fetched(name_of(answer.url, answer), _chunks(kept, answer, watch), kept)


def _answer_of(session: "requests.Session", url: str) -> "requests.Response":
    for _ in range(MAX_REDIRECTS + 1):
        url = check_address(url)
        answer = session.get(url, allow_redirects=False, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        if answer.is_redirect:
            url = urljoin(url, answer.headers["Location"])
            answer.close()
            continue
        if answer.status_code != 200:
            answer.close()
            raise DocumentError("unreachable", f"status {answer.status_code}")
        return answer
    raise DocumentError("unreachable", "too many redirects")


@contextmanager
def _told_by(watch: FetchWatch) -> Iterator[None]:
    """Whatever breaks when a connection is hung up is told as the reason for which it was."""
    import requests

    failure: Exception | None = None
    try:
        yield
    except (requests.RequestException, DocumentError) as error:
        failure = error
    if watch.reason == "cancelled":
        raise CancelledError from failure
    if watch.reason == "timeout":
        raise DocumentError("timeout") from failure
    if isinstance(failure, DocumentError):
        raise failure
    if failure is not None:
        raise DocumentError("unreachable", type(failure).__name__) from failure


def _chunks(resources: ExitStack, answer: "requests.Response", watch: FetchWatch) -> Iterator[bytes]:
    with resources:
        blocks = answer.iter_content(CHUNK)
        while True:
            with _told_by(watch):
                block = next(blocks, None)
            if block is None:
                return
            yield block


def name_of(url: str, answer: "requests.Response") -> str:
    """The file name that the server gave, else the last step of the address."""
    said = _FILE_NAME.search(answer.headers.get("Content-Disposition", ""))
    parts = urlsplit(url)
    name = next(filter(None, said.groups()), "") if said else ""
    name = unquote(name or parts.path.rstrip("/").rsplit("/", 1)[-1]) or str(parts.hostname)
    kind = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind in HTML and not name.lower().endswith((".html", ".htm", ".xhtml", ".pdf")):
        name += ".html"
    return name


def guarded_session(watch: FetchWatch) -> "requests.Session":
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    def followed(host: str, port: int) -> socket.socket:
        connection = connect(host, port, CONNECT_SECONDS)
        watch.follow(connection)
        return connection

    class Guarded(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return followed(self.host, self.port or 80)

    class GuardedTLS(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return followed(self.host, self.port or 443)

    class Plain(HTTPConnectionPool):
        ConnectionCls = Guarded

    class TLS(HTTPSConnectionPool):
        ConnectionCls = GuardedTLS

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": Plain, "https": TLS}

    session = requests.Session()
    # The environment's proxy would be a way round the guard, and its .netrc a login for strangers.
    session.trust_env = False
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "Divan"})
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session
