"""Conversations that were deleted: their row says since when."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial

from conversations import signals
from conversations.errors import StorageError
from conversations.ids import check_conversation_id
from conversations.postgresql.connections import Connections, ask
from conversations.postgresql.content import LockedRows, RowContent, lock, reading
from conversations.postgresql.process import Process
from conversations.store.conversation import ConversationFile

BELONGING = ("record", "journal", "journal_lines", "set_aside", "stored_conversation")


class RowTrash:
    """The `Trash` of conversations that are rows."""

    def __init__(self, connections: Connections, process: Process) -> None:
        self._connections = connections
        self._process = process

    def ids(self) -> Iterator[str]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT conversation FROM stored_conversation WHERE trashed_ns IS NOT NULL ORDER BY 1"
            ).fetchall()
        return iter([row[0] for row in rows])

    def holds(self, conversation: str) -> bool:
        return self._since(check_conversation_id(conversation)) is not None

    def open(self, conversation: str) -> ConversationFile:
        check_conversation_id(conversation)
        return ConversationFile(conversation, partial(self.reading, conversation), refuse_writing)

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[RowContent]:
        return reading(self._connections, check_conversation_id(conversation), trashed=True, since=since)

    def trashed_at(self, conversation: str) -> float:
        found = self._since(check_conversation_id(conversation))
        if found is None:
            raise StorageError(f"{conversation} is not in the trash")
        return found / 1e9

    def purge(self, conversation: str) -> None:
        check_conversation_id(conversation)
        with self._process.writing() as connection:
            lock(connection, conversation, trashed=True)
            for table in BELONGING:
                connection.execute(f"DELETE FROM {table} WHERE conversation = %s", [conversation])  # noqa: S608 -- our own names
        signals.purged.send_robust(type(self), conversation=conversation)

    def _since(self, conversation: str) -> int | None:
        with self._connections.taken() as connection:
            found: int | None = ask(
                connection,
                "SELECT trashed_ns FROM stored_conversation WHERE conversation = %s",
                conversation,
            )
        return found


def refuse_writing() -> AbstractContextManager[LockedRows]:
    raise StorageError("a conversation in the trash is not written to")
