"""Connections to PostgreSQL that are no thread's own: an answer's record is written from whichever thread is
free, and none of them keeps one."""

import select
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

from conversations.errors import StorageAwayError, StorageError

IDLE = 8
"""Connections that are kept for the next who wants one."""
SETTINGS = (
    # A process that stands still in the midst of a transaction holds up the others no longer than this.
    "idle_in_transaction_session_timeout=30s",
    "lock_timeout=30s",
    "statement_timeout=120s",
)

Rows = Connection[tuple[Any, ...]]


class Connections:
    """Raises StorageError where PostgreSQL does not answer."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = dict(params)
        self._name = ""
        self._idle: list[Rows] = []
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """What PostgreSQL knows those by that are made now."""
        return self._name

    def rename(self, name: str) -> None:
        """What PostgreSQL knows them by from now on; those of before are closed when they come back."""
        with self._guard:
            self._name = name
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def connect(self) -> Rows:
        """One that is the caller's own, in autocommit."""
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        with naming_postgresql_errors("PostgreSQL does not answer"):
            return psycopg.connect(
                **self._params,
                autocommit=True,
                application_name=self._name,
                options=options,
                connect_timeout=5,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )

    @contextmanager
    def taken(self) -> Iterator[Rows]:
        """In autocommit, for one thread, until the block ends. It is given back only where all went well."""
        name = self._name
        connection = self._take_idle() or self.connect()
        kept = False
        try:
            with naming_postgresql_errors("PostgreSQL refused"):
                yield connection
            kept = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        finally:
            with self._guard:
                kept = kept and name == self._name and len(self._idle) < IDLE
                if kept:
                    self._idle.append(connection)
            if not kept:
                connection.close()

    def _take_idle(self) -> Rows | None:
        """One that still stands; those that PostgreSQL ended meanwhile are closed."""
        while True:
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            if connection is None or still_stands(connection):
                return connection
            connection.close()

    def close(self) -> None:
        self.rename(self._name)


def still_stands(connection: Rows) -> bool:
    """Whether one that is in nobody's use was not ended by the other side, which would have said so. Only
    where anything was said it is asked."""
    if connection.closed:
        return False
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    try:
        return not looking.poll(0) or ask(connection, "SELECT true") is True
    except psycopg.Error:
        return False


def ask(connection: Rows, query: LiteralString, *values: Any) -> Any:
    """The first value of the first row; None where there is none."""
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]


@contextmanager
def naming_postgresql_errors(what: str) -> Iterator[None]:
    """Raises what PostgreSQL says as StorageError, without the values that were sent to it."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise (StorageAwayError if is_away(error) else StorageError)(f"{what}: {said}") from error


def is_away(error: psycopg.Error) -> bool:
    """Whether there is no connection any more, or none is given: it ends, or begins, or is not reached."""
    is_lost = error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
    return isinstance(error, psycopg.OperationalError) and is_lost
