"""Files that other programs put into the folder of conversations, change or remove, while the server runs."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from chat.engine.activity import Activity
from chat.engine.index_writer import IndexWriter
from chat.engine.room import Room
from chat.engine.rooms import Rooms
from chat.engine.supervision import keep_running
from chat.engine.threads import with_connections_closed
from conversations.errors import ConversationNotFoundError
from conversations.index.folder_watch import FolderChanges, FolderWatch, take_in
from conversations.models import Conversation
from conversations.settings import LISTED
from conversations.store.base import Store
from core.times import timestamp

logger = logging.getLogger(__name__)

LEAST = 2.0
"""Seconds between two looks."""
SHARE, SHARE_ON_SUSPICION = 0.01, 0.05
"""Of one processor: the time that looking may take. At 100,000 files a look takes half a second, and comes
every minute; every ten seconds while files come and go."""
BATCH = 100
PATIENCE = 3.0
"""Seconds that a list waits for the first look."""


class FileWatch:
    """Looks at the folder from `start` on. `drop_conversation` is called with the id of a conversation whose
    file is gone."""

    def __init__(
        self,
        store: Store,
        index: IndexWriter,
        rooms: Rooms,
        activity: Activity,
        drop_conversation: Callable[[str], None],
    ) -> None:
        self._store = store
        self._index = index
        self._rooms = rooms
        self._activity = activity
        self._drop_conversation = drop_conversation
        self._watch = FolderWatch(store)
        self._task: asyncio.Task[None] | None = None
        self._looked = asyncio.Event()

    async def wait_for_first_look(self) -> None:
        """Waits, just after a start, for what changed while no server ran: not long, it may be much."""
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), PATIENCE)

    def start(self) -> None:
        self._task = keep_running("Looking at the folder of conversations", self._run)

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def look(self) -> float:
        """Takes in what has changed. Returns the seconds that the looking took, without the taking in."""
        began = time.perf_counter()
        found = await asyncio.to_thread(with_connections_closed, self._watch.look)
        took = time.perf_counter() - began
        for start in range(0, len(found), BATCH):
            await self._index.wait_until_written()
            batch = found[start : start + BATCH]
            news = await asyncio.to_thread(with_connections_closed, take_in, self._store, batch)
            self._tell(news)
            await self._show(batch)
        return took

    async def _run(self) -> None:
        while True:
            took = 0.0
            try:
                took = await self.look()
            except Exception:
                # A disk that went away, a database that is locked: looked at again, and from the beginning.
                logger.exception("The folder of conversations could not be looked at")
                self._watch.forget_known()
            self._looked.set()
            await self._rest(took)

    async def _rest(self, took: float) -> None:
        looked = time.monotonic()
        while True:
            await asyncio.sleep(LEAST)
            share = SHARE_ON_SUSPICION if await asyncio.to_thread(self._watch.suspects) else SHARE
            if time.monotonic() - looked >= took / share:
                return

    def _tell(self, news: FolderChanges) -> None:
        for conversation, owner in news.gone:
            self._drop_conversation(conversation)
            self._activity.show_change(conversation, owner, {"removed": True})
        for row in news.changed:
            self._activity.show_change(row.id, row.owner, fields_of(row))

    async def _show(self, changed: Sequence[str]) -> None:
        """To those who have them open. Also what the index knew already: opening one brings it up too."""
        opened = [room for one in changed if (room := self._rooms.find_loaded(one)) is not None]
        for room in await asyncio.to_thread(rooms_behind, opened):
            with suppress(ConversationNotFoundError):
                await room.catch_up()


def rooms_behind(rooms: Sequence[Room]) -> list[Room]:
    """The rooms whose files have grown. Most changes are our own answers, which their rooms have shown."""
    return [room for room in rooms if room.file.is_behind()]


def fields_of(row: Conversation) -> dict[str, Any]:
    return {"updated": timestamp(row.updated), **{name: getattr(row, name) for name in LISTED}}
