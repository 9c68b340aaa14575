import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chat.engine.threads import with_connections_closed

logger = logging.getLogger(__name__)

GATHERED = 0.25
"""Seconds over which changed conversations are gathered: one transaction then serves them all."""

WriteIndex = Callable[[list[str]], object]


class IndexWriter:
    """Brings the database's index up to the files, in a thread of its own. An error is logged and costs
    nothing but rows: the files are the truth, and the next change or `reindex_chats` makes it good."""

    def __init__(self, write: WriteIndex) -> None:
        self._write = write
        self._thread = ThreadPoolExecutor(1, "index")
        self._changed: set[str] = set()
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def changed(self, conversation: str) -> None:
        self._changed.add(conversation)
        if self._writing is None:
            self._hurry.clear()
            self._writing = asyncio.create_task(self._write_until_settled())

    async def settled(self) -> None:
        """Returns when all that has changed is in the database."""
        while self._writing is not None:
            self._hurry.set()
            await asyncio.wait({self._writing})

    async def aclose(self) -> None:
        await self.settled()
        await asyncio.to_thread(self._thread.shutdown)

    async def _write_until_settled(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(GATHERED):
                await self._hurry.wait()
        except TimeoutError:
            pass
        while self._changed:
            changed, self._changed = sorted(self._changed), set()
            writing = loop.run_in_executor(self._thread, with_connections_closed, self._write, changed)
            await asyncio.wait({writing})
            if (failure := writing.exception()) is not None:
                logger.error("The index could not be written", exc_info=failure)
        self._writing = None
