import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chat.engine.answers.life import CutShort
from conversations.errors import StoreError
from conversations.records import AnswerHeader
from conversations.store.base import Journal, Journals
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

INTERVAL = 0.05
"""Seconds that a shown delta may be missing from its journal; docs/architecture.md promises 0.2."""
LONGEST_PAUSE = 2.0
"""Seconds between two tries to write what the disk refused; each pause is twice the one before."""
MOST_KEPT = 16 * 1024 * 1024
"""Characters of one journal that wait for the disk in memory. Beyond, the oldest are given up."""

SHOWN_INTERVAL = 0.015
"""Seconds from the end of one writing to the next, where nothing is shown before it is written: the longer it
takes, the more goes into the next."""
SHOWN_AT_LAST = 2.0
"""Seconds after which it is shown all the same, and said that it is not saved."""

Tell = Callable[[bool], None]
Stop = Callable[[CutShort], None]
Show = Callable[[], object]


@dataclass(slots=True)
class Refusal:
    """The disk did not take a journal's lines: not tried again before `until`, by the loop's clock."""

    pause: float
    until: float


class JournalWriter:
    """Writes the journals of all streaming answers together: from the loop itself where their home can, else
    in one thread that nothing else waits in. The token path never waits for the disk, and a hundred streams
    cost one hop each INTERVAL instead of a hundred. What the disk refuses stays in memory and is tried
    again."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals
        self._lines: dict[Journal, list[str]] = {}
        self._shows: dict[Journal, list[Show]] = {}
        """What is done once the lines that wait are written."""
        self._next = 0.0
        """When it is written again, by the loop's clock."""
        self._writing: Mapping[Journal, list[str]] = {}
        self._refused: dict[Journal, Refusal] = {}
        self._watching: dict[Journal, tuple[Tell, Stop]] = {}
        self._syncing: dict[Journal, asyncio.Task[bool]] = {}
        self._task: asyncio.Task[None] | None = None
        self._in_loop = journals.loop_writer()
        # The loop's own threads may all be waiting for a slow disk's fsync.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journals")

    def watch(self, journal: Journal, tell: Tell, stop: Stop) -> None:
        """`tell` hears False when lines wait because the disk refuses them, and True when all are written.
        `stop` is called where another process has ended the answer."""
        self._watching[journal] = tell, stop

    async def aclose(self) -> None:
        """What is being written is waited for; what is refused stays where it is."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=SHOWN_AT_LAST)
        if self._in_loop is not None:
            self._in_loop.close()

    @property
    def writes_first(self) -> bool:
        """Whether what streams is to be shown only once it is written (`add` with `show`)."""
        return self._journals.write_first

    def add(self, journal: Journal, line: str, show: Show | None = None) -> None:
        """`show`: called when the line is written; where it is refused, once that was told. Never where
        another process has ended the answer, or its record is written first."""
        self._lines.setdefault(journal, []).append(line)
        if show is not None:
            self._shows.setdefault(journal, []).append(show)
            if journal in self._refused:
                self._show(journal)
        if self._task is None:
            self._task = asyncio.create_task(self._write_until_empty())

    async def sync(self, journal: Journal) -> None:
        """Returns when all that was added is on disk to outlive a power cut; where the disk refuses it, not
        before it takes it."""
        synced = await asyncio.shield(self._begin_sync(journal))
        while not synced:
            await asyncio.sleep(LONGEST_PAUSE)
            synced = await asyncio.shield(self._begin_sync(journal))

    async def close(self, journal: Journal, *, remove: bool) -> None:
        """Ends a journal: without it where its record is in the file (`remove`), else with all its lines."""
        await self._wait_for_writing(journal)
        lines = self._lines.pop(journal, [])
        self._shows.pop(journal, None)
        self._refused.pop(journal, None)
        self._watching.pop(journal, None)
        await asyncio.to_thread(finish_journal, journal, "" if remove else "".join(lines), remove)

    @asynccontextmanager
    async def ending(self, journal: Journal) -> AsyncIterator[Callable[[], None]]:
        """While the answer's record is written. Gives what then removes the journal, in whichever thread:
        nothing writes it meanwhile. Where the block raises, it goes on as before."""
        await self._wait_for_writing(journal)
        lines, refusal = self._lines.pop(journal, []), self._refused.pop(journal, None)
        shows = self._shows.pop(journal, [])
        try:
            yield lambda: finish_journal(journal, "", True)
        except BaseException:
            if shows:
                self._shows[journal] = [*shows, *self._shows.pop(journal, [])]
            if refusal is not None:
                self._refused[journal] = refusal
            for line in [*lines, *self._lines.pop(journal, [])]:
                self.add(journal, line)
            raise
        self._watching.pop(journal, None)

    async def _wait_for_writing(self, journal: Journal) -> None:
        while (writing := self._syncing.get(journal) or self._task_with(journal)) is not None:
            await asyncio.wait({writing})

    def _task_with(self, journal: Journal) -> asyncio.Task[Any] | None:
        return self._task if journal in self._writing else None

    def _begin_sync(self, journal: Journal) -> asyncio.Task[bool]:
        """A task of its own: what it has taken it writes, whoever waits for it."""
        before = self._syncing.get(journal)
        task = asyncio.create_task(self._write_and_sync(journal, before))
        self._syncing[journal] = task
        return task

    async def _write_and_sync(self, journal: Journal, before: "asyncio.Task[bool] | None") -> bool:
        """Whether the disk took it."""
        if before is not None:
            await asyncio.wait({before})
        while (writing := self._task_with(journal)) is not None:
            await asyncio.wait({writing})
        lines, shows = self._lines.pop(journal, []), self._shows.pop(journal, [])
        try:
            written, synced = await asyncio.to_thread(write_synced, self._journals, journal, lines)
            if written:
                self._note_written(journal)
            else:
                self._keep(journal, lines)
            self._show(journal, shows)
            return synced
        finally:
            if self._syncing.get(journal) is asyncio.current_task():
                del self._syncing[journal]

    async def _write_until_empty(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._next - loop.time() if self.writes_first else INTERVAL)
        now = loop.time()
        due = [journal for journal in self._lines if self._may_write(journal, now)]
        self._writing = {journal: self._lines.pop(journal) for journal in due}
        shows = {journal: self._shows.pop(journal, []) for journal in due}
        refused: Sequence[Journal] = due
        try:
            writing = self._begin_writing(self._writing)
            if self.writes_first and not (await asyncio.wait({writing}, timeout=SHOWN_AT_LAST))[0]:
                for journal in due:
                    self._refuse(journal)
                    self._show(journal, shows.pop(journal))
            refused = await writing
        finally:
            written, self._writing = self._writing, {}
            self._next = loop.time() + SHOWN_INTERVAL
            for journal, lines in written.items():
                if journal in refused:
                    self._keep(journal, lines)
                else:
                    self._note_written(journal)
                self._show(journal, shows.get(journal, ()))
            self._task = asyncio.create_task(self._write_until_empty()) if self._lines else None

    def _begin_writing(self, lines: Mapping[Journal, Sequence[str]]) -> "asyncio.Future[list[Journal]]":
        """Gives those that were refused; of these nothing was written."""
        if self._in_loop is not None:
            return asyncio.ensure_future(self._in_loop.write(encode_lines(lines)))
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._thread, write_all, self._journals, lines)

    def _may_write(self, journal: Journal, now: float) -> bool:
        refusal = self._refused.get(journal)
        return journal not in self._syncing and (refusal is None or refusal.until <= now)

    def _keep(self, journal: Journal, lines: list[str]) -> None:
        """For the next try, before what has come meanwhile."""
        if journal.is_taken:
            if journal in self._watching:
                _, stop = self._watching[journal]
                stop("interrupted")
            return
        kept = [*lines, *self._lines.get(journal, ())]
        size = sum(map(len, kept))
        while size > MOST_KEPT and len(kept) > 1:
            size -= len(kept.pop(0))
        self._lines[journal] = kept
        self._refuse(journal)

    def _refuse(self, journal: Journal) -> None:
        before = self._refused.get(journal)
        pause = INTERVAL if before is None else min(2 * before.pause, LONGEST_PAUSE)
        self._refused[journal] = Refusal(pause, asyncio.get_running_loop().time() + pause)
        if before is None:
            self._say(journal, False)

    def _show(self, journal: Journal, shows: Iterable[Show] = ()) -> None:
        """First `shows`; then, where the disk refuses the journal, what has come since."""
        if journal.is_taken:
            self._shows.pop(journal, None)
            return
        later = self._shows.pop(journal, []) if journal in self._refused else []
        for show in (*shows, *later):
            show()

    def _note_written(self, journal: Journal) -> None:
        if self._refused.pop(journal, None) is not None:
            self._say(journal, True)

    def _say(self, journal: Journal, is_written: bool) -> None:
        if journal in self._watching:
            tell, _ = self._watching[journal]
            tell(is_written)


def begin_journals(
    journals: Journals, conversation: str, headers: Sequence[AnswerHeader]
) -> Sequence[Journal]:
    """All or none. Blocks on the disk. Raises StorageError."""
    begun: list[Journal] = []
    with ExitStack() as undo:
        for header in headers:
            journal = journals.begin(conversation, header)
            undo.callback(finish_journal, journal, "", True)
            begun.append(journal)
        undo.pop_all()
    return begun


def write_all(journals: Journals, lines: Mapping[Journal, Sequence[str]]) -> list[Journal]:
    """Returns those that were refused; of these nothing was written."""
    return journals.write(encode_lines(lines))


def encode_lines(lines: Mapping[Journal, Sequence[str]]) -> dict[Journal, bytes]:
    return {journal: "".join(waiting).encode() for journal, waiting in lines.items()}


def write_synced(journals: Journals, journal: Journal, lines: Sequence[str]) -> tuple[bool, bool]:
    """Whether the lines are in the journal, and whether that outlives a power cut."""
    if lines and write_all(journals, {journal: lines}):
        return False, False
    try:
        journal.sync()
    except StoreError as error:
        logger.warning("A journal cannot be synced yet: %s", error)
        return True, False
    return True, True


def finish_journal(journal: Journal, rest: str, remove: bool) -> None:
    try:
        if rest:
            journal.write(rest.encode())
    except StoreError:
        logger.exception("The end of a journal could not be written")
    try:
        if remove:
            journal.remove()
        else:
            journal.close()
    except (OSError, StoreError):
        logger.exception("A journal could not be removed")
