"""Answers that stream: rows of what has arrived, written for all of a process's answers together.

What comes of them does not wait for PostgreSQL's disk but before a tool is called: a process that is killed
loses nothing, a machine of PostgreSQL's that loses its power the last moment. That they began does: who asked
was told so.
"""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, cast

from conversations.errors import ConversationDamagedError, StorageError, StoreError
from conversations.ids import check_conversation_id, check_message_id, is_message_id
from conversations.postgresql import dead_processes
from conversations.postgresql.connections import Connections, ask
from conversations.postgresql.journal_lines import HASTY, NOT_YET, WRITE, RowWriter, take_refused, values_of
from conversations.postgresql.process import ALIVE, LIVES, LOCK, Process, UnknownOutcomeError
from conversations.records import AnswerHeader, AnswerMessage, Record
from conversations.store.base import Journal
from conversations.store.journal_lines import Journalled, parse_journal
from conversations.store.lines import encode_record

logger = logging.getLogger(__name__)

BEGIN = f"""
WITH {ALIVE}, begun AS (INSERT INTO journal SELECT %(conversation)s, %(message)s, %(parent)s, alive.id
FROM alive ON CONFLICT DO NOTHING RETURNING conversation, message)
INSERT INTO journal_lines (conversation, message, lines)
SELECT conversation, message, %(line)s FROM begun
"""  # noqa: S608 -- our own words
REMOVE = f"""
WITH gone AS (DELETE FROM journal USING {HASTY} h
WHERE conversation = %s AND message = %s AND process = %s RETURNING conversation, message)
DELETE FROM journal_lines l USING gone WHERE l.conversation = gone.conversation AND l.message = gone.message
"""  # noqa: S608 -- our own words
LEFT = """
SELECT process, pg_try_advisory_xact_lock_shared(%s, process::int)
FROM (SELECT DISTINCT process FROM journal WHERE conversation = %s) AS given
"""
"""Who writes the journals of a conversation, and whether their locks are free. Two who ask are not in each
other's way."""

LEFT_AMONG = """
WITH given AS MATERIALIZED (SELECT DISTINCT process FROM journal WHERE conversation = ANY(%(asked)s)),
free AS MATERIALIZED (SELECT process FROM given
WHERE process IS NULL OR pg_try_advisory_xact_lock_shared(%(lock)s, process::int))
SELECT DISTINCT j.conversation FROM journal j JOIN free ON free.process IS NOT DISTINCT FROM j.process
WHERE j.conversation = ANY(%(asked)s)
"""
"""The conversations among these with journals that nobody writes."""


class RowJournal:
    """A `Journal`. `process`: the number of the one that began it, which alone may write it."""

    def __init__(self, journals: "RowJournals", process: int, conversation: str, message: str) -> None:
        self._journals = journals
        self.process = process
        self.conversation = conversation
        self.message = message
        self.is_taken = False

    def write(self, data: bytes) -> None:
        if self._journals.write({self: data}):
            raise StorageError(f"could not write the journal {self.message}")

    def sync(self) -> None:
        self._journals.sync()

    def close(self) -> None:
        self._journals.give_up(self)

    def remove(self) -> None:
        self._journals.remove(self)


class RowJournals:
    """The `Journals` of conversations that are rows."""

    write_first = True

    def __init__(self, connections: Connections, process: Process) -> None:
        self._connections = connections
        self._process = process

    def loop_writer(self) -> RowWriter:
        return RowWriter(self._connections)

    def begin(self, conversation: str, header: AnswerHeader) -> RowJournal:
        check_conversation_id(conversation)
        message = check_message_id(header["id"])
        line = encode_record(cast(Record, header))
        asked = {"conversation": conversation, "message": message, "parent": header.get("parent")}
        number = None
        with suppress(UnknownOutcomeError):
            number = self._process.write_at_once(BEGIN, {**asked, "line": line})
        if number is None:
            number = self._begin_checked({**asked, "line": line})
        return RowJournal(self, number, conversation, message)

    def _begin_checked(self, asked: Mapping[str, Any]) -> int:
        """As a new process, where this one was declared dead."""
        with self._process.writing() as connection:
            number = self._process.number
            begun = connection.execute(BEGIN, {**asked, "process": number})
        if begun.rowcount == 0:
            raise StorageError(f"{asked['conversation']} has a journal {asked['message']} already")
        return number

    def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        """Writes the lines of many answers in one statement."""
        if not lines:
            return []
        try:
            with self._connections.taken() as connection:
                written = connection.execute(WRITE, values_of(lines)).fetchall()
        except StorageError as error:
            logger.warning(NOT_YET, error)
            return list(lines)
        return take_refused(lines, written)

    def sync(self) -> None:
        """All that was written before outlives what happens to PostgreSQL's machine."""
        with self._process.writing() as connection:
            # A transaction that writes waits for the log up to its own end, and so for all before it.
            connection.execute("SELECT pg_current_xact_id()")

    def give_up(self, journal: RowJournal) -> None:
        with self._connections.taken() as connection:
            connection.execute(
                "UPDATE journal SET process = NULL WHERE conversation = %s AND message = %s AND process = %s",
                [journal.conversation, journal.message, journal.process],
            )

    def remove(self, journal: RowJournal) -> None:
        with self._connections.taken() as connection:
            connection.execute(REMOVE, [journal.conversation, journal.message, journal.process])

    def read(self, conversation: str, message: str) -> Journalled:
        check_conversation_id(conversation)
        with self._connections.taken() as connection:
            data, _ = dead_processes.lines_of(connection, conversation, check_message_id(message))
        if not data:
            raise StorageError(f"no journal {message} in {conversation}")
        return parse_journal(data)

    def answer_ids(self, conversation: str) -> list[str]:
        return self.answer_ids_by_conversation([conversation]).get(conversation, [])

    def answer_ids_by_conversation(self, conversations: Collection[str]) -> dict[str, list[str]]:
        asked = list(map(check_conversation_id, conversations))
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT conversation, array_agg(message) FROM journal "
                "WHERE conversation = ANY(%s) GROUP BY conversation",
                [asked],
            ).fetchall()
        return dict(rows)

    def find_left(self, conversations: Collection[str]) -> set[str]:
        asked = list(map(check_conversation_id, conversations))
        with self._connections.taken() as connection:
            rows = connection.execute(LEFT_AMONG, {"asked": asked, "lock": LOCK}).fetchall()
        return {row[0] for row in rows}

    def find_streaming(self, conversation: str, message: str | None = None) -> set[str]:
        """The journals of answers that are being given: those whose process lives."""
        found = self._given("j.conversation = %(conversation)s", conversation, message)
        return {answer for _, answer in found}

    def find_streaming_anywhere(self, message: str) -> dict[str, set[str]]:
        if not is_message_id(message):
            return {}
        found: dict[str, set[str]] = {}
        for conversation, answer in self._given("true", "", message):
            found.setdefault(conversation, set()).add(answer)
        return found

    def _given(self, where: str, conversation: str, message: str | None) -> list[tuple[str, str]]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT j.conversation, j.message FROM journal j JOIN process p ON p.id = j.process "  # noqa: S608 -- our own words
                f"WHERE {where} AND (%(message)s::text IS NULL OR j.message = %(message)s "
                f"OR j.parent = %(message)s) AND {LIVES}",
                {"conversation": conversation, "message": message},
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def recover(self, conversation: str) -> list[AnswerMessage]:
        check_conversation_id(conversation)
        with self._connections.taken() as connection:
            left = connection.execute(LEFT, [LOCK, conversation]).fetchall()
        answers: list[AnswerMessage] = []
        abandoned = [number for number, is_free in left if number is None or is_free]
        for number in abandoned:
            if number is not None and number != self._process.number:
                answers += self._declare_dead(number, conversation)
        if abandoned:
            answers += self._end_left(conversation)
        return answers

    def recover_all(self) -> int:
        """Of processes that died all at once; of what else was left, conversation by conversation."""
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT DISTINCT j.conversation FROM journal j JOIN stored_conversation s "
                "ON s.conversation = j.conversation AND s.trashed_ns IS NULL ORDER BY 1"
            ).fetchall()
        before = self._count_left()
        for (conversation,) in rows:
            try:
                self.recover(conversation)
            except StoreError as error:
                logger.error("could not recover %s: %s", conversation, error)
        return before - self._count_left()

    def _count_left(self) -> int:
        with self._connections.taken() as connection:
            return int(ask(connection, "SELECT count(*) FROM journal"))

    def _declare_dead(self, number: int, conversation: str) -> list[AnswerMessage]:
        with self._process.writing() as connection:
            ended = dead_processes.declare_dead(connection, number)
        return [answer for one, answer in ended if one == conversation]

    def _end_left(self, conversation: str) -> list[AnswerMessage]:
        try:
            with self._process.writing() as connection:
                return dead_processes.interrupt_abandoned(connection, conversation)
        except ConversationDamagedError as error:
            logger.warning("journals are kept: %s", error)
            return []
