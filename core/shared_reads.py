"""What many ask for at one moment, read once: of a hundred answers that begin together one alone waits in a
thread for the database."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from channels.db import database_sync_to_async

Value = TypeVar("Value")

LOOKED_UP = 3.0
"""Seconds for which the begin of an answer may remember what it looked up: what another process saves holds
there by then. What this process saves is to hold at once, by `outdate`."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Value]):
    value: Value
    changes: int
    until: float


class SharedRead(Generic[Value]):
    """`read` asks the database, in a thread. Who asks while it runs, or less than `kept` seconds later, is
    given what it found."""

    def __init__(self, read: Callable[[], Value], *, kept: float = 0.0) -> None:
        self._read = read
        self._kept = kept
        self._changes = 0
        self._found: Found[Value] | None = None
        self._reading: tuple[int, asyncio.Task[Value]] | None = None

    async def get(self) -> Value:
        """Whoever is cancelled while it waits takes nothing from others. Raises what `read` raises."""
        found = self._found
        if found is not None and found.changes == self._changes and time.monotonic() < found.until:
            return found.value
        return await asyncio.shield(self._share())

    def outdate(self) -> None:
        """What was found, or is being read, by now is given to nobody who asks from now on. Called from any
        thread."""
        self._changes += 1

    def _share(self) -> "asyncio.Task[Value]":
        if self._reading is not None:
            changes, reading = self._reading
            here = reading.get_loop() is asyncio.get_running_loop()
            if changes == self._changes and here and not reading.done():
                return reading
        reading = asyncio.create_task(self._run(self._changes))
        reading.add_done_callback(note_failure)
        self._reading = self._changes, reading
        return reading

    async def _run(self, changes: int) -> Value:
        value: Value = await database_sync_to_async(self._read, thread_sensitive=False)()
        if changes == self._changes:
            # Else a read that began before a change and ends last would displace what was read since.
            self._found = Found(value, changes, time.monotonic() + self._kept)
        return value


class SharedReads(Generic[Value]):
    """As a `SharedRead` for each key, of which `most` are kept: beyond these the first is read again."""

    def __init__(self, read: Callable[[str], Value], *, kept: float, most: int = 1_000) -> None:
        self._read = read
        self._kept = kept
        self._most = most
        self._by_key: dict[str, SharedRead[Value]] = {}

    async def get(self, key: str) -> Value:
        """As `SharedRead.get`."""
        by_key = self._by_key
        if (shared := by_key.get(key)) is None:
            shared = by_key[key] = SharedRead(partial(self._read, key), kept=self._kept)
            if len(by_key) > self._most:
                by_key.pop(next(iter(by_key)), None)
        return await shared.get()

    def outdate(self) -> None:
        """As `SharedRead.outdate`, for every key."""
        self._by_key = {}


def note_failure(reading: "asyncio.Task[Value]") -> None:
    """Where those who waited are gone nobody is told, and that is no fault."""
    if not reading.cancelled():
        reading.exception()
