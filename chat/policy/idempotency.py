"""Conversations that a client begins with a message of its own id: asked for twice, they are begun once.

The end of such a conversation's id follows from what was asked. So its file says that it is there: also to
another process, and after a restart.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

import orjson

from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy.access import User, access_conversation
from chat.protocol import commands
from chat.protocol.errors import NotFoundError
from conversations.ids import hash_to_ending, new_conversation_id
from conversations.store.choice import in_postgresql
from core.times import CLOCKS_APART

LATELY = 600
"""Seconds within which the same asking again is a repetition."""

ASK_AGAIN = 0.02
"""Seconds. A thread that waited for the lock could be one that its holder in another process waits for."""

_beginning: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def derive_ending(user: User, command: commands.Send | commands.Dialogue) -> str:
    """Empty where the client left the choice of the message's id to the server."""
    if command.id is None:
        return ""
    asked = command.model_dump(mode="json", exclude={"ref"}, exclude_unset=True)
    return hash_to_ending(orjson.dumps([user.owner_id, asked], option=orjson.OPT_SORT_KEYS))


@asynccontextmanager
async def begin_once(user: User, end: str, *, temporary: bool = False) -> AsyncIterator[Room | None]:
    """What was begun lately under that ending, if anything; nobody else begins it meanwhile."""
    if not end:
        yield None
        return
    lock = _beginning.setdefault(end, asyncio.Lock())
    async with lock, held_by_one_process(end):
        yield await find_begun(user, end, temporary=temporary)


@asynccontextmanager
async def held_by_one_process(end: str) -> AsyncIterator[None]:
    engine = current_engine()
    while not engine.broadcast.alone:
        beginning = engine.store.try_beginning(end)
        # In threads: a database may be slow to answer, or away.
        is_held = await asyncio.to_thread(beginning.__enter__)
        try:
            if is_held:
                yield
                return
        finally:
            await asyncio.to_thread(beginning.__exit__, None, None, None)
        await asyncio.sleep(ASK_AGAIN)
    yield


async def find_begun(user: User, end: str, *, temporary: bool) -> Room | None:
    ids = ids_of_lately(end, datetime.now(UTC), ahead=CLOCKS_APART if in_postgresql() else 0)
    found = await asyncio.to_thread(current_engine().rooms.first_known, ids, temporary=temporary)
    try:
        return None if found is None else await access_conversation(user, found)
    except NotFoundError:
        return None


def ids_of_lately(end: str, now: datetime, *, ahead: int) -> list[str]:
    """Of all conversations that may have been begun within `LATELY`; `ahead`: seconds by which the clock of
    another machine may be before ours."""
    return [new_conversation_id(now - timedelta(seconds=ago), end) for ago in range(-ahead, LATELY)]
