"""An answer's record, written as soon as the disk takes it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.room import Room
from conversations.errors import DeclaredDeadError, MessageExistsError, StorageError
from conversations.records import AnswerMessage
from conversations.store.base import Journal
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds between two tries; each is twice the one before."""


async def append_until_kept(
    room: Room,
    record: AnswerMessage,
    writer: JournalWriter,
    journal: Journal | None,
    tell: Callable[[bool], None],
    last_try: asyncio.Event,
) -> None:
    """On disk and shown, and its journal gone, when this returns. `tell` hears False while it waits, and True
    in the end. Raises StorageError where the disk refuses it once `last_try` is set, and what else a room
    raises at once; the journal is then as it was."""
    pause = FIRST_PAUSE
    while True:
        try:
            await append_and_end(room, record, writer, journal)
        except MessageExistsError:
            # The system said no to what was nevertheless written, or another process wrote it.
            await room.catch_up()
            if journal is not None:
                await writer.close(journal, remove=True)
        except DeclaredDeadError:
            # Another process has ended it: what it wrote is there, and is shown.
            continue
        except StorageError as error:
            if last_try.is_set():
                raise
            logger.warning("An answer cannot be written to its file yet: %s", error)
            tell(False)
            with suppress(TimeoutError):
                await asyncio.wait_for(last_try.wait(), pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        tell(True)
        return


async def append_and_end(
    room: Room, record: AnswerMessage, writer: JournalWriter, journal: Journal | None
) -> None:
    """In one step: of a hundred answers that end together each waits once for a thread."""
    if journal is None:
        await room.append(record)
        return
    async with writer.ending(journal) as remove:
        await room.append_then([record], remove)
