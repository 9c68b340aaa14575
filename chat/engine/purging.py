"""The trash is emptied once a day, by whichever process comes first, and soon after a start if it is due.
Copies of what lies on other machines each machine removes itself, once nobody has used them for a day, and so
it does with its files of vectors once they are of a past state."""

import asyncio
import logging
import threading
import time

from django.conf import settings

from chat.engine.supervision import keep_running
from chat.engine.threads import with_connections_closed
from conversations import attachments
from conversations.attachments import AttachmentStore
from conversations.purge import DAY, purge_if_due
from conversations.store.base import Store
from core.originals.choice import home_of_all, originals_in
from rag import access, files

logger = logging.getLogger(__name__)

LOOK_AGAIN = 1800.0
"""Seconds between two looks whether a day has passed."""


class Purging:
    def __init__(self, store: Store, attachments: AttachmentStore) -> None:
        self._store = store
        self._attachments = attachments
        self._task: asyncio.Task[None] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        self._task = keep_running("Emptying the trash", self._run)

    async def aclose(self) -> None:
        if self._task is not None:
            # Its thread would hold up the end of the process.
            self._stopped.set()
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        while True:
            try:
                purged = await asyncio.to_thread(
                    with_connections_closed,
                    purge_if_due,
                    self._store,
                    self._attachments,
                    self._stopped.is_set,
                )
                await asyncio.to_thread(sweep_copies)
                await asyncio.to_thread(with_connections_closed, access.sweep_vectors)
            except Exception:
                # A disk that went away, a database that is locked: tried again.
                logger.exception("The trash could not be emptied")
            else:
                if purged is not None and (purged.conversations or purged.attachments):
                    logger.info(
                        "%d conversations and %d attachments were removed for ever",
                        len(purged.conversations),
                        len(purged.attachments),
                    )
            await asyncio.sleep(LOOK_AGAIN)


def sweep_copies() -> None:
    if home_of_all() is not None:
        yesterday = time.time() - DAY.total_seconds()
        for place in (attachments.PLACE, files.PLACE):
            originals_in(settings.DATA_DIR, place).sweep(yesterday)
