"""How somebody was let in, and whether that still holds: what stays open (sockets, streams of events) ends
when the session, the token or the account behind it does.

One look for all that is open, every few seconds, in every process: nothing has to be told to anybody, so
nothing can be lost on the way.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Literal

from channels.db import database_sync_to_async
from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import Error
from django.utils import timezone

from chatbot_project.account import sessions
from chatbot_project.models import ApiToken

logger = logging.getLogger(__name__)

LOOK_AGAIN = 3.0
"""Seconds. What is revoked ends after this and the time of a look, well within ten."""
AT_ONCE = 500
"""Values of one statement."""


@dataclass(frozen=True, slots=True)
class Admission:
    """`key`: of the session, or the token's digest. `password`: the session's mark of it."""

    user: int
    kind: Literal["session", "token"]
    key: str
    password: str = ""


def by_token(user: Any, token: str) -> Admission:
    return Admission(user.pk, "token", ApiToken.digest_of(token))


def by_session(user: Any, session: Any) -> Admission | None:
    """Who is logged in by the session's cookie; None where nobody is."""
    if user is None or not user.is_authenticated or not session.session_key:
        return None
    return Admission(user.pk, "session", session.session_key, session.get(HASH_SESSION_KEY, ""))


class Watch:
    """Everything that is open in this process, by how it was let in. Looks while there is something."""

    def __init__(self) -> None:
        self._open: dict[Admission, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._noted_again_at = 0.0

    @contextmanager
    def over(self, admission: Admission) -> Iterator[asyncio.Event]:
        """The event is set once the admission no longer holds."""
        ended = asyncio.Event()
        self._open[admission].add(ended)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield ended
        finally:
            left = self._open[admission]
            left.discard(ended)
            if not left:
                del self._open[admission]

    async def _run(self) -> None:
        while self._open:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self.look()
            except Error:
                # Who cannot be asked about stays: the next look asks again.
                logger.exception("Whether sessions and tokens still hold could not be looked up")

    async def look(self) -> None:
        asked = list(self._open)
        holding = await database_sync_to_async(find_holding, thread_sensitive=False)(asked)
        for admission in asked:
            if admission not in holding:
                for ended in self._open.get(admission, ()):
                    ended.set()
        await self._note_seen(holding)

    async def _note_seen(self, holding: set[Admission]) -> None:
        """Notes that those who only listen are there too."""
        if time.monotonic() < self._noted_again_at:
            return
        self._noted_again_at = time.monotonic() + sessions.NOTED_AGAIN
        note_seen = database_sync_to_async(sessions.note_seen, thread_sensitive=False)
        keys = list(_keys(holding, "session"))
        for start in range(0, len(keys), AT_ONCE):
            await note_seen(keys[start : start + AT_ONCE])


watch = Watch()


def find_holding(admissions: Iterable[Admission]) -> set[Admission]:
    """Those whose session or token is there, of an account that is active and has the same password."""
    asked = set(admissions)
    users = {user.pk: user for user in _rows(active_users(), "pk", {one.user for one in asked})}
    live = {row.session_key for row in _rows(live_sessions(), "session_key", _keys(asked, "session"))}
    tokens = {row.digest for row in _rows(ApiToken.working(), "digest", _keys(asked, "token"))}
    marks = {pk: user.get_session_auth_hash() for pk, user in users.items()}
    return {
        one
        for one in asked
        if one.user in users
        and (one.key in tokens if one.kind == "token" else one.key in live)
        and (one.kind == "token" or one.password == marks[one.user])
    }


def active_users() -> Any:
    return get_user_model()._default_manager.filter(is_active=True)


def live_sessions() -> Any:
    return Session.objects.filter(expire_date__gt=timezone.now())


def _keys(asked: set[Admission], kind: str) -> set[str]:
    return {one.key for one in asked if one.kind == kind}


def _rows(rows: Any, name: str, values: Iterable[object]) -> Iterator[Any]:
    wanted = list(values)
    for start in range(0, len(wanted), AT_ONCE):
        yield from rows.filter(**{f"{name}__in": wanted[start : start + AT_ONCE]})


async def while_it_holds(chunks: AsyncIterator[Any], admission: Admission) -> AsyncIterator[Any]:
    """The chunks of a response that streams, until the admission ends."""
    # One context for all steps, as if one task took them.
    context, loop = copy_context(), asyncio.get_running_loop()
    with watch.over(admission) as ended:
        over = asyncio.create_task(ended.wait())
        step: asyncio.Task[Any] | None = None
        try:
            while not over.done():
                step = loop.create_task(_next(chunks), context=context)
                await asyncio.wait({step, over}, return_when=asyncio.FIRST_COMPLETED)
                if not step.done():
                    return
                chunk = step.result()
                if chunk is None:
                    return
                yield chunk
        finally:
            over.cancel()
            await _close(chunks, step)


async def _next(chunks: AsyncIterator[Any]) -> Any:
    return await anext(chunks, None)


async def _close(chunks: AsyncIterator[Any], step: "asyncio.Task[Any] | None") -> None:
    if step is not None and not step.done():
        step.cancel()
        await asyncio.wait({step})
    if (close := getattr(chunks, "aclose", None)) is not None:
        await close()


class HeldSocket:
    """An ASGI application for a WebSocket that ends it, with `code`, when the admission does."""

    def __init__(self, inner: Any, admission: Admission, code: int) -> None:
        self.inner = inner
        self.admission = admission
        self.code = code

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        with watch.over(self.admission) as ended:
            closing = asyncio.create_task(self._close_when(ended, send))
            waiting: list[asyncio.Task[Any]] = []

            async def receive_until_ended() -> Any:
                step = waiting.pop() if waiting else asyncio.ensure_future(receive())
                try:
                    await asyncio.wait({step, closing}, return_when=asyncio.FIRST_COMPLETED)
                except asyncio.CancelledError:
                    step.cancel()
                    raise
                if step.done():
                    return step.result()
                waiting.append(step)
                return {"type": "websocket.disconnect", "code": self.code}

            async def send_until_ended(event: Any) -> None:
                if not ended.is_set():
                    await send(event)

            try:
                await self.inner(scope, receive_until_ended, send_until_ended)
            finally:
                for task in (closing, *waiting):
                    task.cancel()

    async def _close_when(self, ended: asyncio.Event, send: Any) -> None:
        await ended.wait()
        await send({"type": "websocket.close", "code": self.code})
