"""What is removed for ever: conversations that lay in the trash for 30 days, and attachments that nothing
names.

A hash is looked for in all bytes that the store has (also the trash, journals and torn ends),
as JSON writes it, so that a damaged file keeps what it names. Who wants an attachment for another reason (a
draft, a document) says so to `signals.attachments_wanted`. Whatever was uploaded, or was about to be named,
within the last day stays; where something cannot be read every attachment does.
"""

import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from conversations import signals
from conversations.attachments import AttachmentStore
from conversations.errors import ConversationNotFoundError
from conversations.store.base import TRASH_KEPT, Store

DAY = timedelta(days=1)
NAMED = re.compile(rb'"([0-9a-f]{64})"')
BLOCK = 1 << 16
"""Bytes that are searched without letting another thread run: a fraction of a millisecond."""
OVERLAP = 65

ShouldStop = Callable[[], bool]


@dataclass(slots=True)
class Purged:
    conversations: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StartTimes:
    """When, by the clock of each: they may lie on different machines."""

    store: float
    attachments: float

    @classmethod
    def now(cls, store: Store, attachments: AttachmentStore) -> "StartTimes":
        return cls(store.clock(), attachments.clock())


def purge_if_due(store: Store, attachments: AttachmentStore, should_stop: ShouldStop) -> Purged | None:
    """None where it was done within the last day, or another process is at it. What was stopped half-way is
    due again. Raises StorageError."""
    with store.purging(wait=False) as turn:
        if turn is None or 0 <= turn.ago < DAY.total_seconds():
            return None
        purged = _purge(store, attachments, TRASH_KEPT, should_stop)
        if not should_stop():
            turn.mark_done()
        return purged


def purge_files(store: Store, attachments: AttachmentStore, older_than: timedelta = TRASH_KEPT) -> Purged:
    """Waits for who is at it. Raises StorageError."""
    with store.purging(wait=True) as turn:
        purged = _purge(store, attachments, older_than, lambda: False)
        if turn is not None:
            turn.mark_done()
        return purged


def purge_at_once(
    store: Store, attachments: AttachmentStore, conversations: Iterable[str], let_go: set[str]
) -> Purged:
    """These of the trash, whenever they were thrown away, and the attachments that they named or that are
    `let_go`, where nothing else names them. Raises StorageError."""
    with store.purging(wait=True):
        began, purged = StartTimes.now(store, attachments), Purged()
        for conversation in conversations:
            with suppress(ConversationNotFoundError):
                let_go = let_go | _purge_one(store, conversation)
                purged.conversations.append(conversation)
        purged.attachments = _purge_attachments(store, attachments, let_go, began, lambda: False)
        return purged


def _purge(
    store: Store, attachments: AttachmentStore, older_than: timedelta, should_stop: ShouldStop
) -> Purged:
    began = StartTimes.now(store, attachments)
    purged = Purged()
    let_go: set[str] = set()
    for conversation in store.trashed.ids():
        if should_stop():
            return purged
        with suppress(ConversationNotFoundError):
            if time.time() - store.trashed.trashed_at(conversation) >= older_than.total_seconds():
                let_go |= _purge_one(store, conversation)
                purged.conversations.append(conversation)
    purged.attachments = _purge_attachments(store, attachments, let_go, began, should_stop)
    return purged


def _purge_one(store: Store, conversation: str) -> set[str]:
    """The attachments that it named."""
    with store.trashed.reading(conversation) as content:
        named = named_in(content.blocks(0, content.size))
    store.trashed.purge(conversation)
    return named


def _purge_attachments(
    store: Store,
    attachments: AttachmentStore,
    let_go: set[str],
    began: StartTimes,
    should_stop: ShouldStop,
) -> list[str]:
    """`let_go`: what was named until now, and need not wait for a day."""
    yesterday = began.attachments - DAY.total_seconds()
    old = {
        sha256
        for sha256, changed in attachments.list_hashes()
        if changed < (began.attachments if sha256 in let_go else yesterday)
    }
    for _, wanted in signals.attachments_wanted.send(purge_files) if old else ():
        old.difference_update(wanted or ())
    # What is moved or written while we read may be missed in the one place and in the other.
    for since in (0.0, began.store):
        for text in store.texts(since):
            if should_stop():
                return []
            if old:
                old.difference_update(named_in(text))
    gone = [sha256 for sha256 in sorted(old) if attachments.remove(sha256, before=began.attachments)]
    attachments.sweep(yesterday)
    if gone:
        signals.attachments_removed.send_robust(purge_files, hashes=gone)
    return gone


def named_in(blocks: Iterable[bytes]) -> set[str]:
    """Hashes that stand there, also across two blocks."""
    named: set[str] = set()
    rest = b""
    for block in blocks:
        for start in range(0, len(block), BLOCK):
            text = rest + block[start : start + BLOCK]
            named.update(found.decode() for found in NAMED.findall(text))
            rest = text[-OVERLAP:]
    return named
