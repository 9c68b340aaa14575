"""Holds bodies to their limits under any ASGI server, by what they say of their length and as they come."""

from collections.abc import Mapping
from typing import Any

from chat.protocol.errors import ChatError
from chatbot_project.bodies.blocks import Application, Message, Receive
from chatbot_project.bodies.limits import BodyLimits, is_known, limits_of
from chatbot_project.bodies.refusals import refusal_of


def bounded_bodies(application: Application) -> Application:
    async def door(scope: Message, receive: Receive, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        bounded = _Bounded(receive, limits_of(scope["method"], scope["path"]), headers)
        if await bounded.allows(_said_size(headers)):
            await application(scope, bounded, send)
        if bounded.error is not None:
            status, answered, body = refusal_of(bounded.error, scope["path"], headers)
            await send({"type": "http.response.start", "status": status, "headers": answered})
            await send({"type": "http.response.body", "body": body})

    return door


def _said_size(headers: Mapping[str, str]) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


class _Bounded:
    """`receive`, counted. Who it is that sends is only asked for when they send more than anyone may. A body
    that is too large ends for the application as if its client had left; `error` says why."""

    def __init__(self, receive: Receive, limits: BodyLimits, headers: Mapping[str, str]) -> None:
        self._receive = receive
        self._limits = limits
        self._headers = headers
        self._most = limits.anyone
        self._size = 0
        self.error: ChatError | None = None

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if not await self.allows(self._size):
                return {"type": "http.disconnect"}
        return message

    async def allows(self, size: int) -> bool:
        if size <= self._most:
            return True
        if self._most < self._limits.known and size <= self._limits.known and await is_known(self._headers):
            self._most = self._limits.known
            return True
        self.error = self._limits.refusal(size)
        return False
