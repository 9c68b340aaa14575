"""A person's part of the trash. It is not in the index, so it is read."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from conversations.errors import ConversationNotFoundError, InvalidRecordError, StoreError
from conversations.owners import owner_of
from conversations.store.base import TRASH_KEPT, Store
from conversations.store.content import first_line
from conversations.store.lines import decode_record


@dataclass(frozen=True, slots=True)
class Trashed:
    """`purged`: when it will be removed for ever (purge.py)."""

    id: str
    title: str
    deleted: datetime

    @property
    def purged(self) -> datetime:
        return self.deleted + TRASH_KEPT


def owner_in_trash(store: Store, conversation: str) -> str | None:
    """None where the conversation does not say. Reads its first line alone. Raises
    ConversationNotFoundError, StorageError."""
    with store.trashed.reading(conversation) as content:
        line = first_line(content)
    try:
        first = decode_record(line)
    except InvalidRecordError:
        return owner_of(None)
    return owner_of(first if first["type"] == "conversation" else None)


def list_trashed(store: Store, owner: str, limit: int) -> list[Trashed]:
    """What was thrown away last comes first."""
    found: list[Trashed] = []
    for deleted, conversation in sorted(_times(store), reverse=True):
        with suppress(StoreError):
            # Whose it is stands in its first line; only of their own is more read.
            if owner_in_trash(store, conversation) == owner:
                title = store.trashed.open(conversation).tree.settings["title"]
                found.append(Trashed(conversation, title, deleted))
        if len(found) == limit:
            break
    return found


def delete_trashed(store: Store, owner: str, only: str | None = None) -> list[str]:
    """Ids of what is now gone for ever: all of that person's, or one. Raises ConversationNotFoundError where
    that one is not theirs."""
    mine = [one for one in ([only] if only else list(store.trashed.ids())) if _is_of(store, one, owner)]
    if only is not None and not mine:
        raise ConversationNotFoundError(f"no conversation {only} of that owner in the trash")
    for conversation in mine:
        with suppress(ConversationNotFoundError):
            store.trashed.purge(conversation)
    return mine


def _times(store: Store) -> Iterator[tuple[datetime, str]]:
    for conversation in store.trashed.ids():
        with suppress(StoreError):
            yield datetime.fromtimestamp(store.trashed.trashed_at(conversation), UTC), conversation


def _is_of(store: Store, conversation: str, owner: str) -> bool:
    with suppress(ConversationNotFoundError):
        return owner_in_trash(store, conversation) == owner
    return False
