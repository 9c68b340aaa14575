import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections

logger = logging.getLogger(__name__)


class IndexWriter:
    """Writes the database's index of the files, one after the other in a thread of its own. An error is
    logged and costs nothing but the row: the files are the truth, `reindex_chats` makes it good."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "index")
        self._waiting: set[asyncio.Future[None]] = set()

    def submit(self, work: Callable[..., Any], *args: Any) -> None:
        future = asyncio.get_running_loop().run_in_executor(self._thread, guarded, work, *args)
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)

    async def settled(self) -> None:
        """Returns when all that was submitted is in the database."""
        if self._waiting:
            await asyncio.wait(self._waiting)

    async def aclose(self) -> None:
        await self.settled()
        await asyncio.to_thread(self._thread.shutdown)


def guarded(work: Callable[..., Any], *args: Any) -> None:
    close_old_connections()
    try:
        work(*args)
    except Exception:
        logger.exception("The index could not be written")
    finally:
        close_old_connections()
