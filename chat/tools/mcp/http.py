"""HTTP to a tool server, as the SDK's client library wants it, through aiohttp: what may not be reached is
refused where the connection is made, by the address that is really connected to."""

import ipaddress
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx2
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.reasons import Reason, ToolServerError
from providers.wire.proxies import proxy_for
from rag.public_addresses import is_public

LARGEST_ANSWER = 16 * 1024 * 1024
LARGEST_STREAM = 4 * LARGEST_ANSWER
"""Bytes of the events that come for one call, its answer among them."""
SPARE_SECONDS = 30.0
"""For which a call may last longer on the wire than its tool is waited for."""
KEPT_SECONDS = 4.0
"""A connection that is kept longer may just be closed by the server when a call is sent, and whether that was
done nobody would know."""


class ExchangeError(httpx2.TransportError):
    """Flies through the SDK's client library; `failure` is what it means."""

    def __init__(self, failure: ToolServerError) -> None:
        super().__init__(str(failure))
        self.failure = failure


class PrivateAddressError(OSError):
    pass


class HttpTransport(httpx2.AsyncBaseTransport):
    """Raises ExchangeError alone. Belongs to the event loop that first uses it; `aclose` it there."""

    def __init__(self, entry: Endpoint, seconds: float) -> None:
        self._entry = entry
        self._seconds = seconds + SPARE_SECONDS
        self._session: aiohttp.ClientSession | None = None
        self._refused = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        listens = request.method == "GET"
        session = self._session or self._open_session()
        try:
            answer = await session.request(
                request.method,
                str(request.url),
                data=await request.aread() or None,
                headers=[pair for pair in request.headers.multi_items() if pair[0] != "content-length"],
                allow_redirects=False,
                proxy=None if self._entry.guarded else proxy_for(str(request.url)),
                timeout=aiohttp.ClientTimeout(
                    total=None if listens else self._seconds, connect=settings.CONNECT_TIMEOUT
                ),
            )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise ExchangeError(self._failure_of(error)) from None
        kind = answer.headers.get("Content-Type", "").lower()
        limit = LARGEST_STREAM if kind.startswith("text/event-stream") else LARGEST_ANSWER
        if answer.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
            answer.close()
            raise ExchangeError(ToolServerError(Reason(_("It packs its answers, unasked."))))
        body = BoundedBody(answer, float("inf") if listens else limit)
        return httpx2.Response(
            answer.status, headers=list(answer.headers.items()), stream=body, request=request
        )

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, ttl_dns_cache=60, keepalive_timeout=KEPT_SECONDS, socket_factory=self._open_socket
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
        )
        return self._session

    def _open_socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _name, address = info
        if self._entry.guarded and not is_public(ipaddress.ip_address(str(address[0]).split("%")[0])):
            self._refused = True
            raise PrivateAddressError("not public")
        return socket.socket(family, kind, protocol)

    def _failure_of(self, error: Exception) -> ToolServerError:
        """Without the cause: its text and its frames hold addresses and headers."""
        if self._refused:
            self._refused = False
            why = _("Its address is in a private network, which an entry of the administrator's must allow.")
            return ToolServerError(Reason(why), unsent=True)
        match error:
            case aiohttp.ConnectionTimeoutError():
                return ToolServerError(Reason(_("It does not accept connections.")), unsent=True)
            case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
                return ToolServerError(Reason(_("There is no trusted TLS connection to it.")), unsent=True)
            case aiohttp.ClientConnectorDNSError():
                return ToolServerError(Reason(_("There is no such host.")), unsent=True)
            case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
                why = _("Nothing answers at its address. Is it running, and is the address right?")
                return ToolServerError(Reason(why), unsent=True)
            case aiohttp.ClientConnectorError() as refused:
                number = refused.os_error.errno
                said = {"why": os.strerror(number) if number else "?"}
                return ToolServerError(Reason(_("It cannot be reached: %(why)s."), said), unsent=True)
            case TimeoutError():
                return ToolServerError(Reason(_("It did not answer in time.")))
            case _:
                return ToolServerError(Reason(_("The connection ended before the answer did.")))


class BoundedBody(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse, limit: float) -> None:
        self._answer = answer
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                self._left -= len(chunk)
                if self._left < 0:
                    most = {"size": LARGEST_ANSWER >> 20}
                    raise ExchangeError(
                        ToolServerError(Reason(_("It answered with more than %(size)s MB."), most))
                    )
                yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            late = isinstance(error, TimeoutError)
            why = (
                _("It did not answer in time.") if late else _("The connection ended before the answer did.")
            )
            raise ExchangeError(ToolServerError(Reason(why))) from None

    async def aclose(self) -> None:
        self._answer.close()
