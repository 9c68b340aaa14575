"""What becomes of a process that is dead, and of its answers.

To declare it dead and to end its answers as `interrupted` is one transaction, and succeeds only where its
lock is free. Whoever writes holds its own process's row (Process.check): so either what it writes is there
before, and is counted, or it is refused.
"""

import logging
from datetime import UTC, datetime

from conversations.errors import InvalidRecordError, StorageError
from conversations.postgresql.connections import Rows, ask
from conversations.postgresql.content import LockedRows, lock, set_aside
from conversations.postgresql.process import BEAT, LOCK, OVERDUE
from conversations.records import AnswerMessage
from conversations.store.content import holds_message
from conversations.store.interrupted import make_interrupted_answer
from conversations.store.journal_lines import parse_journal

logger = logging.getLogger(__name__)

RETURNING = 2 * BEAT
"""Seconds after a start of PostgreSQL, which ended all sessions, in which a process that lived until then
takes its lock again: it tries with each heartbeat."""
MAY_RETURN = (
    "SELECT EXISTS (SELECT FROM heartbeat WHERE process = %s AND at < pg_postmaster_start_time() "
    "AND at > pg_postmaster_start_time() - make_interval(secs => %s)) "
    "AND clock_timestamp() < pg_postmaster_start_time() + make_interval(secs => %s)"
)


def declare_dead(connection: Rows, number: int) -> list[tuple[str, AnswerMessage]]:
    """Nothing where it lives, or may have lost its lock to a restart of PostgreSQL alone. Its answers, and
    their conversations; of read-only ones, and of those in the trash, journals stay. Within a transaction."""
    if ask(connection, MAY_RETURN, number, OVERDUE, RETURNING):
        return []
    if not ask(connection, "SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK, number):
        return []
    dead = connection.execute(
        "UPDATE process SET died = clock_timestamp() WHERE id = %s AND died IS NULL", [number]
    )
    if dead.rowcount == 0:
        return []
    connection.execute("DELETE FROM heartbeat WHERE process = %s", [number])
    rows = connection.execute(
        "SELECT DISTINCT j.conversation FROM journal j JOIN stored_conversation s "
        "ON s.conversation = j.conversation AND s.trashed_ns IS NULL AND s.format_error = '' "
        # Always in one order, so that two who do this do not wait for each other.
        "WHERE j.process = %s ORDER BY 1",
        [number],
    ).fetchall()
    logger.warning("Process %d is dead; what it answered is ended", number)
    ended = [(row[0], answer) for row in rows for answer in interrupt_abandoned(connection, row[0])]
    connection.execute("UPDATE journal SET process = NULL WHERE process = %s", [number])
    return ended


def interrupt_abandoned(connection: Rows, conversation: str) -> list[AnswerMessage]:
    """Makes records of the journals there that nobody will write any more. Within a transaction. Raises
    ConversationNotFoundError, ConversationDamagedError."""
    content = lock(connection, conversation)
    # Who waited for the row sees what another has ended meanwhile.
    rows = connection.execute(
        "SELECT j.message FROM journal j LEFT JOIN process p ON p.id = j.process WHERE j.conversation = %s "
        "AND (j.process IS NULL OR p.died IS NOT NULL) ORDER BY j.message FOR UPDATE OF j",
        [conversation],
    ).fetchall()
    answers: list[AnswerMessage] = []
    for (message,) in rows:
        if not holds_message(content, message):
            answers += _end(connection, content, message)
        forget_journal(connection, conversation, message)
    return answers


def forget_journal(connection: Rows, conversation: str, message: str) -> None:
    for table in ("journal", "journal_lines"):
        connection.execute(
            f"DELETE FROM {table} WHERE conversation = %s AND message = %s",  # noqa: S608 -- our own names
            [conversation, message],
        )


def lines_of(connection: Rows, conversation: str, message: str) -> tuple[bytes, datetime]:
    """And when the last of them came."""
    rows = connection.execute(
        "SELECT lines, at FROM journal_lines WHERE conversation = %s AND message = %s ORDER BY number",
        [conversation, message],
    ).fetchall()
    return b"".join(row[0] for row in rows), max((row[1] for row in rows), default=datetime.now(UTC))


def _end(connection: Rows, content: LockedRows, message: str) -> list[AnswerMessage]:
    data, ended = lines_of(connection, content.conversation, message)
    try:
        journal = parse_journal(data)
        answer = make_interrupted_answer(message, journal, ended.astimezone(UTC))
    except (StorageError, InvalidRecordError):
        set_aside(connection, content.conversation, data)
        logger.error("the journal %s has no usable first line; it is set aside", message)
        return []
    if journal.unknown:
        set_aside(connection, content.conversation, data)
        logger.warning("the journal %s has lines of a newer version; it is set aside", message)
    content.append([answer], durable=True)
    return [answer]
