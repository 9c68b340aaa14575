"""A WebSocket client that keeps every event, as a page would."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Event = dict[str, Any]


class Wire:
    """`events` holds all that came, in order. `closed` is the close code once the socket is closed."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self.closed: int | None = None
        self._refs = itertools.count(1)
        self._news = asyncio.Condition()

    async def read(self) -> None:
        try:
            async for frame in self.connection:
                loaded = json.loads(frame)
                await self._tell(loaded if isinstance(loaded, list) else [loaded])
        except ConnectionClosed:
            pass
        finally:
            self.closed = self.connection.close_code
            await self._tell([])

    async def _tell(self, events: list[Event]) -> None:
        async with self._news:
            self.events.extend(events)
            self._news.notify_all()

    async def post(self, command: str, **fields: Any) -> str:
        """Sends a command without waiting; returns its `ref`."""
        ref = f"r{next(self._refs)}"
        await self.connection.send(json.dumps({"type": command, "ref": ref, **fields}))
        return ref

    async def ask(self, command: str, *, seconds: float = 10, **fields: Any) -> Event:
        """Sends a command and returns its `ack`, `snapshot` or `error`."""
        ref = await self.post(command, **fields)
        return await self.until(lambda event: event.get("ref") == ref, seconds=seconds)

    async def until(self, wanted: Callable[[Event], object], *, seconds: float = 10, after: int = 0) -> Event:
        """The first event from index `after` on that is `wanted`, waiting for it if need be. Raises
        TimeoutError, or ConnectionError where the socket closed without it."""
        seen = after
        async with asyncio.timeout(seconds), self._news:
            while True:
                for event in self.events[seen:]:
                    if wanted(event):
                        return event
                seen = max(seen, len(self.events))
                if self.closed is not None:
                    raise ConnectionError(f"the socket closed with {self.closed}")
                await self._news.wait()

    async def answer(self, message: str, *, seconds: float = 20) -> Event:
        """The durable record of an answer, once it has ended."""
        event = await self.until(
            lambda event: event["type"] == "record" and event["record"].get("id") == message, seconds=seconds
        )
        record: Event = event["record"]
        return record

    def text(self, message: str, part: str = "text") -> str:
        """What the deltas of an answer add up to so far."""
        return "".join(
            event["text"]
            for event in self.events
            if event["type"] == "delta" and event["message"] == message and event["part"] == part
        )


@asynccontextmanager
async def wire(url: str, **headers: str) -> AsyncIterator[Wire]:
    """Connects as a page of the same site would: with its Origin, unless another is given."""
    origin = headers.pop("Origin", url.replace("ws://", "http://").split("/ws/")[0])
    # All that still comes at the end is taken. Else the server's close, which stands behind it, is waited for
    # and given up after ten seconds.
    whole: Any = {"max_size": None, "max_queue": None}
    async with connect(url, origin=origin, additional_headers=headers, **whole) as connection:  # type: ignore[arg-type]
        client = Wire(connection)
        reading = asyncio.create_task(client.read())
        try:
            yield client
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
