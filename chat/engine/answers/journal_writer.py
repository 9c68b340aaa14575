import asyncio
import logging

from conversations.errors import StoreError
from conversations.files.journal import Journal

logger = logging.getLogger(__name__)

INTERVAL = 0.05
"""Seconds that a shown delta may be missing from its journal; docs/architecture.md promises 0.2."""


class JournalWriter:
    """Writes the journals of all streaming answers together, in a thread: the token path never waits for
    the disk, and a hundred streams cost one hop each INTERVAL instead of a hundred."""

    def __init__(self) -> None:
        self._lines: dict[Journal, list[str]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, journal: Journal, line: str) -> None:
        self._lines.setdefault(journal, []).append(line)
        if self._task is None:
            self._task = asyncio.create_task(self._write_until_empty())

    async def close(self, journal: Journal, *, remove: bool) -> None:
        """Ends a journal: without it where its record is in the file (`remove`), else with all its lines."""
        lines = self._lines.pop(journal, [])
        if self._task is not None:
            await asyncio.wait({self._task})
        await asyncio.to_thread(finish, journal, "" if remove else "".join(lines), remove)

    async def _write_until_empty(self) -> None:
        await asyncio.sleep(INTERVAL)
        lines, self._lines = self._lines, {}
        try:
            await asyncio.to_thread(write_all, lines)
        finally:
            self._task = asyncio.create_task(self._write_until_empty()) if self._lines else None


def write_all(lines: dict[Journal, list[str]]) -> None:
    for journal, waiting in lines.items():
        try:
            journal.write("".join(waiting).encode())
        except StoreError:
            logger.exception("A journal could not be written")


def finish(journal: Journal, rest: str, remove: bool) -> None:
    try:
        if rest:
            journal.write(rest.encode())
        if remove:
            journal.remove()
        else:
            journal.close()
    except StoreError:
        logger.exception("A journal could not be closed")
