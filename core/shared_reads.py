"""What many ask for at one moment, read once: of a hundred answers that begin together one alone waits in a
thread for the database."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from channels.db import database_sync_to_async
from django.db import Error, connection, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save

Value = TypeVar("Value")

LOOKED_UP = 3.0
"""Seconds for which the begin of an answer may remember what it looked up: what another process saves holds
there by then. What this process saves is to hold at once, by `outdate`."""


@dataclass(frozen=True, slots=True)
class CachedRead(Generic[Value]):
    value: Value
    changes: int
    until: float


@dataclass(frozen=True, slots=True)
class Unset(Generic[Value]):
    """`value`: what is read where nobody has put a row into any of `tables`, as in most installations. It is
    not read then."""

    tables: Collection[type[Model]]
    value: Value


class SharedRead(Generic[Value]):
    """`read` asks the database, in a thread. Who asks while it runs, or less than `kept` seconds later, is
    given what it found."""

    def __init__(
        self, read: Callable[[], Value], *, kept: float = 0.0, unset: Unset[Value] | None = None
    ) -> None:
        self._read = read
        self._kept = kept
        self._unset = unset
        self._changes = 0
        self._found: CachedRead[Value] | None = None
        self._reading: tuple[int, asyncio.Task[Value]] | None = None

    async def get(self) -> Value:
        """Whoever is cancelled while it waits takes nothing from others. Raises what `read` raises."""
        found = self._known()
        if found is not None:
            return found.value
        return await asyncio.shield(self._reading_now() or self._begin(self._read_in_thread))

    def peek(self) -> Value | None:
        """What `get` gives where it need not wait; else None."""
        found = self._known()
        return None if found is None else found.value

    def outdate(self) -> None:
        """What was found, or is being read, by now is given to nobody who asks from now on. Called from any
        thread."""
        self._changes += 1

    def is_wanting(self) -> bool:
        """Neither known nor being read."""
        return self._known() is None and self._reading_now() is None

    @property
    def tables(self) -> Collection[type[Model]]:
        """Which, where all are empty, leave nothing to read."""
        return () if self._unset is None else self._unset.tables

    def read_beside(self, empty: Collection[type[Model]]) -> Value:
        """In a thread, for nobody but who asks. `empty`: tables that were just seen to have no row."""
        if self._unset is not None and all(table in empty for table in self._unset.tables):
            return self._unset.value
        return self._read()

    def begin_with(self, reading: Callable[[], Awaitable[Value]]) -> None:
        """Whoever asks from now on is given what `reading` gives, in place of what `read` would."""
        self._begin(reading)

    def _known(self) -> CachedRead[Value] | None:
        found = self._found
        is_known = found is not None and found.changes == self._changes and time.monotonic() < found.until
        return found if is_known else None

    def _reading_now(self) -> "asyncio.Task[Value] | None":
        if self._reading is None:
            return None
        changes, reading = self._reading
        here = reading.get_loop() is asyncio.get_running_loop()
        return reading if changes == self._changes and here and not reading.done() else None

    def _begin(self, reading: Callable[[], Awaitable[Value]]) -> "asyncio.Task[Value]":
        begun = asyncio.create_task(self._keep(reading, self._changes))
        begun.add_done_callback(note_failure)
        self._reading = self._changes, begun
        return begun

    async def _read_in_thread(self) -> Value:
        value: Value = await database_sync_to_async(self._read, thread_sensitive=False)()
        return value

    async def _keep(self, reading: Callable[[], Awaitable[Value]], changes: int) -> Value:
        value = await reading()
        if changes == self._changes:
            # Else a read that began before a change and ends last would displace what was read since.
            self._found = CachedRead(value, changes, time.monotonic() + self._kept)
        return value


async def read_together(reads: Sequence[SharedRead[Any]]) -> None:
    """What is neither known nor being read is read in one step in a thread instead of a step for each, and of
    what nobody has set all in one statement: who asks `get` next is given it. Raises nothing: `get` does."""
    wanting = [read for read in reads if read.is_wanting()]
    if len(wanting) < 2:
        return

    def read_all() -> list[Any]:
        empty = find_empty({table for read in wanting for table in read.tables})
        return [read.read_beside(empty) for read in wanting]

    reading = asyncio.create_task(database_sync_to_async(read_all, thread_sensitive=False)())
    reading.add_done_callback(note_failure)
    for place, read in enumerate(wanting):
        read.begin_with(partial(_part_of, reading, place))


def find_empty(tables: Collection[type[Model]]) -> Collection[type[Model]]:
    """Those without a row, found by one statement; none where the database does not answer: who reads them is
    told. Blocks."""
    if not tables:
        return ()
    asked = list(tables)
    names = [connection.ops.quote_name(table._meta.db_table) for table in asked]
    looks = [f"EXISTS(SELECT 1 FROM {name})" for name in names]  # noqa: S608 -- tables of models alone
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(looks)}")
            found = cursor.fetchone()
    except Error:
        return ()
    return {table for table, has_row in zip(asked, found, strict=True) if not has_row}


async def _part_of(reading: "asyncio.Task[list[Any]]", place: int) -> Any:
    """Whoever is cancelled takes nothing from those who wait for other parts."""
    return (await asyncio.shield(reading))[place]


class SharedReads(Generic[Value]):
    """As a `SharedRead` for each key, of which `most` are kept: beyond these the first is read again."""

    def __init__(
        self,
        read: Callable[[str], Value],
        *,
        kept: float,
        most: int = 1_000,
        unset: Unset[Value] | None = None,
    ) -> None:
        self._read = read
        self._kept = kept
        self._most = most
        self._unset = unset
        self._by_key: dict[str, SharedRead[Value]] = {}

    async def get(self, key: str) -> Value:
        """Reads the value of a key, as `SharedRead.get` does."""
        return await self.of(key).get()

    def of(self, key: str) -> SharedRead[Value]:
        by_key = self._by_key
        if (shared := by_key.get(key)) is None:
            shared = by_key[key] = SharedRead(partial(self._read, key), kept=self._kept, unset=self._unset)
            if len(by_key) > self._most:
                by_key.pop(next(iter(by_key)), None)
        return shared

    def outdate(self) -> None:
        """Does what `SharedRead.outdate` does, for every key."""
        self._by_key = {}


def note_failure(reading: "asyncio.Task[Any]") -> None:
    """Where those who waited are gone nobody is told, and that is no fault."""
    if not reading.cancelled():
        reading.exception()


def outdate_with(outdate: Callable[[], None], *rows: type[Model], links: Sequence[type[Model]] = ()) -> None:
    """Calls `outdate` whenever this process saves or deletes one of `rows`, or changes which rows belong
    together (`links`: the models through which they do)."""

    def changed(**_: Any) -> None:
        # Twice: a reader between the save and its commit would keep the old rows.
        outdate()
        transaction.on_commit(outdate)

    for sender in rows:
        post_save.connect(changed, sender=sender, weak=False)
        post_delete.connect(changed, sender=sender, weak=False)
    for link in links:
        m2m_changed.connect(changed, sender=link, weak=False)
