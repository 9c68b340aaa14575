import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakSet

import orjson
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils import translation

from chat.doors.dispatch import Session, answer_command
from chat.engine import current_engine
from chat.engine.draining import draining
from chat.engine.frames import make_frame
from chat.engine.reader import Reader
from chat.policy.rate_limits import count_request
from chat.protocol.errors import ChatError, InvalidError, TooLargeError, map_store_errors
from chat.protocol.events import OFFERS, PROTOCOL, SENDS_TOGETHER
from core.times import timestamp

logger = logging.getLogger(__name__)

UNAUTHENTICATED = 4401
INTERNAL = 1011
RESTARTING = 1012
TRY_LATER = 1013
FRAME_OVERHEAD = 64 * 1024
"""Bytes that a command may be longer than its text."""
TOGETHER = 32 * 1024
"""Characters of messages that are sent together: more is sent only as the client reads."""

_sockets: WeakSet["ChatConsumer"] = WeakSet()


async def close_sockets(code: int) -> None:
    """All of this process; one that is gone already hinders no other."""
    await asyncio.gather(*(socket.close(code) for socket in list(_sockets)), return_exceptions=True)


def count_sockets() -> int:
    """How many sockets of this process are open."""
    return len(_sockets)


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One page's socket. Parses and passes on; it owns nothing but what it has still to send."""

    channel_layer_alias = ""
    """None: news comes to the reader, not over the layer."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels hops to a thread before each message to close old database connections. Nothing here
        holds one, and at a hundred sockets those hops delay the first word of an answer."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.session: Session | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        # All that comes over the socket is answered in this task.
        translation.activate(self.scope["language"])
        await self.accept()
        user = self.scope.get("user")
        if self.scope["refused"] is not None:
            await self.close(self.scope["refused"])
        elif draining.has_begun:
            await self.close(RESTARTING)
        elif user is None or not user.is_authenticated:
            await self.close(UNAUTHENTICATED)
        else:
            _sockets.add(self)
            self.session = Session(user, Reader())
            ready = {
                "type": "ready",
                "protocol": PROTOCOL,
                "user": user.username,
                "server_time": timestamp(),
                "offers": OFFERS,
            }
            self.session.reader.put(make_frame(ready))
            self.tasks = {
                asyncio.create_task(self.send_frames(self.session)),
                asyncio.create_task(self.close_when_overflowed(self.session.reader)),
            }

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.session is None:
            return
        # Who does not read what was asked for is told no more of it.
        await self.session.reader.wait_for_room()
        event = await self.answer_frame(self.session, text_data)
        if event is not None:
            self.session.reader.put(make_frame(event))

    async def answer_frame(self, session: Session, text: str | None) -> Mapping[str, Any] | None:
        fields: Any = None
        try:
            # Also what is no command: to refuse it costs as much.
            await count_request(session.user.owner_id)
            fields = parse_frame(text)
            if len(text or "") > settings.MAX_TEXT_BYTES + FRAME_OVERHEAD:
                raise TooLargeError
            with map_store_errors():
                return await answer_command(session, fields)
        except ChatError as error:
            return error_event(error, fields)
        except Exception:
            logger.exception("A command failed")
            return error_event(ChatError(), fields)

    async def send_frames(self, session: Session) -> None:
        try:
            await self.send_until_closed(session)
        except Exception:
            logger.exception("A socket could not be sent to")
            await self.close(INTERNAL)

    async def send_until_closed(self, session: Session) -> None:
        reader = session.reader
        while not reader.overflowed:
            await self.send_messages(list(session.write(await reader.take_frames())))
            if reader.waiting:
                # Sending waits only where the client does not read; without this a busy reader would keep
                # the loop to itself.
                await asyncio.sleep(0)

    async def send_messages(self, texts: Sequence[str]) -> None:
        """In order. A turn that begins is told in several short ones at once."""
        together = SENDS_TOGETHER in (self.scope.get("extensions") or {})
        if together and len(texts) > 1 and sum(map(len, texts)) <= TOGETHER:
            await self.base_send({"type": "websocket.send", "text": texts[0], "following": texts[1:]})
            return
        for text in texts:
            await self.base_send({"type": "websocket.send", "text": text})

    async def close_when_overflowed(self, reader: Reader) -> None:
        """By then sending may wait for a client that will never read."""
        await reader.wait_for_overflow()
        await self.close(TRY_LATER)

    async def disconnect(self, code: int) -> None:
        _sockets.discard(self)
        if self.session is not None:
            self.session.leave_all(current_engine())
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        # Those that were cancelled know the socket that knows them.
        self.tasks.clear()


def parse_frame(text: str | None) -> dict[str, Any]:
    if text is None:
        raise InvalidError
    try:
        fields = orjson.loads(text)
    except ValueError as error:
        raise InvalidError from error
    if not isinstance(fields, dict):
        raise InvalidError
    return fields


def error_event(error: ChatError, fields: Any) -> Mapping[str, Any]:
    event: dict[str, Any] = {"type": "error", **error.fields()}
    if isinstance(fields, dict):
        event |= {name: fields[name] for name in ("ref", "conversation") if isinstance(fields.get(name), str)}
    if error.retry_after is not None:
        event["retry_after"] = error.retry_after
    return event
