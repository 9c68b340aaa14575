"""The database's index, brought up to what the files say. The files are never changed.

What is appended to a file is read from where its row ends, so a call that was lost is made good by the next.
A file that another program changed before that place is read anew.
"""

import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from django.db import IntegrityError, router, transaction

from conversations.errors import ConversationNotFoundError, InvalidRecordError, StoreError
from conversations.index.rows import IndexRows
from conversations.index.rows_writer import write_rows
from conversations.models import Conversation, MessageEntry, Response, Tag
from conversations.owners import owner_of
from conversations.search.backends import backend_for
from conversations.store.base import Store
from conversations.store.choice import current_store
from conversations.store.content import Content, damage_of, ends_record, lines_between
from conversations.store.conversation import ConversationFile
from conversations.store.lines import decode_record
from conversations.tree import check_records

BATCH = 100
PIECE = 2_000_000
"""Bytes of files whose rows and words are in memory together, one record more where it is longer."""
TAIL = 256
_STAMP = ("pk", "size", "mtime_ns", "tail")

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class IndexReport:
    """`failed`: ids whose files could not be read at all."""

    conversations: int = 0
    removed: int = 0
    damaged: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def index_conversations(ids: Sequence[str]) -> IndexReport:
    """As `index_conversation`, for several in one transaction."""
    report = IndexReport()
    _index_batch(current_store(), ids, report, whole=False)
    return report


def index_conversation(store: Store, conversation: str, *, whole: bool = False) -> None:
    """Takes in what its row does not know yet (`whole`: everything). Without a file the row goes."""
    _index_one(store, conversation, whole=whole)


def remove_from_index(conversation: str) -> None:
    backend_for(router.db_for_write(Conversation)).remove_entries([conversation])
    for model in (Tag, Response, MessageEntry):
        model._default_manager.filter(conversation=conversation).delete()
    Conversation.objects.filter(pk=conversation).delete()


def reindex_all(
    store: Store | None = None, progress: Progress | None = None, *, changed_only: bool = False
) -> IndexReport:
    """All conversations, or those whose files changed since (as their size and time tell)."""
    store = store or current_store()
    report = IndexReport()
    there = list(store.ids())
    todo = _changed(store, there) if changed_only else there
    search = backend_for(router.db_for_write(Conversation))
    if not changed_only:
        search.clear()
    try:
        for start in range(0, len(todo), BATCH):
            _index_batch(store, todo[start : start + BATCH], report, whole=not changed_only)
            if progress is not None:
                progress(min(start + BATCH, len(todo)), len(todo))
    finally:
        search.analyze()
    known = set(Conversation.objects.values_list("pk", flat=True)).difference(there)
    gone = [conversation for conversation in known if not store.exists(conversation)]
    for conversation in gone:
        remove_from_index(conversation)
    report.removed = len(gone)
    return report


def follow_auth_mode() -> None:
    """What was indexed while others had accounts here is the local user's now; the next look takes it in."""
    if (owner := owner_of(None)) is not None:
        Conversation.objects.exclude(owner=owner).update(size=0, mtime_ns=0)


def row_of(file: ConversationFile) -> Conversation:
    """What the index would say of a conversation that is not in it. Saves nothing."""
    rows = IndexRows(_new_row(file.id, None), whole=True)
    before = 0
    for after, record in file.records_from(0):
        rows.apply(cast(dict[str, Any], record), before, after - before)
        before = after
    rows.row.message_count = len(file.tree.messages) - len(file.tree.deleted)
    return rows.row


def _index_batch(store: Store, ids: Sequence[str], report: IndexReport, *, whole: bool) -> None:
    try:
        found = _index(store, ids, whole=whole)
    except (StoreError, IntegrityError):
        found = []
        for conversation in ids:
            try:
                found += _index_one(store, conversation, whole=whole)
            except StoreError:
                report.failed.append(conversation)
    report.conversations += len(found)
    report.damaged += [row.id for row in found if row.damage]


def _index_one(store: Store, conversation: str, *, whole: bool) -> list[Conversation]:
    try:
        return _index(store, [conversation], whole=whole)
    except IntegrityError:
        # The file names a message again that its row knows, or another process made the same rows first.
        return _index(store, [conversation], whole=True, most=sys.maxsize)


def _changed(store: Store, ids: Iterable[str]) -> list[str]:
    known = {
        pk: (size, mtime) for pk, size, mtime in Conversation.objects.values_list("pk", "size", "mtime_ns")
    }
    return [one for one, stamp in store.stamps(list(ids)) if known.get(one) != stamp]


def _index(store: Store, ids: Iterable[str], *, whole: bool, most: int = PIECE) -> list[Conversation]:
    """In pieces of `most` bytes, each in a transaction of its own: a row says how far its file was taken in,
    and the next piece goes on from there, now or, where this process dies, at the next look."""
    done: dict[str, Conversation] = {}
    ahead = deque((conversation, whole) for conversation in dict.fromkeys(ids))
    while ahead:
        kept, moved = _take_in_piece(store, ahead, most)
        for rows in kept:
            done[rows.row.id] = rows.row
            if rows.goes_on:
                ahead.appendleft((rows.row.id, False))
        ahead.extend(moved)
    return list(done.values())


def _take_in_piece(
    store: Store, ahead: deque[tuple[str, bool]], most: int
) -> tuple[list[IndexRows], list[tuple[str, bool]]]:
    """What was written of those first in `ahead`, which leave it, and which of them another process took in
    meanwhile: on top of that there may be nothing left to do. Files are read before the database is locked:
    others want to write."""
    using = router.db_for_write(Conversation)
    known = {row.id: row for row in Conversation.objects.filter(pk__in=[one for one, _ in ahead])}
    before = {row.id: (row.size, row.mtime_ns, row.tail) for row in known.values()}
    taken: list[tuple[IndexRows, bool]] = []
    while ahead and most > 0:
        conversation, whole = ahead.popleft()
        try:
            rows = _read(store, conversation, known.get(conversation), whole=whole, most=most)
        except ConversationNotFoundError:
            remove_from_index(conversation)
            continue
        taken.append((rows, whole))
        most -= rows.taken
    ids = [rows.row.id for rows, _ in taken]
    with transaction.atomic(using=using):
        there = Conversation.objects.select_for_update().filter(pk__in=ids)
        now = {pk: (size, mtime, tail) for pk, size, mtime, tail in there.values_list(*_STAMP)}
        moved = [
            (pk, whole) for pk, (_, whole) in zip(ids, taken, strict=True) if before.get(pk) != now.get(pk)
        ]
        passed = {pk for pk, _ in moved}
        kept = [rows for rows, _ in taken if rows.row.id not in passed]
        write_rows(using, kept)
    return kept, moved


def _read(
    store: Store, conversation: str, known: Conversation | None, *, whole: bool, most: int
) -> IndexRows:
    ends = 0 if known is None or whole else known.size
    with store.reading(conversation, ends) as content:
        size, changed_ns = content.size, content.changed_ns
        start = 0
        if known is not None and not whole and _continues(content, known, size):
            start = known.size
        rows = _taken(content, conversation, known, start, size, most)
        rows.row.mtime_ns = changed_ns
        rows.row.tail = _tail(content, rows.row.size)
        return rows


def _taken(
    content: Content, conversation: str, known: Conversation | None, start: int, end: int, most: int
) -> IndexRows:
    row = known if known is not None and start else _new_row(conversation, known)
    rows = IndexRows(row, whole=not start, is_new=known is None)
    for offset, line, after in lines_between(content, start, end):
        row.size = after
        rows.taken = after - start
        if line or not offset:
            _apply(rows, line, offset)
        rows.goes_on = rows.taken >= most and after < end
        if rows.goes_on:
            break
    if row.size == 0:
        row.damage = "at byte 0: the first line cannot be read"
    return rows


def _apply(rows: IndexRows, line: bytes, offset: int) -> None:
    row = rows.row
    try:
        record = decode_record(line)
        if offset == 0 and (damage := damage_of(record)):
            row.damage = f"at byte 0: {damage}"
        check_records([record])
        rows.apply(cast(dict[str, Any], record), offset, len(line))
    except InvalidRecordError as error:
        row.damage = row.damage or f"at byte {offset}: {error}"


def _new_row(conversation: str, known: Conversation | None) -> Conversation:
    """The owner stays known while the first line of the file cannot be read."""
    made = datetime(1970, 1, 1, tzinfo=UTC)
    with suppress(ValueError):
        made = datetime.strptime(conversation[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    owner = owner_of(None) or (known.owner if known else "")
    return Conversation(id=conversation, owner=owner, created=made, updated=made)


def _continues(content: Content, row: Conversation, size: int) -> bool:
    is_end = 0 < row.size <= size and ends_record(content, row.size)
    return is_end and _tail(content, row.size) == row.tail


def _tail(content: Content, size: int) -> int:
    start = max(0, size - TAIL)
    return zlib.crc32(content.read(start, size - start))
