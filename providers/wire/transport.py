"""HTTP to model servers: the one place that opens connections to them.

Knows status codes, timeouts and how a body arrives. It does not know what a body says (providers/wire/sse.py,
the connectors) nor does it try again (providers/streaming.py), but for one case that no one need see: a
kept connection which the server had closed in the meantime.
"""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Literal

import aiohttp

from core.json_text import dump_loose_json, parse_loose_json
from providers.errors import SHAPE_ERRORS, ErrorCode, ProviderError
from providers.types import ServerConfig
from providers.wire.addresses import host_of
from providers.wire.failures import error_of, http_failure, scrub
from providers.wire.proxies import proxy_for
from providers.wire.sse import Event, EventSplitter, LineSplitter

MAX_BODY = 64 * 1024 * 1024
MAX_ERROR_BODY = 64 * 1024
LIST_TIMEOUT = 15.0
"""Seconds for answers that are no streams, as lists of models."""

AFTER_END = 2.0
"""Seconds that a stream may stay open once the model has said that it is done."""

DRAIN_TIME = 0.01
NO_ADDRESS = "http://address.invalid"
"""Stands where an address is none, for SDKs that insist on one; nothing is ever sent there."""

logger = logging.getLogger(__name__)

Shape = Literal["stream", "json", "empty"]


class HttpSession:
    """Kept connections to one server. Belongs to the event loop that first uses it; `aclose` it there.

    `base_url` has no slash at its end. `headers` carry the key: nothing of it ever stands in an address.
    """

    def __init__(self, server: ServerConfig, base_url: str, headers: Mapping[str, str]) -> None:
        self.server = server
        self._host = host_of(base_url)
        self.base_url = base_url.rstrip("/") if self._host else NO_ADDRESS
        self._headers = {"User-Agent": "Divan", **headers, **server.headers}
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, method: str, path: str, body: Any = None, *, timeout: float = LIST_TIMEOUT) -> Any:
        """The JSON that the server answers with; an error inside a 200 is raised as well."""
        async with self.reading(timeout):
            answer = await self.open(method, path, body)
            try:
                payload = answer.parse(await answer.read_all())
            finally:
                answer.close()
        if error := error_of(self.server, payload):
            raise error
        return payload

    @asynccontextmanager
    async def reading(self, seconds: float) -> AsyncGenerator[None]:
        """For asking something and making sense of the answer: takes no longer than `seconds`, and JSON
        of another shape than agreed (a number where a list was expected) is a bad response."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise self.failure("timeout", f"no answer within {seconds:g} s") from None
        except SHAPE_ERRORS as error:
            logger.warning("server %s gave an answer of an unknown shape", self.server.name, exc_info=True)
            raise self.failure(
                "bad_response", f"an answer in an unknown shape ({type(error).__name__})"
            ) from None

    async def open(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> "HttpAnswer":
        """A successful answer, its body still to be read; the caller closes it.

        `path` may be a whole address. `body` is sent as JSON, or as it is where it is bytes.
        """
        url = path if "://" in path else self.base_url + path
        data = body if body is None or isinstance(body, bytes) else dump_loose_json(body)
        response = await self._send(
            method, url, data, {"Content-Type": "application/json", **(headers or {})}
        )
        if 200 <= response.status < 300:
            return HttpAnswer(self, response)
        try:
            raise http_failure(
                self.server, response.status, await _error_body(response), _error_headers(response)
            )
        finally:
            response.close()

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def failure(self, code: ErrorCode, detail: str) -> ProviderError:
        return ProviderError(code, scrub(detail, self.server), server=self.server.name)

    async def _send(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        if not self._host:
            raise self.failure("unreachable", "the server's address is not valid")
        session = self._session or self._open_session()
        for last in (False, True):
            seen = SimpleNamespace(reused=False)
            try:
                return await session.request(
                    method, url, data=data, headers=headers, allow_redirects=False, trace_request_ctx=seen
                )
            except (aiohttp.ServerDisconnectedError, ConnectionResetError) as error:
                if last or not seen.reused:
                    raise self.connection_failure(error) from None
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                raise self.connection_failure(error) from None
        raise AssertionError("unreachable")

    def connection_failure(self, error: Exception) -> ProviderError:
        """Without the cause: its text and its frames hold addresses and headers."""
        host = self._host
        match error:
            case aiohttp.ServerTimeoutError() | TimeoutError():
                return self.failure("unreachable", f"{host} did not accept a connection in time")
            case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
                return self.failure("unreachable", f"no trusted TLS connection to {host}")
            case aiohttp.ClientConnectorDNSError():
                return self.failure("unreachable", f"{host}: no such host")
            case aiohttp.ClientConnectorError() as refused:
                why = os.strerror(refused.os_error.errno) if refused.os_error.errno else "no connection"
                return self.failure("unreachable", f"{host}: {why}")
            case aiohttp.ServerDisconnectedError() | ConnectionResetError():
                return self.failure("bad_response", f"{host} closed the connection without an answer")
            case aiohttp.InvalidURL() | ValueError():
                return self.failure("unreachable", "the server's address is not valid")
            case _:
                return self.failure("bad_response", f"{host}: {type(error).__name__}")

    def _open_session(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(_note_reuse)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, connect=self.server.timeouts.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=2**16,
            trace_configs=[trace],
            proxy=proxy_for(self.base_url),
        )
        return self._session


class HttpAnswer:
    """A body that arrives. `close` drops the connection if the body has not ended."""

    def __init__(self, http: HttpSession, response: aiohttp.ClientResponse) -> None:
        self._http = http
        self._response = response
        self._content = response.content
        self._peeked = b""

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def read(self) -> bytes:
        """What has arrived, at least one byte; nothing at the end."""
        if self._peeked:
            chunk, self._peeked = self._peeked, b""
            return chunk
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self.cut_off_error(type(error).__name__) from None

    async def read_all(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read():
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BODY:
                raise self._http.failure("bad_response", f"an answer of more than {MAX_BODY} bytes")
        return b"".join(pieces)

    async def shape(self) -> Shape:
        """Told from the first bytes, since services misname their bodies. A web page raises."""
        head = b""
        while not head.lstrip(b"\xef\xbb\xbf \t\r\n"):
            piece = await self.read()
            if not piece:
                return "empty"
            head += piece
        self._peeked = head
        match head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]:
            case b"{" | b"[":
                return "json"
            case b"<":
                raise self._http.failure("bad_response", "a web page came instead of an answer")
            case _:
                return "stream"

    def parse(self, data: bytes) -> Any:
        try:
            return parse_loose_json(data)
        except ValueError:
            what = "a web page" if data.lstrip()[:1] == b"<" else "no JSON"
            raise self._http.failure("bad_response", f"{what} came instead of an answer") from None

    def cut_off_error(self, how: str = "") -> ProviderError:
        return self._http.failure(
            "bad_response", "the connection ended before the answer did" + (f" ({how})" if how else "")
        )

    async def drain(self) -> None:
        """Reads the last bytes of a body that is over, so that `close` can keep the connection for the next
        request; not for long."""
        try:
            async with asyncio.timeout(DRAIN_TIME):
                while await self.read():
                    pass
        except (TimeoutError, ProviderError):
            pass

    def close(self) -> None:
        self._response.close()


class EventReader:
    """The server-sent events of an answer, as many at a time as have arrived."""

    __slots__ = ("_answer", "_ended", "_splitter", "lenient")

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer
        self._splitter = EventSplitter()
        self._ended = False
        self.lenient = False
        """Set once the model has said that it is done: from then on a missing end is no failure."""

    async def next(self) -> list[Event] | None:
        """None at the end. An empty list says that the server lives but has said nothing yet."""
        if self._ended:
            return None
        chunk = await (_read_leniently(self._answer) if self.lenient else self._answer.read())
        if chunk:
            return self._splitter.feed(chunk)
        self._ended = True
        last = self._splitter.finish()
        return [event for event in last if not is_cut_off(event)] if self.lenient else last


def is_cut_off(event: Event) -> bool:
    """Whether half of its JSON came. An error may be words, and `[DONE]` is none."""
    name, data = event
    if name == b"error" or data == b"[DONE]":
        return False
    try:
        parse_loose_json(data)
    except ValueError:
        return True
    return False


class LineReader:
    """The lines of an answer that are not blank, as many at a time as have arrived."""

    __slots__ = ("_answer", "_ended", "_splitter")

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer
        self._splitter = LineSplitter()
        self._ended = False

    async def next(self) -> list[bytes] | None:
        if self._ended:
            return None
        if chunk := await self._answer.read():
            return [line for line in self._splitter.feed(chunk) if line.strip()]
        self._ended = True
        rest = self._splitter.finish()
        return [rest] if rest.strip() else []


async def _read_leniently(answer: HttpAnswer) -> bytes:
    try:
        async with asyncio.timeout(AFTER_END):
            return await answer.read()
    except (TimeoutError, ProviderError):
        return b""


async def _note_reuse(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    context.trace_request_ctx.reused = True


async def _error_body(response: aiohttp.ClientResponse) -> bytes:
    """The first of it; a server that is slow to explain itself is not waited for."""
    body = b""
    try:
        async with asyncio.timeout(AFTER_END):
            while len(body) < MAX_ERROR_BODY and (piece := await response.content.readany()):
                body += piece
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    return body


def _error_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
