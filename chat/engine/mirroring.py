"""Copies of conversations as files (MIRROR_FILES) follow them, in a thread of the process that keeps them."""

import asyncio
import logging
import threading

from chat.engine.supervision import keep_running
from conversations.errors import StorageError
from conversations.mirror.choice import current_mirror
from conversations.mirror.mirror import Mirror
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

LOOK_AGAIN = 15.0
"""Seconds between two looks at what has changed: the copies are to follow within a minute."""


class Mirroring:
    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Nothing begins where no copies are wanted. Raises OSError where their place cannot be used at
        all."""
        mirror = current_mirror()
        if mirror is not None:
            self._task = keep_running("Mirroring conversations", lambda: self._run(mirror))

    async def aclose(self) -> None:
        if self._task is not None:
            # Its thread would hold up the end of the process.
            self._stopped.set()
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self, mirror: Mirror) -> None:
        while True:
            try:
                await asyncio.to_thread(mirror.look, self._stopped.is_set)
            except (OSError, StorageError) as error:
                logger.warning("Conversations could not be mirrored, which is tried again: %s", error)
            await asyncio.sleep(LOOK_AGAIN)
