"""An address that speaks MCP over streamable HTTP. The SDK does the protocol; what fails on the way is
answered here in the server's place, since an exception would end the connection with all calls in it."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
from django.utils.translation import gettext_lazy as _
from mcp.client.streamable_http import streamable_http_client

from chat.tools.mcp.connection import LARGEST_MESSAGE, Transport, TransportFailures
from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.http import ExchangeError, HttpTransport
from chat.tools.mcp.oauth.grant import Grant
from chat.tools.mcp.reasons import Reason, ToolServerError

logger = logging.getLogger(__name__)

LARGEST_REFUSAL = 64 * 1024
MOST_STREAMS = 10
"""GET requests a minute. The SDK opens a stream anew whenever the server ends it, as often as that says."""
MINUTE = 60.0
SESSION = "mcp-session-id"
ELSEWHERE = _("It leads to another address, which is not followed: its entry must name the right one.")


@asynccontextmanager
async def reach_endpoint(
    entry: Endpoint, seconds: float, grant: Grant | None = None
) -> AsyncGenerator[Transport]:
    """`seconds`: how long a call may take. `grant`: the sign-in that requests are made with."""
    over = asyncio.Event()
    failures = TransportFailures()

    client = EndpointClient(entry, seconds, failures, over, grant)

    async def why() -> Reason:
        return client.ended

    async with (
        client,
        streamable_http_client(entry.url, http_client=client, max_sse_event_size=LARGEST_MESSAGE) as (
            read,
            write,
        ),
    ):
        yield Transport(read, write, over, why, failures)


class EndpointClient(httpx2.AsyncClient):
    """Exchanges messages with a tool server over HTTP. `ended`: why, once it is over."""

    def __init__(
        self,
        entry: Endpoint,
        seconds: float,
        failures: TransportFailures,
        over: asyncio.Event,
        grant: Grant | None,
    ) -> None:
        own = {"User-Agent": "Divan", "Accept-Encoding": "identity"}
        super().__init__(
            transport=HttpTransport(entry, seconds),
            headers={**own, **dict(entry.headers)},
            timeout=None,
            trust_env=False,
        )
        self.ended = Reason(_("Its session ended."))
        self._signs_in = entry.signs_in
        self._grant = grant
        self._failures = failures
        self._over = over
        self._streams: deque[float] = deque(maxlen=MOST_STREAMS)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Sends a message; what fails becomes an error in the answer's place, and is not raised."""
        if request.method == "GET" and not self._may_stream():
            return httpx2.Response(429, request=request)
        try:
            response = await self._send_signed(request, **options)
            if request.method != "POST":
                return response
            if response.is_redirect:
                await response.aclose()
                return self._instead(request, ToolServerError(Reason(ELSEWHERE), unsent=True))
            if response.status_code >= 400:
                return await self._refusal(request, response)
            if response.headers.get("content-type", "").lower().startswith("application/json"):
                await response.aread()
        except ExchangeError as error:
            return self._instead(request, error.failure)
        except ToolServerError as failure:
            return self._refused(request, failure.reason)
        except httpx2.HTTPError:
            return self._instead(
                request, ToolServerError(Reason(_("The connection ended before the answer did.")))
            )
        return response

    async def _send_signed(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """With the token of the sign-in, and once more where it has just expired: a request that was refused
        so has done nothing. Raises ToolServerError where the sign-in has ended."""
        if self._grant is None:
            return await super().send(request, **options)
        token = await self._grant.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = await super().send(request, **options)
        if response.status_code != 401:
            return response
        await response.aclose()
        request.headers["Authorization"] = f"Bearer {await self._grant.token(refused=token)}"
        return await super().send(request, **options)

    def _may_stream(self) -> bool:
        now = time.monotonic()
        if len(self._streams) == MOST_STREAMS and now - self._streams[0] < MINUTE:
            return False
        self._streams.append(now)
        return True

    async def _refusal(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        body = await read_some(response)
        await response.aclose()
        status, said = response.status_code, error_in(body)
        if (
            status in (400, 404)
            and SESSION in request.headers
            and (status == 404 or "session" in said.lower())
        ):
            self._over.set()
            return self._instead(request, ToolServerError(Reason(_("Its session ended.")), unsent=True))
        if status == 401 or (status == 403 and wants_more(response)):
            return self._refused(request, replace(refusal_of(status), sign_in=self._signs_in))
        if said and status not in (401, 403):
            return httpx2.Response(
                status, headers={"content-type": "application/json"}, content=body, request=request
            )
        return self._instead(request, ToolServerError(refusal_of(status)))

    def _refused(self, request: httpx2.Request, reason: Reason) -> httpx2.Response:
        """Nobody is served here until somebody signs in."""
        self.ended = reason
        self._over.set()
        return self._instead(request, ToolServerError(reason))

    def _instead(self, request: httpx2.Request, failure: ToolServerError) -> httpx2.Response:
        error = {"code": -32603, "message": "failed", "data": self._failures.add_failure(failure)}
        return httpx2.Response(502, json={"jsonrpc": "2.0", "id": None, "error": error}, request=request)


def refusal_of(status: int) -> Reason:
    match status:
        case 401 | 403:
            text = _("It needs a sign-in, or another one (status %(status)s).")
        case 404 | 405 | 406:
            text = _("Nothing at its address speaks the protocol of tool servers (status %(status)s).")
        case _:
            text = _("It answered with status %(status)s.")
    return Reason(text, {"status": status})


def wants_more(response: httpx2.Response) -> bool:
    """Whether the server asks for a sign-in with more rights than this one has."""
    return "insufficient_scope" in response.headers.get("www-authenticate", "")


async def read_some(response: httpx2.Response) -> bytes:
    body = b""
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST_REFUSAL:
                return b""
    except httpx2.HTTPError:
        return b""
    return body


def error_in(body: bytes) -> str:
    """The message of a JSON-RPC error; nothing where the body is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) and said.get("jsonrpc") == "2.0" else None
    return str(error.get("message") or "error") if isinstance(error, dict) else ""
