"""Conversations in PostgreSQL: safe between threads, processes and machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, LiteralString

from conversations.errors import (
    ConversationDamagedError,
    ConversationExistsError,
    ConversationNotFoundError,
    InvalidRecordError,
)
from conversations.ids import check_conversation_id
from conversations.owners import named_owner
from conversations.postgresql.changes import LONGEST_WRITE, MirrorTurn, RowChanges
from conversations.postgresql.connections import Connections, Rows, ask
from conversations.postgresql.content import (
    AT_ONCE,
    CREATE,
    EXTEND,
    NOW_NS,
    LockedRows,
    RowContent,
    add_lines,
    as_made,
    line_places,
    lock,
    reading,
    stands,
)
from conversations.postgresql.journals import RowJournals
from conversations.postgresql.process import Process, UnknownOutcomeError
from conversations.postgresql.testsets import TEXTS, RowTestSets
from conversations.postgresql.trash import BELONGING, RowTrash
from conversations.records import ConversationRecord, Record
from conversations.store.base import Stamp, Store
from conversations.store.content import Content, damage_of, first_line, read_only_because
from conversations.store.conversation import ConversationFile
from conversations.store.lines import decode_record, encode_record, whole_lines
from conversations.tree import check_records

BEGINNINGS = 7_214_540
PURGING = BEGINNINGS + 1
"""Classes of advisory locks."""
ENDING = 8
"""Characters of a conversation's id behind its time."""
BLOCKS_AT_ONCE = 16
"""Rows that are in memory together while attachments are looked for in them."""


class RowLead:
    """Leads a dialogue, as a `Lead`, for as long as this process lives."""

    def __init__(self, process: Process, conversation: str) -> None:
        self._process = process
        self._conversation = conversation

    def release(self) -> None:
        self._process.give_up_lead(self._conversation)


class RowTurn:
    """Whose turn it is to purge, as a `PurgeTurn`, by a row."""

    def __init__(self, connection: Rows) -> None:
        self._connection = connection
        ago = ask(connection, "SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM purged")
        self.ago = float("inf") if ago is None else float(ago)

    def mark_done(self) -> None:
        self._connection.execute(
            "INSERT INTO purged (at) VALUES (clock_timestamp()) "
            "ON CONFLICT (one) DO UPDATE SET at = excluded.at"
        )


class PostgresStore:
    """A `Store`. `params`: what psycopg connects with. Nothing is asked before it is used."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._connections = Connections(params)
        self._process = Process(self._connections)
        self.journals = RowJournals(self._connections, self._process)
        self.trashed = RowTrash(self._connections, self._process)
        self.testsets = RowTestSets(self._connections, self._process)
        self.changes = RowChanges(self._connections)
        self.mirror_turn = MirrorTurn(self._connections, self._process)

    def close(self) -> None:
        """For others this process is dead from now on."""
        self.mirror_turn.close()
        self._process.close()

    def create(self, record: ConversationRecord, *more: Record) -> ConversationFile:
        """Also one of that id in the trash is in the way."""
        conversation = check_conversation_id(record["id"])
        if record["type"] != "conversation":
            raise InvalidRecordError("a conversation begins with its own record")
        lines = [encode_record(one) for one in check_records([record, *more])]
        done = self._write(CREATE, conversation, 0, lines, error=damage_of(record))
        if not done:
            # Which of its conditions does not hold is found step by step.
            with self._process.writing() as connection:
                if done is False or not stands(connection, conversation, lines):
                    self._insert(connection, conversation, sum(map(len, lines)), damage_of(record), None)
                    add_lines(connection, conversation, 0, lines)
        return self._file(conversation, as_made(self._connections, conversation, lines))

    def take_in(self, conversation: str, content: Content, *, trashed_at: float | None) -> None:
        """What stands behind the last newline is a line of its own, which whoever appends ends first."""
        check_conversation_id(conversation)
        with self._process.writing() as connection:
            self._take_in(connection, conversation, content, trashed_at)

    def replace_all(self, source: Store, connection: Rows) -> None:
        """Instead of all conversations and test sets, those of another home, to the byte, in the caller's
        transaction: it may change what else belongs to them. Nobody may write to either meanwhile."""
        connection.execute(f"TRUNCATE {', '.join(BELONGING)}")
        for conversation in source.ids():
            with source.reading(conversation) as content:
                self._take_in(connection, conversation, content, None)
        for conversation in source.trashed.ids():
            with source.trashed.reading(conversation) as content:
                self._take_in(connection, conversation, content, source.trashed.trashed_at(conversation))
        self.testsets.replace_all(source, connection)

    def append(self, conversation: str, records: Iterable[Record], *, durable: bool = True) -> int:
        with self.locked(conversation) as content:
            return content.append(records, durable=durable)

    def extend(self, conversation: str, identity: object, size: int, lines: Sequence[bytes]) -> bool | None:
        check_conversation_id(conversation)
        return self._write(EXTEND, conversation, size, lines, generation=identity)

    @contextmanager
    def locked(self, conversation: str) -> Iterator[LockedRows]:
        check_conversation_id(conversation)
        with self._process.writing() as connection:
            yield lock(connection, conversation)

    def open(self, conversation: str) -> ConversationFile:
        return self._file(check_conversation_id(conversation))

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[RowContent]:
        return reading(self._connections, check_conversation_id(conversation), since=since)

    def exists(self, conversation: str) -> bool:
        return self.stamp(conversation) is not None

    def find_first(self, conversations: Sequence[str]) -> str | None:
        """In one look at a stretch of the index: many ids are of one ending and of neighbouring times."""
        asked = list(map(check_conversation_id, conversations))
        if not asked:
            return None
        between = "AND conversation BETWEEN %s AND %s AND right(conversation, %s) = ANY(%s)"
        endings = list({one[-ENDING:] for one in asked})
        found = {name for name, _ in self._stamps(between, [min(asked), max(asked), ENDING, endings])}
        return next(filter(found.__contains__, asked), None)

    def ids(self) -> Iterator[str]:
        return iter(sorted(name for name, _ in self.stamps()))

    def measure(self, *, trashed: bool) -> tuple[int, int]:
        with self._connections.taken() as connection:
            found = connection.execute(
                "SELECT count(*), coalesce(sum(size), 0)::bigint FROM stored_conversation "
                "WHERE (trashed_ns IS NOT NULL) = %s",
                [trashed],
            ).fetchone()
        return found or (0, 0)

    def stamp(self, conversation: str) -> Stamp | None:
        check_conversation_id(conversation)
        found = self._stamps("AND conversation = %s", [conversation])
        return found[0][1] if found else None

    def stamps(self, ids: Sequence[str] | None = None) -> Iterator[tuple[str, Stamp]]:
        if ids is None:
            return iter(self._stamps("", []))
        return iter(self._stamps("AND conversation = ANY(%s)", [list(ids)]))

    def listing_stamp(self) -> int | None:
        return None

    def trash(self, conversation: str) -> None:
        check_conversation_id(conversation)
        with self._process.writing() as connection:
            lock(connection, conversation)
            connection.execute(
                f"UPDATE stored_conversation SET trashed_ns = {NOW_NS} WHERE conversation = %s",  # noqa: S608 -- no value of anybody's
                [conversation],
            )

    def restore(self, conversation: str) -> None:
        check_conversation_id(conversation)
        with self._process.writing() as connection:
            lock(connection, conversation, trashed=True)
            # Who looks at what has changed since a moment finds it again.
            connection.execute(
                "UPDATE stored_conversation SET trashed_ns = NULL, "  # noqa: S608 -- no value of anybody's
                f"changed_ns = greatest(changed_ns + 1, {NOW_NS}) WHERE conversation = %s",
                [conversation],
            )

    def hand_over(self, conversation: str, owner: str, name: str, *, trashed: bool = False) -> None:
        check_conversation_id(conversation)
        given = named_owner(owner, name)
        with self._process.writing() as connection:
            content = lock(connection, conversation, trashed=trashed)
            line = first_line(content)
            try:
                first = decode_record(line)
            except InvalidRecordError as error:
                raise ConversationDamagedError(f"{conversation} does not say whose it is: {error}") from error
            kept = {key: value for key, value in first.items() if key != "owner_name"}
            changed = encode_record({**kept, **given})  # type: ignore[arg-type]
            _replace_first_line(connection, conversation, len(line) + 1, changed)

    def take_lead(self, conversation: str) -> RowLead | None:
        check_conversation_id(conversation)
        return RowLead(self._process, conversation) if self._process.take_lead(conversation) else None

    def is_led(self, conversation: str) -> bool:
        return self._process.is_led(check_conversation_id(conversation))

    @contextmanager
    def try_beginning(self, asked: str) -> Iterator[bool]:
        with self._connections.taken() as connection, connection.transaction():
            yield bool(
                ask(connection, "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", BEGINNINGS, asked)
            )

    @contextmanager
    def purging(self, *, wait: bool) -> Iterator[RowTurn | None]:
        with self._connections.taken() as connection:
            if wait:
                connection.execute("SET lock_timeout = 0")
                connection.execute("SET statement_timeout = 0")
                connection.execute("SELECT pg_advisory_lock(%s, 0)", [PURGING])
            elif not ask(connection, "SELECT pg_try_advisory_lock(%s, 0)", PURGING):
                yield None
                return
            try:
                yield RowTurn(connection)
            finally:
                connection.execute("SELECT pg_advisory_unlock(%s, 0)", [PURGING])
                connection.execute("RESET lock_timeout")
                connection.execute("RESET statement_timeout")

    def texts(self, since: float) -> Iterator[Iterator[bytes]]:
        changed = int((since - LONGEST_WRITE) * 1e9)
        for trashed in (False, True):
            for conversation in self._changed(changed, trashed=trashed):
                yield self._text(conversation, trashed=trashed)
        for asked in (
            "SELECT lines FROM journal_lines WHERE at >= to_timestamp(%s / 1e9)",
            "SELECT data FROM set_aside WHERE changed_ns >= %s",
            *TEXTS,
        ):
            yield self._blocks(asked, changed)

    def clock(self) -> float:
        with self._connections.taken() as connection:
            return float(ask(connection, "SELECT extract(epoch FROM clock_timestamp())::float8"))

    def others_alive(self) -> bool:
        return self._process.others_alive()

    def remarks(self, conversation: str) -> Iterator[str]:
        check_conversation_id(conversation)
        with self._connections.taken() as connection:
            kept = connection.execute(
                "SELECT octet_length(data) FROM set_aside WHERE conversation = %s ORDER BY number",
                [conversation],
            ).fetchall()
        for number, (size,) in enumerate(kept, 1):
            yield f"{conversation}.torn-{number} holds {size} bytes that were set aside"
        if count := len(self.journals.answer_ids(conversation)):
            yield f"{count} answers stream now or wait for recovery"

    def strays(self) -> Iterator[tuple[str, str]]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT DISTINCT conversation FROM record r WHERE NOT EXISTS "
                "(SELECT FROM stored_conversation s WHERE s.conversation = r.conversation)"
            ).fetchall()
        for (conversation,) in rows:
            yield conversation, f"belongs to {conversation}, which is not there"

    def _file(self, conversation: str, written: Content | None = None) -> ConversationFile:
        return ConversationFile(
            conversation,
            partial(self.reading, conversation),
            partial(self.locked, conversation),
            partial(self.extend, conversation),
            written=written,
        )

    def _take_in(
        self, connection: Rows, conversation: str, content: Content, trashed_at: float | None
    ) -> None:
        trashed_ns = None if trashed_at is None else int(trashed_at * 1e9)
        error = read_only_because(first_line(content))
        self._insert(connection, conversation, content.size, error, trashed_ns)
        size, lines = 0, list[bytes]()
        for line in whole_lines(content.blocks(0, content.size)):
            lines.append(line)
            if len(lines) == AT_ONCE:
                size = add_lines(connection, conversation, size, lines)
                lines = []
        add_lines(connection, conversation, size, lines)
        if content.size and content.read(content.size - 1, 1) != b"\n":
            connection.execute(
                "UPDATE stored_conversation SET has_open_end = true WHERE conversation = %s", [conversation]
            )

    def _write(
        self, statement: LiteralString, conversation: str, before: int, lines: Sequence[bytes], **values: Any
    ) -> bool | None:
        size = before + sum(map(len, lines))
        asked = {"conversation": conversation, "before": before, "size": size, **line_places(before, lines)}
        try:
            return self._process.write_at_once(statement, {**asked, **values}) is not None
        except UnknownOutcomeError:
            return None

    @staticmethod
    def _insert(
        connection: Rows, conversation: str, size: int, format_error: str, trashed_ns: int | None
    ) -> None:
        made = connection.execute(
            f"INSERT INTO stored_conversation VALUES (%s, %s, 0, {NOW_NS}, %s, %s) ON CONFLICT DO NOTHING",  # noqa: S608 -- no value of anybody's
            [conversation, size, trashed_ns, format_error],
        )
        if made.rowcount == 0:
            raise ConversationExistsError(f"conversation {conversation} is there already")

    def _stamps(self, where: str, values: Sequence[object]) -> list[tuple[str, Stamp]]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT conversation, size, changed_ns FROM stored_conversation "  # noqa: S608 -- our own words
                f"WHERE trashed_ns IS NULL {where}",
                values,
            ).fetchall()
        return [(row[0], (row[1], row[2])) for row in rows]

    def _changed(self, since: int, *, trashed: bool) -> list[str]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT conversation FROM stored_conversation WHERE greatest(changed_ns, trashed_ns) >= %s "
                "AND (trashed_ns IS NOT NULL) = %s",
                [since, trashed],
            ).fetchall()
        return [row[0] for row in rows]

    def _text(self, conversation: str, *, trashed: bool) -> Iterator[bytes]:
        """Of one that went where it was looked for no more, nothing: it is found there."""
        for place in (trashed, not trashed):
            try:
                with reading(self._connections, conversation, trashed=place) as content:
                    yield from content.blocks(0, content.size)
                return
            except ConversationNotFoundError:
                continue

    def _blocks(self, asked: str, since: int) -> Iterator[bytes]:
        with (
            self._connections.taken() as connection,
            connection.transaction(),
            connection.cursor("texts") as rows,
        ):
            rows.itersize = BLOCKS_AT_ONCE
            for (data,) in rows.execute(asked, [since]):
                yield data


def _replace_first_line(connection: Rows, conversation: str, length: int, line: bytes) -> None:
    """`length`: of the one that is there. What stands behind it moves."""
    moved = len(line) - length
    connection.execute(
        "UPDATE record SET line = %s WHERE conversation = %s AND end_offset = %s",
        [line, conversation, length],
    )
    # In two steps, below nothing first: no two lines may ever end at one place.
    for change, values in (("-(end_offset + %s)", [moved]), ("-end_offset", [])):
        connection.execute(
            f"UPDATE record SET end_offset = {change} WHERE conversation = %s",  # noqa: S608 -- our own words
            [*values, conversation],
        )
    connection.execute(
        "UPDATE stored_conversation SET size = size + %s, generation = generation + 1, "  # noqa: S608 -- no value of anybody's
        f"changed_ns = greatest(changed_ns + 1, {NOW_NS}) WHERE conversation = %s",
        [moved, conversation],
    )
