"""The transport that the SDKs of Google and Hugging Face are given: they build requests and read chunks, but
every byte goes through Divan's own session, and what reaches them is in the one form that all of them read.

Why: docs/decisions/0002-sdks-get-a-normalising-transport.md. In short, they die or fall silent on comments,
`data:` without a blank, several `data:` lines, U+2028, error bodies, web pages and errors in a stream.
Failures leave here as `ProviderError`, straight through the SDK.

Imports httpx2, and so is itself imported on first use.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from typing import Any

import httpx2

from core.json_text import dump_loose_json
from providers.connectors.shared.pacing import pace_events
from providers.connectors.shared.stream_parsing import event_payload
from providers.streaming import ALIVE
from providers.types import StreamEvent
from providers.wire.failures import error_of
from providers.wire.transport import EventReader, HttpAnswer, HttpSession

PLACEHOLDER_KEY = "hf_the-key-is-added-by-the-transport"
"""SDKs insist on a key; the real one never enters them, and so never their errors."""

CALL_HEADER = "x-divan-call"
"""Tells the transport which `SdkCall` a request belongs to; never sent on."""

_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "user-agent",
        CALL_HEADER,
        "x-goog-api-key",
    }
)
# JSON text holds these characters raw only inside strings; `str.splitlines` takes them for line ends.
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


TAKEN = 200
"""The status that an SDK is told. Refusals never reach it, and of others that are none, such as 204, an SDK
makes errors of its own."""


class SdkCall:
    """One streamed request through an SDK, which is given `headers` to send. Close it, whatever it did.

    `alive`: a chunk that says nothing, sent to the SDK for bytes that said nothing. `as_chunks` makes
    chunks of an answer that was not streamed; `is_whole` is then True. `mend` may change a chunk that the
    SDK could not read.
    """

    def __init__(
        self,
        transport: "SdkTransport",
        alive: bytes,
        *,
        as_chunks: Callable[[Any], Iterable[Any]] = lambda payload: [payload],
        mend: Callable[[Any], Any] = lambda payload: payload,
    ) -> None:
        self.headers = {CALL_HEADER: str(id(self))}
        self._calls = transport.calls
        self._calls[str(id(self))] = self
        self.server = transport.server
        self.alive = alive
        self.as_chunks = as_chunks
        self.mend = mend
        self.is_whole = False
        self.done = False
        """The server said `[DONE]`."""
        self._answer: HttpAnswer | None = None
        self._events: EventReader | None = None

    def expect_end(self) -> None:
        """The model has said how it ended: what is still to come may come or not."""
        if self._events is not None:
            self._events.lenient = True

    async def events(
        self,
        chunks: AsyncGenerator[Any],
        parse: Callable[[Any], Iterable[StreamEvent]],
        ended: Callable[[], Any],
    ) -> AsyncGenerator[StreamEvent]:
        """What the SDK's `chunks` say, as `parse` reads them. `ended`: whether the model has said how it
        ended. An answer that came as one piece is shown as if it had been streamed."""
        async with aclosing(chunks):
            async for chunk in chunks:
                events = parse(chunk) or (ALIVE,)
                if self.is_whole:
                    async for event in pace_events(events):
                        yield event
                else:
                    for event in events:
                        yield event
                if ended():
                    self.expect_end()

    def close(self) -> None:
        """Drops the connection, whatever the SDK still holds."""
        self._calls.pop(str(id(self)), None)
        if self._answer is not None:
            self._answer.close()

    async def chunks(self, answer: HttpAnswer) -> AsyncIterator[bytes]:
        """The body for the SDK: one line of JSON an event."""
        self._answer = answer
        shape = await answer.shape()
        if shape == "empty":
            return
        if shape == "json":
            self.is_whole = True
            for payload in self.as_chunks(self._checked(answer.parse(await answer.read_all()))):
                yield self._frame(payload)
            return
        self._events = EventReader(answer)
        while (batch := await self._events.next()) is not None:
            if not batch:
                yield self.alive
            for number, event in enumerate(batch):
                if number % 8 == 7:
                    # An SDK takes a third of a millisecond a chunk, and a fast server fills the buffer
                    # with a thousand of them: others get their turn in between.
                    await asyncio.sleep(0)
                if event.data == b"[DONE]":
                    self.done = True
                    await answer.drain()
                    return
                yield self._frame(self._checked(event_payload(event)))

    def _frame(self, payload: Any) -> bytes:
        data = dump_loose_json(self.mend(payload))
        for raw, escaped in _LINE_ENDS:
            if raw in data:
                data = data.replace(raw, escaped)
        return b"data: " + data + b"\n\n"

    def _checked(self, payload: Any) -> Any:
        if error := error_of(self.server, payload):
            raise error
        return payload


class SdkTransport(httpx2.AsyncBaseTransport):
    def __init__(self, http: HttpSession) -> None:
        self._http = http
        self.server = http.server
        self.base_url = http.base_url
        self.calls: dict[str, SdkCall] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        call = self.calls.get(request.headers.get(CALL_HEADER, ""))
        headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
        body = await request.aread()
        answer = await self._http.open(request.method, str(request.url), body or None, headers)
        if call is not None:
            return httpx2.Response(
                TAKEN,
                headers={"content-type": "text/event-stream"},
                stream=_Body(call.chunks(answer)),
                request=request,
            )
        try:
            content = await answer.read_all()
        finally:
            answer.close()
        payload = answer.parse(content)
        if error := error_of(self._http.server, payload):
            raise error
        return httpx2.Response(TAKEN, json=payload, request=request)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        """`SdkCall.close` does it, at a moment that does not depend on the SDK."""
