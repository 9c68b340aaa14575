"""The bodies of requests, block by block from where Twisted put them: memory, or a file on disk.

Daphne would put all blocks of a body into its queue at once: an upload of a gigabyte would stand in memory,
and nothing else would move until it does.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

BODY = "divan.body"
"""Where the scope of a request carries its body."""
BLOCK = 1 << 20

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Any], Awaitable[None]]


class Body:
    """ASGI's `receive` for a request: the body, then what comes after it."""

    def __init__(self, body: BinaryIO, receive: Receive) -> None:
        self._body = body
        self._receive = receive
        self._more = True
        body.seek(0)

    async def __call__(self) -> Message:
        if self._more:
            block = await self._block()
            self._more = len(block) == BLOCK
            return {"type": "http.request", "body": block, "more_body": self._more}
        while (message := await self._receive())["type"] == "http.request":
            pass
        return message

    async def _block(self) -> bytes:
        if isinstance(self._body, io.BytesIO):
            return self._body.read(BLOCK)
        return await asyncio.to_thread(self._body.read, BLOCK)


def reading_bodies(application: Application) -> Application:
    async def wrapped(scope: Message, receive: Receive, send: Any) -> None:
        body = scope.pop(BODY, None)
        await application(scope, receive if body is None else Body(body, receive), send)

    return wrapped
