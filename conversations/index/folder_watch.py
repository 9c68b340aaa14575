"""What changed in the folder of conversations, whoever changed it: a person, `git pull`, a tool that syncs.

By looking, not by the system's notifications: those do not cross network drives and containers' mounts.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from conversations.index.indexing import index_conversations
from conversations.models import Conversation
from conversations.store.base import Store
from conversations.store.changes import Changes
from core import heap

MUCH = 4_000_000
"""Bytes of files that were taken in together; the words of all are in memory until they are written."""

COMPARE_AGAIN = 600.0
"""Seconds after which all are looked at also where the store tells what has changed: of what was removed for
ever between two looks it tells nothing."""

SETTLED = 2.0
"""Seconds for which what has changed is left to the process that changed it, where the store tells when that
was: it is about to write the index too, and of two who do so one does it in vain."""


@dataclass(slots=True)
class FolderChanges:
    """`changed`: rows as they are now. `gone`: id and owner of each whose file is no longer there."""

    changed: list[Conversation] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)


class FolderWatch:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, int] | None = None
        self._listing_stamp: int | None = None
        self._since = 0.0
        """By the store's clock, until when all that it tells of by itself is known."""
        self._compared = 0.0

    def look(self) -> list[str]:
        """Ids whose files came, changed or went since the last look; at the first, since the index was
        written. Costs some 4 µs for each file; where the store tells what has changed, for each of these."""
        if self._known is None:
            stamps = Conversation.objects.values_list("pk", "size", "mtime_ns")
            return self._compare({pk: hash((size, mtime)) for pk, size, mtime in stamps})
        changes = self._store.changes
        if changes is None or time.monotonic() - self._compared >= COMPARE_AGAIN:
            return self._compare(self._known)
        return self._follow(changes, self._known)

    def _compare(self, before: dict[str, int]) -> list[str]:
        self._listing_stamp = self._store.listing_stamp()
        if self._store.changes is not None:
            self._compared = time.monotonic()
            self._since = self._store.clock()
        self._known = {name: hash(stamp) for name, stamp in self._store.stamps()}
        changed = [name for name, stamp in self._known.items() if before.get(name) != stamp]
        return [*changed, *(before.keys() - self._known.keys())]

    def _follow(self, changes: Changes, known: dict[str, int]) -> list[str]:
        """What is left to others is told of again: of the last minutes all is."""
        began, changed = self._store.clock(), list[str]()
        for state in changes.changed_since(self._since):
            if not state.trashed_ns and began - state.changed_ns / 1e9 < SETTLED:
                continue
            stamp = None if state.trashed_ns else hash((state.size, state.changed_ns))
            if known.get(state.conversation) != stamp:
                changed.append(state.conversation)
            if stamp is None:
                known.pop(state.conversation, None)
            else:
                known[state.conversation] = stamp
        self._since = began
        return changed

    def suspects(self) -> bool:
        """Whether files came or went since the last look, our own journals among them. Costs nothing."""
        return self._listing_stamp != self._store.listing_stamp()

    def forget_known(self) -> None:
        """The next look compares with the index again."""
        self._known = None


def take_in(store: Store, ids: Sequence[str]) -> FolderChanges:
    """Brings the index up to these files. What it knew already (our own appends) is no news."""
    known = {row.pk: row for row in Conversation.objects.filter(pk__in=ids)}
    stamps = dict(store.stamps(ids))
    unknown = [one for one in ids if stamps.get(one) != stamp_of(known.get(one))]
    index_conversations(unknown)
    if sum(stamps[one][0] for one in unknown if one in stamps) > MUCH:
        heap.return_free_memory()
    now = Conversation.objects.in_bulk(unknown)
    gone = [(one, known[one].owner) for one in unknown if one in known and one not in now]
    return FolderChanges(list(now.values()), gone)


def stamp_of(row: Conversation | None) -> tuple[int, int] | None:
    return (row.size, row.mtime_ns) if row is not None else None
