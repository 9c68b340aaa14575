"""What owners told every model, kept in the process: the begin of an answer reads it without the database.

A save or delete in this process drops an owner's texts at once; those of other processes are seen within
`LOOKED_UP` seconds, by one look for all owners together.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.db import Error, transaction
from django.db.models import Count, Max
from django.db.models.signals import post_delete, post_save

from chat.models import Memory, Remembered
from core.shared_reads import LOOKED_UP, SharedRead, Unset

logger = logging.getLogger(__name__)

TABLES = (Memory, Remembered)
OWNERS_KEPT = 1_000
"""Beyond these the one that was read first is read again."""


@dataclass(frozen=True, slots=True)
class MemoryTexts:
    """`remembered`: the lines that are switched on, the oldest first."""

    about: str = ""
    style: str = ""
    remembered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.about or self.style or self.remembered)


_known: dict[str, MemoryTexts] = {}
_reading: dict[str, asyncio.Task[MemoryTexts]] = {}
_version: tuple[object, ...] = ()
_changes = 0


async def texts_of(owner: str) -> MemoryTexts:
    """Whoever is cancelled while it waits takes nothing from others who wait for the same owner."""
    await _drop_what_others_changed()
    if (texts := _known.get(owner)) is not None:
        return texts
    reading = _reading.get(owner)
    if reading is None or reading.get_loop() is not asyncio.get_running_loop():
        reading = _reading[owner] = asyncio.create_task(_read(owner))
        reading.add_done_callback(lambda _: _reading.pop(owner, None))
    return await asyncio.shield(reading)


def known_texts(owner: str) -> MemoryTexts | None:
    """What `texts_of` gives where it need not wait; else None."""
    return _known.get(owner) if _looked_up.peek() == _version else None


def lookup() -> SharedRead[tuple[object, ...]]:
    """What `texts_of` asks the database for where it knows the owner's texts."""
    return _looked_up


def forget_all() -> None:
    _known.clear()
    _reading.clear()
    _looked_up.outdate()


async def _drop_what_others_changed() -> None:
    global _version
    version = await _looked_up.get()
    if version != _version:
        _version = version
        _known.clear()


async def _read(owner: str) -> MemoryTexts:
    """What was changed while it was read is not kept."""
    changes = _changes
    texts: MemoryTexts = await database_sync_to_async(_read_texts, thread_sensitive=False)(owner)
    if changes == _changes:
        _known[owner] = texts
        if len(_known) > OWNERS_KEPT:
            del _known[next(iter(_known))]
    return texts


def _read_texts(owner: str) -> MemoryTexts:
    memory = Memory.objects.filter(owner=owner).first() or Memory(owner=owner)
    lines = [line.text for line in Remembered.objects.filter(owner=owner, on=True)]
    return MemoryTexts(memory.about, memory.style, tuple(lines))


def _look() -> tuple[object, ...]:
    try:
        return _read_version()
    except Error as error:
        # What is known goes on being told; nothing is known to be otherwise.
        logger.warning("Whether memory has changed could not be looked up: %s", error)
        return _version


_nothing_set: Unset[tuple[object, ...]] = Unset(TABLES, (0, None, None) * len(TABLES))
_looked_up = SharedRead(_look, kept=LOOKED_UP, unset=_nothing_set)


def _read_version() -> tuple[object, ...]:
    values: list[object] = []
    for model in TABLES:
        found = model._default_manager.aggregate(Count("pk"), Max("pk"), Max("updated"))
        values.extend(found.values())
    return tuple(values)


def _drop(owner: str) -> None:
    global _changes
    _changes += 1
    _known.pop(owner, None)
    _reading.pop(owner, None)


def _changed(instance: Memory | Remembered, **_: Any) -> None:
    # Twice: a reader between the save and its commit would keep the old texts.
    _drop(instance.owner)
    transaction.on_commit(lambda: _drop(instance.owner))


def connect_signals() -> None:
    for model in TABLES:
        post_save.connect(_changed, sender=model, dispatch_uid="chat.memory.save")
        post_delete.connect(_changed, sender=model, dispatch_uid="chat.memory.delete")
