import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

from chat.protocol.errors import DATABASE_AWAY

logger = logging.getLogger(__name__)

GATHERED = 0.25
"""Seconds over which changed conversations are gathered: one transaction then serves them all."""
GATHERED_WHILE_BUSY = 1.5
"""The same while answers stream, of what may wait: of a conversation its beginning and end may then be
written together."""
CONNECTION_KEPT = 10.0
"""Seconds without a change after which the thread gives its connection back."""

WriteIndex = Callable[[list[str]], object]


class IndexWriter:
    """Brings the database's index up to the files, in a thread and over a connection of its own. An error is
    logged and costs nothing but rows: the files are the truth, and the next change or `reindex_chats` makes
    it good. `is_busy`: whether writing had better wait a little."""

    def __init__(self, write: WriteIndex, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._write = write
        self._is_busy = is_busy
        self._thread = ThreadPoolExecutor(1, "index")
        self._changed: set[str] = set()
        self._is_urgent = False
        """Whether something has changed that may not wait."""
        self._round: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._is_gathering_more = False
        self._closing: asyncio.TimerHandle | None = None
        self._is_closed = False

    def note_change(self, conversation: str, *, may_wait: bool = False) -> None:
        """The conversation's file has grown: it is written soon, together with others; where it `may_wait`,
        not before others have gathered while answers stream."""
        self._changed.add(conversation)
        if not may_wait and not self._is_urgent:
            self._is_urgent = True
            if self._is_gathering_more:
                asyncio.get_running_loop().call_later(GATHERED, self._hurry.set)
        if self._round is None:
            self._begin_round()

    async def wait_until_written(self) -> None:
        """Returns when all that had changed by now is in the database; what changes meanwhile is not waited
        for."""
        for _ in ("what is being written", "what has changed since"):
            if self._round is not None:
                self._hurry.set()
                await asyncio.wait({self._round})

    async def aclose(self) -> None:
        while self._round is not None:
            await self.wait_until_written()
        self._keep_connection()
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(connections.close_all)
            await asyncio.to_thread(self._thread.shutdown)

    def _begin_round(self) -> None:
        self._keep_connection()
        self._hurry.clear()
        self._round = asyncio.create_task(self._write_gathered())

    async def _write_gathered(self) -> None:
        await self._gather(GATHERED)
        if not self._is_urgent and self._is_busy():
            self._is_gathering_more = True
            await self._gather(GATHERED_WHILE_BUSY - GATHERED)
            self._is_gathering_more = False
        changed, self._changed, self._is_urgent = sorted(self._changed), set(), False
        writing = asyncio.get_running_loop().run_in_executor(
            self._thread, write_reconnecting, self._write, changed
        )
        await asyncio.wait({writing})
        if (failure := writing.exception()) is not None:
            logger.error("The index could not be written", exc_info=failure)
        self._round = None
        if self._changed:
            self._begin_round()
        else:
            give_back = asyncio.get_running_loop().call_later
            self._closing = give_back(CONNECTION_KEPT, self._thread.submit, connections.close_all)

    async def _gather(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass

    def _keep_connection(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None


def write_reconnecting(write: WriteIndex, changed: list[str]) -> None:
    """A connection that was lost since it was last used is no failure: it is made anew, once."""
    try:
        write(changed)
    except DATABASE_AWAY:
        if connection.is_usable():
            raise
        connections.close_all()
        write(changed)
