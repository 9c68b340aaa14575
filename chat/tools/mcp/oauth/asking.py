"""The requests of a sign-in. A tool server names other addresses for it, and could name any: those are
refused where it could not be reached itself, so that no server leads Divan into the network around it.
Importing this imports the SDK's client library."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.http import ExchangeError, HttpTransport
from chat.tools.mcp.reasons import Reason, ToolServerError
from providers.wire.addresses import host_of
from rag.public_addresses import is_public

SECONDS = 15.0
LARGEST = 256 * 1024
HEADERS = {"User-Agent": "Divan", "Accept": "application/json", "Accept-Encoding": "identity"}


class SignInClient:
    def __init__(self, entry: Endpoint, own: HttpTransport, elsewhere: HttpTransport) -> None:
        self._entry = entry
        self._own = own
        self._elsewhere = elsewhere

    async def get(self, url: str) -> httpx2.Response:
        return await self.send("GET", url)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        json: object = None,
        form: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """The answer with its body, which is empty where it is too long. Redirects are not followed. Raises
        ToolServerError."""
        self.check(url)
        request = httpx2.Request(method, url, headers={**HEADERS, **(headers or {})}, json=json, data=form)
        transport = self._own if self._is_own(url) else self._elsewhere
        try:
            answer = await transport.handle_async_request(request)
            try:
                body = await read_body(answer)
            finally:
                await answer.aclose()
        except ExchangeError as error:
            if self._is_own(url):
                raise error.failure from None
            why = {"host": urlsplit(url).hostname, "why": error.failure.reason}
            raise ToolServerError(Reason(_("‘%(host)s’, which signs people in: %(why)s"), why)) from None
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    def check(self, url: str) -> None:
        """Raises ToolServerError for what is no web address, or has less protection than the server's own."""
        parts = urlsplit(url)
        if not host_of(url) or not url.isprintable() or "@" in parts.netloc:
            raise ToolServerError(Reason(_("It names an address for the sign-in that is none.")))
        if parts.scheme != "https" and urlsplit(self._entry.url).scheme == "https":
            raise ToolServerError(Reason(_("It names an address for the sign-in that is not encrypted.")))

    def _is_own(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self._entry.url)[:2]


@asynccontextmanager
async def asking(entry: Endpoint) -> AsyncGenerator[SignInClient]:
    guarded = entry.guarded or not await is_private(urlsplit(entry.url).hostname or "")
    own, elsewhere = HttpTransport(entry, SECONDS), HttpTransport(replace(entry, guarded=guarded), SECONDS)
    try:
        yield SignInClient(entry, own, elsewhere)
    finally:
        await own.aclose()
        await elsewhere.aclose()


async def is_private(host: str) -> bool:
    """Whether a host stands in a private network, with all its addresses."""
    try:
        async with asyncio.timeout(SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(where[0]).split("%")[0]) for *_rest, where in found]
    return bool(addresses) and not any(map(is_public, addresses))


async def read_body(answer: httpx2.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > LARGEST:
            return b""
    return body
