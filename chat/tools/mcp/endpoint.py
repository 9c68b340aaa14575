"""An address that speaks MCP over streamable HTTP. The SDK does the protocol; what fails on the way is
answered here in the server's place, since an exception would end the connection with all calls in it."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from django.utils.translation import gettext_lazy as _
from mcp.client.streamable_http import streamable_http_client

from chat.tools.mcp.connection import LARGEST_MESSAGE, Failures, Transport
from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.http import ExchangeError, HttpTransport
from chat.tools.mcp.reasons import Reason, ToolServerError

logger = logging.getLogger(__name__)

LARGEST_REFUSAL = 64 * 1024
MOST_STREAMS = 10
"""GET requests a minute. The SDK opens a stream anew whenever the server ends it, as often as that says."""
MINUTE = 60.0
SESSION = "mcp-session-id"


@asynccontextmanager
async def reach_endpoint(entry: Endpoint, seconds: float) -> AsyncGenerator[Transport]:
    """`seconds`: how long a call may take."""
    over = asyncio.Event()
    failures = Failures()

    async def why() -> Reason:
        return Reason(_("Its session ended."))

    client = EndpointClient(entry, seconds, failures, over)
    async with (
        client,
        streamable_http_client(entry.url, http_client=client, max_sse_event_size=LARGEST_MESSAGE) as (
            read,
            write,
        ),
    ):
        yield Transport(read, write, over, why, failures)


class EndpointClient(httpx2.AsyncClient):
    def __init__(self, entry: Endpoint, seconds: float, failures: Failures, over: asyncio.Event) -> None:
        own = {"User-Agent": "Divan", "Accept-Encoding": "identity"}
        super().__init__(
            transport=HttpTransport(entry, seconds),
            headers={**own, **dict(entry.headers)},
            timeout=None,
            trust_env=False,
        )
        self._failures = failures
        self._over = over
        self._streams: deque[float] = deque(maxlen=MOST_STREAMS)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Raises nothing."""
        if request.method == "GET" and not self._may_stream():
            return httpx2.Response(429, request=request)
        try:
            response = await super().send(request, **options)
            if request.method != "POST":
                return response
            if response.status_code >= 400:
                return await self._refusal(request, response)
            if response.headers.get("content-type", "").lower().startswith("application/json"):
                await response.aread()
        except ExchangeError as error:
            return self._instead(request, error.failure)
        except httpx2.HTTPError:
            return self._instead(
                request, ToolServerError(Reason(_("The connection ended before the answer did.")))
            )
        return response

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
        if said and status not in (401, 403):
            return httpx2.Response(
                status, headers={"content-type": "application/json"}, content=body, request=request
            )
        return self._instead(request, ToolServerError(refusal_of(status)))

    def _instead(self, request: httpx2.Request, failure: ToolServerError) -> httpx2.Response:
        error = {"code": -32603, "message": "failed", "data": self._failures.keep(failure)}
        return httpx2.Response(502, json={"jsonrpc": "2.0", "id": None, "error": error}, request=request)


def refusal_of(status: int) -> Reason:
    match status:
        case 401 | 403:
            text = _("It wants a sign-in, or another one (status %(status)s).")
        case 404 | 405 | 406:
            text = _("Nothing at its address speaks the protocol of tool servers (status %(status)s).")
        case _:
            text = _("It answered with status %(status)s.")
    return Reason(text, {"status": status})


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
