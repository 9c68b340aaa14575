"""The bytes of one conversation in rows, and what is appended to them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import accumulate
from typing import Any, ClassVar

from conversations.errors import ConversationDamagedError, ConversationNotFoundError, StorageError
from conversations.postgresql.connections import Connections, Rows
from conversations.postgresql.process import ALIVE
from conversations.records import Record
from conversations.store.lines import encode_record, is_complete_record
from conversations.tree import check_records

AT_ONCE = 64
"""Lines that are in memory together."""
NOW_NS = "(extract(epoch FROM clock_timestamp()) * 1000000000)::bigint"

READ = """
SELECT end_offset, line FROM record WHERE conversation = %(conversation)s AND end_offset > %(offset)s
AND end_offset <= coalesce((SELECT min(end_offset) FROM record WHERE conversation = %(conversation)s
AND end_offset >= %(end)s), %(end)s) AND EXISTS (SELECT FROM stored_conversation
WHERE conversation = %(conversation)s AND generation = %(generation)s) ORDER BY end_offset LIMIT %(most)s
"""
BEFORE = 256
"""Bytes before what is new that are looked at with it: whether a record ends there, and which."""

Place = tuple[int, bytes]
"""Where a line ends, and the line with its end."""


class RowContent:
    """A conversation's rows as `Content`. `known`: some of its lines without a gap, which are not asked for
    again. `source`: a connection whose transaction holds them as they stand; else what is replaced while it
    is read raises StorageError."""

    temporary: ClassVar[bool] = False

    def __init__(
        self,
        source: Rows | Connections,
        conversation: str,
        head: tuple[int, int, int],
        known: Sequence[Place] = (),
    ) -> None:
        self._source = source
        self._known = known
        self.conversation = conversation
        self.size, generation, self.changed_ns = head
        self.identity: object = generation

    def read(self, offset: int, length: int) -> bytes:
        return b"".join(self.blocks(offset, offset + length))

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        end = min(end, self.size)
        while offset < end:
            lines = self._known if self._knows(offset, end) else self._ask(offset, end)
            if not lines:
                return
            for end_offset, line in lines:
                start = end_offset - len(line)
                if end_offset > offset and start < end:
                    yield line[max(0, offset - start) : end - start]
                    offset = end_offset

    def _knows(self, offset: int, end: int) -> bool:
        if not self._known:
            return False
        first_end, first = self._known[0]
        return first_end - len(first) <= offset and end <= self._known[-1][0]

    def _ask(self, offset: int, end: int) -> list[Any]:
        asked = {"conversation": self.conversation, "generation": self.identity, "most": AT_ONCE}
        asked |= {"offset": offset, "end": end}
        if not isinstance(self._source, Connections):
            return self._source.execute(READ, asked, binary=True).fetchall()
        with self._source.taken() as connection:
            lines = connection.execute(READ, asked, binary=True).fetchall()
        if not lines:
            raise StorageError(f"{self.conversation} was replaced while it was read")
        return lines


def as_made(source: Connections, conversation: str, lines: Sequence[bytes]) -> RowContent:
    """What CREATE has just written, which is not asked for again."""
    known = list(zip(line_places(0, lines)["ends"], lines, strict=True))
    return RowContent(source, conversation, (known[-1][0], 0, 0), known)


ADD_LINES = (
    "INSERT INTO record SELECT done.conversation, added.* FROM done, "
    "unnest(%(ends)s::bigint[], %(lines)s::bytea[]) AS added"
)
EXTEND = f"""
WITH {ALIVE}, done AS (UPDATE stored_conversation SET size = %(size)s,
changed_ns = greatest(changed_ns + 1, {NOW_NS}) WHERE conversation = %(conversation)s AND trashed_ns IS NULL
AND size = %(before)s AND generation = %(generation)s AND format_error = '' AND NOT has_open_end
AND EXISTS (SELECT FROM alive) RETURNING conversation) {ADD_LINES}
"""  # noqa: S608 -- our own words
CREATE = f"""
WITH {ALIVE}, done AS (INSERT INTO stored_conversation SELECT %(conversation)s, %(size)s, 0, {NOW_NS}, NULL,
%(error)s FROM alive ON CONFLICT DO NOTHING RETURNING conversation) {ADD_LINES}
"""  # noqa: S608 -- our own words


def line_places(size: int, lines: Iterable[bytes]) -> dict[str, Any]:
    """Where lines end that stand behind `size`, and which they are: values of ADD_LINES."""
    there = [line for line in lines if line]
    return {"ends": list(accumulate(map(len, there), initial=size))[1:], "lines": there}


class LockedRows(RowContent):
    """A `LockedContent`: its row is locked until the transaction ends."""

    def __init__(self, connection: Rows, conversation: str, head: tuple[Any, ...]) -> None:
        super().__init__(connection, conversation, head[:3])
        self._connection = connection
        self.format_error, self.has_open_end = head[3:]

    def append(self, records: Iterable[Record], *, durable: bool) -> int:
        return self.append_lines(
            [encode_record(record) for record in check_records(records)], durable=durable
        )

    def append_lines(self, lines: Sequence[bytes], *, durable: bool) -> int:
        if self.format_error:
            raise ConversationDamagedError(f"{self.conversation}: {self.format_error}")
        mended = [self._mend_end()] if lines and self.has_open_end else []
        if not durable:
            self._connection.execute("SET LOCAL synchronous_commit = off")
        self.size = add_lines(self._connection, self.conversation, self.size, [*mended, *lines])
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
    added = line_places(size, lines)
    if not added["lines"]:
        return size
    connection.execute(
        "INSERT INTO record SELECT %(conversation)s, * FROM unnest(%(ends)s::bigint[], %(lines)s::bytea[])",
        {"conversation": conversation, **added},
    )
    return int(added["ends"][-1])


HEAD = "SELECT size, generation, changed_ns, format_error, has_open_end FROM stored_conversation "
FOUND = "WHERE conversation = %s "
LIVE, TRASHED = "AND trashed_ns IS NULL ", "AND trashed_ns IS NOT NULL "
WITH_LINES = """
SELECT size, generation, changed_ns, r.end_offset, r.line FROM stored_conversation LEFT JOIN LATERAL
(SELECT end_offset, line FROM record WHERE conversation = %s AND end_offset > %s
ORDER BY end_offset LIMIT %s) r ON true
"""


@contextmanager
def reading(
    connections: Connections, conversation: str, *, trashed: bool = False, since: int = 0
) -> Iterator[RowContent]:
    """As it stands at one moment. `since`: what is read stands behind that offset, or just before it; then,
    and where it is short, all comes with one statement. Raises ConversationNotFoundError."""
    with ExitStack() as held:
        connection = held.enter_context(connections.taken())
        head, lines = look_up(connection, conversation, trashed=trashed, since=since)
        if head is not None and (lines[-1][0] if lines else 0) < head[0]:
            # More than is taken at once: it must not be replaced meanwhile.
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            head, _ = look_up(connection, conversation, trashed=trashed, since=since)
            if head is not None:
                yield RowContent(connection, conversation, head)
            connection.execute("COMMIT")
            if head is not None:
                return
        held.pop_all().close()
        if head is None:
            raise ConversationNotFoundError(f"no conversation {conversation}")
        yield RowContent(connections, conversation, head, lines)


def look_up(
    connection: Rows, conversation: str, *, trashed: bool, since: int
) -> tuple[tuple[int, int, int] | None, list[Place]]:
    """Size, generation and when it changed, None where there is none; and its next lines."""
    asked = WITH_LINES + FOUND + (TRASHED if trashed else LIVE) + "ORDER BY r.end_offset"
    values = [conversation, since - BEFORE - 1, AT_ONCE, conversation]
    rows = connection.execute(asked, values, binary=True).fetchall()
    if not rows:
        return None, []
    return rows[0][:3], [row[3:] for row in rows if row[3] is not None]


def lock(connection: Rows, conversation: str, *, trashed: bool = False) -> LockedRows:
    """Until the transaction ends. Waits for who has it. Raises ConversationNotFoundError."""
    asked = HEAD + FOUND + (TRASHED if trashed else LIVE) + "FOR UPDATE"
    row = connection.execute(asked, [conversation]).fetchone()
    if row is None:
        raise ConversationNotFoundError(f"no conversation {conversation}")
    return LockedRows(connection, conversation, row)


def stands(connection: Rows, conversation: str, lines: Sequence[bytes]) -> bool:
    """Whether it was made of these lines, to the byte: by who lost the connection before that was said."""
    made = b"".join(lines)
    with suppress(ConversationNotFoundError):
        return lock(connection, conversation).read(0, len(made)) == made
    return False
