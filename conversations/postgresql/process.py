"""This process among those that share the conversations.

PostgreSQL says who is alive: each process has a row, and a connection of its own that holds an advisory lock
of that number for as long as it lives. One whose lock is free may be declared dead (dead_processes.py), and
writes no more. One that stands still keeps its connection: so each also sends a heartbeat, and whoever finds
another's overdue has its connections ended, which frees the lock.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, LiteralString

import psycopg

from conversations.errors import DeclaredDeadError, StorageError
from conversations.postgresql.connections import (
    Connections,
    Rows,
    ask,
    naming_postgresql_errors,
    still_stands,
)

logger = logging.getLogger(__name__)

LOCK = 7_214_533
"""The class of our advisory locks; the number of a process is the lock within it."""
LEADS = LOCK + 1
AS_OID = "(hashtext(%s)::bigint & 4294967295)::oid"
"""As a lock's number stands in pg_locks."""
BEAT = 5.0
"""Seconds between two heartbeats, which are also looks at the others'."""
PATIENCE = "1s"
"""With those who look at our lock when we take it again."""
OVERDUE = 30.0
"""Seconds without a heartbeat, by PostgreSQL's clock, after which a process is taken to stand still."""

HERE = "l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
HELD = f"FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND {HERE}"
LIVES = f"EXISTS (SELECT {HELD} AND l.classid = {LOCK} AND l.objid::bigint = p.id) AND p.died IS NULL"
"""Of a `process p`, whether it lives."""

ALIVE = "alive AS (SELECT id FROM process WHERE id = %(process)s AND died IS NULL FOR SHARE)"
"""Of a statement that is a transaction by itself: nothing is written by a process that was declared dead."""
OTHERS_ALIVE = f"SELECT EXISTS (SELECT FROM process p WHERE p.id <> %s AND {LIVES})"  # noqa: S608 -- our own words
FORGET = """
WITH gone AS (DELETE FROM process WHERE id = %(process)s AND NOT EXISTS
(SELECT FROM journal WHERE process = %(process)s) RETURNING id)
DELETE FROM heartbeat USING gone WHERE heartbeat.process = gone.id
"""
FORGET_OLD = """
WITH old AS (DELETE FROM process p WHERE NOT EXISTS (SELECT FROM heartbeat h WHERE h.process = p.id
AND h.at > clock_timestamp() - interval '1 day') AND NOT EXISTS (SELECT FROM journal j WHERE j.process = p.id)
RETURNING id) DELETE FROM heartbeat USING old WHERE heartbeat.process = old.id
"""
"""Of those that were killed and left nothing. One that wakes after all is refused like one declared dead."""
END_OVERDUE = (
    "SELECT count(pg_terminate_backend(a.pid)) FROM heartbeat h JOIN pg_stat_activity a "
    "ON a.application_name = 'divan ' || h.process AND a.datname = current_database() "
    "WHERE h.process <> %s AND h.at < clock_timestamp() - make_interval(secs => %s)"
)


class UnknownOutcomeError(StorageError):
    """It may have been written, or not."""


class Process:
    """`number`: as others know it; another one after it was declared dead. Begins when it is first asked for.
    Raises StorageError where PostgreSQL does not answer."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._guard = threading.RLock()
        self._session: Rows | None = None
        self._number: int | None = None
        self._beating: threading.Thread | None = None
        self._closed = threading.Event()
        self._led: set[str] = set()

    @property
    def number(self) -> int:
        with self._guard:
            return self._alive()[0]

    def _alive(self) -> tuple[int, Rows]:
        """Its number and its connection. The caller holds `_guard`."""
        if self._number is None or self._session is None or not still_stands(self._session):
            if self._session is not None:
                self._session.close()
            self._number, self._session = self._begin()
            self._connections.rename(f"divan {self._number}")
        return self._number, self._session

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """A transaction that ends well only where this process has not been declared dead, and until whose
        end it is not. One that finds so at its begin has written nothing, and is begun once more as a new
        process: whoever asked for it is not refused. But where this process led something: another may lead
        it by now. Raises DeclaredDeadError."""
        with ExitStack() as held:
            try:
                connection = held.enter_context(self._checked())
            except StorageError as error:
                if self._led or not is_of_death(error):
                    raise
                self._connections.close()
                connection = held.enter_context(self._checked())
            yield connection

    def write_at_once(self, statement: LiteralString, values: Mapping[str, Any]) -> int | None:
        """Runs one statement, which is a transaction by itself and names this process as ALIVE does: a single
        round trip. Its number where something was written; None where a condition did not hold, and nothing
        was. Raises UnknownOutcomeError where connections that we had were ended: the caller looks, within
        `writing`."""
        number = self.number
        try:
            with self._connections.taken() as connection:
                written = connection.execute(statement, {**values, "process": number}).rowcount
        except StorageError as error:
            if is_of_death(error):
                raise UnknownOutcomeError("PostgreSQL ended the connection") from error
            raise
        return number if written else None

    @contextmanager
    def _checked(self) -> Iterator[Rows]:
        number = self.number
        with self._connections.taken() as connection, connection.transaction():
            self.check(connection, number)
            yield connection

    def check(self, connection: Rows, number: int) -> None:
        """Within a transaction, of which it makes that condition."""
        if not ask(connection, "SELECT died IS NULL FROM process WHERE id = %s FOR SHARE", number):
            self._start_afresh(number)
            raise DeclaredDeadError("this process was declared dead, and what it answered was ended")

    def take_lead(self, conversation: str) -> bool:
        """Whether nobody else has it. It is lost with this process."""
        with self._guard, naming_postgresql_errors("PostgreSQL refused"):
            _, session = self._alive()
            if conversation in self._led:
                return False
            is_taken = ask(session, "SELECT pg_try_advisory_lock(%s, hashtext(%s))", LEADS, conversation)
            if is_taken:
                self._led.add(conversation)
            return bool(is_taken)

    def is_led(self, conversation: str) -> bool:
        """By this process or another that lives."""
        with self._connections.taken() as connection:
            query = f"SELECT EXISTS (SELECT {HELD} AND l.classid = %s AND l.objid = {AS_OID})"
            return bool(ask(connection, query, LEADS, conversation))

    def others_alive(self) -> bool:
        with self._guard:
            mine = self._number or 0
        with self._connections.taken() as connection:
            return bool(ask(connection, OTHERS_ALIVE, mine))

    def give_up_lead(self, conversation: str) -> None:
        with self._guard:
            self._led.discard(conversation)
            # Without the connection it was lost already.
            with suppress(psycopg.Error):
                if self._session is not None:
                    self._session.execute(
                        "SELECT pg_advisory_unlock(%s, hashtext(%s))", [LEADS, conversation]
                    )

    def beat(self) -> None:
        """Says that this process lives, and ends the connections of those that stand still."""
        with self._guard, naming_postgresql_errors("PostgreSQL refused"):
            number, session = self._alive()
            session.execute("UPDATE heartbeat SET at = clock_timestamp() WHERE process = %s", [number])
            ended = ask(session, END_OVERDUE, number, OVERDUE)
        if ended:
            logger.warning("Another process stood still for %d s; its connections were ended", OVERDUE)

    def close(self) -> None:
        self._closed.set()
        with self._guard:
            # One that leaves nothing behind need not be remembered.
            with suppress(psycopg.Error):
                if self._session is not None and self._number is not None:
                    self._session.execute(FORGET, {"process": self._number})
            if self._session is not None:
                self._session.close()
            self._session = self._number = None
        self._connections.close()

    def _begin(self) -> tuple[int, Rows]:
        """Again as the same, where the connection alone was lost and nobody has declared it dead since."""
        self._led.clear()
        session = self._connections.connect()
        try:
            with naming_postgresql_errors("PostgreSQL refused"):
                number = self._number
                if number is None or not retake_lock(session, number):
                    number = register_process(session)
                session.execute("SELECT set_config('application_name', %s, false)", [f"divan {number}"])
        except BaseException:
            session.close()
            raise
        if self._beating is None:
            self._beating = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
            self._beating.start()
        return number, session

    def _start_afresh(self, number: int) -> None:
        with self._guard:
            if self._number == number:
                logger.error("This process was declared dead; it starts afresh, under another number")
                if self._session is not None:
                    self._session.close()
                self._session = self._number = None

    def _beat_on(self) -> None:
        while not self._closed.wait(BEAT):
            try:
                self.beat()
            except StorageError as error:
                logger.warning("No heartbeat could be sent: %s", error)


def is_of_death(error: StorageError) -> bool:
    """Whether it may come of a death: it was declared, or connections that we had were ended."""
    return isinstance(error, DeclaredDeadError) or isinstance(error.__cause__, psycopg.OperationalError)


def retake_lock(session: Rows, number: int) -> bool:
    """First the lock, then the look: from then on nobody declares it dead. Whoever looks just now whether it
    is free, or declares it dead, has it for the length of a statement or a transaction, and is waited for."""
    try:
        with session.transaction():
            session.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, number])
    except psycopg.errors.LockNotAvailable:
        # A connection of ours holds it of which PostgreSQL does not know yet that it is gone.
        return False
    return bool(ask(session, "SELECT died IS NULL FROM process WHERE id = %s", number))


def register_process(session: Rows) -> int:
    """Its row is seen by others only with its lock held."""
    with session.transaction():
        number = int(ask(session, "INSERT INTO process DEFAULT VALUES RETURNING id"))
        session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, number])
        session.execute("INSERT INTO heartbeat VALUES (%s, clock_timestamp())", [number])
        session.execute(FORGET_OLD)
    return number
