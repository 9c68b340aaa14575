"""The bytes of one conversation in rows, and what is appended to them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from conversations.errors import ConversationDamagedError, ConversationNotFoundError
from conversations.postgresql.connections import Connections, Rows
from conversations.records import Record
from conversations.store.lines import encode_record, is_complete_record
from conversations.tree import check_records

AT_ONCE = 64
"""Lines that are in memory together."""
NOW_NS = "(extract(epoch FROM clock_timestamp()) * 1000000000)::bigint"

READ = """
SELECT end_offset, line FROM record WHERE conversation = %(conversation)s AND end_offset > %(offset)s
AND end_offset <= coalesce((SELECT min(end_offset) FROM record WHERE conversation = %(conversation)s
AND end_offset >= %(end)s), %(end)s) ORDER BY end_offset LIMIT %(most)s
"""


class RowContent:
    """A conversation's rows as `Content`, within a transaction."""

    temporary: ClassVar[bool] = False

    def __init__(self, connection: Rows, conversation: str, size: int, generation: int, changed: int) -> None:
        self._connection = connection
        self.conversation = conversation
        self.size = size
        self.identity: object = generation
        self.changed_ns = changed

    def read(self, offset: int, length: int) -> bytes:
        return b"".join(self.blocks(offset, offset + length))

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        while offset < end:
            asked = {"conversation": self.conversation, "offset": offset, "end": end, "most": AT_ONCE}
            rows = self._connection.execute(READ, asked).fetchall()
            if not rows:
                return
            for end_offset, line in rows:
                start = end_offset - len(line)
                yield line[max(0, offset - start) : end - start]
                offset = end_offset


class LockedRows(RowContent):
    """A `LockedContent`: its row is locked until the transaction ends."""

    format_error = ""
    has_open_end = False

    def append(self, records: Iterable[Record], *, durable: bool) -> int:
        lines = [encode_record(record) for record in check_records(records)]
        if self.format_error:
            raise ConversationDamagedError(f"{self.conversation}: {self.format_error}")
        if lines and self.has_open_end:
            lines.insert(0, self._mend_end())
        if not durable:
            self._connection.execute("SET LOCAL synchronous_commit = off")
        self.size = add_lines(self._connection, self.conversation, self.size, lines)
        changed = self._connection.execute(
            f"UPDATE stored_conversation SET size = %s, changed_ns = greatest(changed_ns + 1, {NOW_NS}), "  # noqa: S608 -- no value of anybody's
            "has_open_end = has_open_end AND NOT %s WHERE conversation = %s RETURNING changed_ns",
            [self.size, bool(lines), self.conversation],
        ).fetchone()
        self.changed_ns = changed[0] if changed else self.changed_ns
        return self.size

    def _mend_end(self) -> bytes:
        """What must stand before a new line, after one that came from a file without its end. One that is no
        record is set aside."""
        row = self._connection.execute(
            "SELECT line FROM record WHERE conversation = %s AND end_offset = %s",
            [self.conversation, self.size],
        ).fetchone()
        torn = row[0] if row else b""
        if is_complete_record(torn):
            return b"\n"
        self._connection.execute(
            "DELETE FROM record WHERE conversation = %s AND end_offset = %s", [self.conversation, self.size]
        )
        set_aside(self._connection, self.conversation, torn)
        self.size -= len(torn)
        return b""


def set_aside(connection: Rows, conversation: str, data: bytes) -> None:
    """Bytes that cannot stay where they were."""
    connection.execute(
        f"INSERT INTO set_aside (conversation, changed_ns, data) VALUES (%s, {NOW_NS}, %s)",  # noqa: S608 -- no value of anybody's
        [conversation, data],
    )


def add_lines(connection: Rows, conversation: str, size: int, lines: Iterable[bytes]) -> int:
    """Writes lines behind `size`; returns the new size."""
    rows: list[tuple[int, bytes]] = []
    for line in filter(None, lines):
        size += len(line)
        rows.append((size, line))
    if rows:
        ends, written = zip(*rows, strict=True)
        connection.execute(
            "INSERT INTO record SELECT %s, * FROM unnest(%s::bigint[], %s::bytea[])",
            [conversation, list(ends), list(written)],
        )
    return size


FOUND = (
    "SELECT size, generation, changed_ns, format_error, has_open_end FROM stored_conversation "
    "WHERE conversation = %s"
)
LIVE, TRASHED = " AND trashed_ns IS NULL", " AND trashed_ns IS NOT NULL"


@contextmanager
def reading(connections: Connections, conversation: str, *, trashed: bool = False) -> Iterator[RowContent]:
    """As it stands at one moment. Raises ConversationNotFoundError."""
    with connections.taken() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute(FOUND + (TRASHED if trashed else LIVE), [conversation]).fetchone()
        if row is not None:
            yield RowContent(connection, conversation, *row[:3])
        connection.execute("COMMIT")
    if row is None:
        raise ConversationNotFoundError(f"no conversation {conversation}")


def lock(connection: Rows, conversation: str, *, trashed: bool = False) -> LockedRows:
    """Until the transaction ends. Waits for who has it. Raises ConversationNotFoundError."""
    asked = FOUND + (TRASHED if trashed else LIVE) + " FOR UPDATE"
    row = connection.execute(asked, [conversation]).fetchone()
    if row is None:
        raise ConversationNotFoundError(f"no conversation {conversation}")
    content = LockedRows(connection, conversation, *row[:3])
    content.format_error, content.has_open_end = row[3:]
    return content
