"""One statement, run again and again over a connection that an event loop itself waits for.

To hand it to a thread, and to have psycopg adapt its values, costs four times what the statement itself does:
so libpq is asked here as it is.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from conversations.postgresql.connections import Connections, Rows, naming_postgresql_errors

NAME = b"statement"
LOOK_AGAIN = 1.0
"""Seconds after which a connection is looked at that has said nothing: of one that broke while PostgreSQL had
not read all of it, as where it crashed, uvloop does not tell."""


class LoopStatement:
    """Belongs to one event loop, and runs once at a time. `statement`: with `$1` and so on for its values,
    which are texts; `binary`: how many of the last are bytes as they are. It connects when it is first
    run."""

    def __init__(self, connections: Connections, statement: str, *, values: int, binary: int = 0) -> None:
        self._connections = connections
        self._statement = statement.encode()
        self._formats = [0] * (values - binary) + [1] * binary
        self._connection: Rows | None = None
        self._socket = -1
        """Of the connection, which forgets it where it is lost."""
        self._name = ""
        self._answer: asyncio.Future[PGresult] | None = None
        # The loop's own threads may all be waiting for a PostgreSQL that does not answer.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="connecting")
        self._result: PGresult | None = None
        """Of what is run now, until PostgreSQL is ready for the next."""

    async def run(self, values: Sequence[bytes]) -> PGresult:
        """Its rows. Raises StorageError; where PostgreSQL ended the connection it is not known whether it was
        done."""
        try:
            with naming_postgresql_errors("PostgreSQL refused"):
                connection = await self._take_connection()
                answer: asyncio.Future[PGresult] = asyncio.get_running_loop().create_future()
                self._answer = answer
                connection.pgconn.send_query_prepared(NAME, values, self._formats)
                self._flush(connection.pgconn)
                while not (await asyncio.wait({answer}, timeout=LOOK_AGAIN))[0]:
                    self._receive(connection.pgconn)
                return answer.result()
        except BaseException:
            # What comes over it now may be the answer to what nobody waits for any more.
            self.close()
            raise
        finally:
            self._answer = None

    def close(self) -> None:
        connection, self._connection, self._result = self._connection, None, None
        if connection is not None:
            loop, socket = asyncio.get_running_loop(), self._socket
            if socket >= 0:
                self._socket = -1
                loop.remove_reader(socket)
                loop.remove_writer(socket)
            connection.close()

    async def _take_connection(self) -> Rows:
        if self._connection is not None and self._name != self._connections.name:
            self.close()
        if self._connection is None:
            self._name = self._connections.name
            connecting = asyncio.get_running_loop().run_in_executor(self._thread, self._connect)
            self._connection = await connecting
            pgconn = self._connection.pgconn
            self._socket = pgconn.socket
            asyncio.get_running_loop().add_reader(self._socket, self._receive, pgconn)
        return self._connection

    def _connect(self) -> Rows:
        connection = self._connections.connect()
        prepared = connection.pgconn.prepare(NAME, self._statement)
        if prepared.status != ExecStatus.COMMAND_OK:
            connection.close()
            raise psycopg.errors.error_from_result(prepared)
        connection.pgconn.nonblocking = 1
        return connection

    def _flush(self, pgconn: PGconn) -> None:
        """What the system does not take at once goes when it takes more."""
        if pgconn.flush():
            asyncio.get_running_loop().add_writer(self._socket, self._flush_rest, pgconn)

    def _flush_rest(self, pgconn: PGconn) -> None:
        asyncio.get_running_loop().remove_writer(self._socket)
        try:
            self._flush(pgconn)
        except psycopg.Error as error:
            self._fail(error)

    def _receive(self, pgconn: PGconn) -> None:
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    self._give_result()
                    break
                if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                    raise psycopg.errors.error_from_result(result)
                self._result = result
        except psycopg.Error as error:
            self._fail(error)
            return
        if pgconn.status != ConnStatus.OK:
            self._fail(psycopg.OperationalError("the connection was ended"))

    def _give_result(self) -> None:
        result, self._result = self._result, None
        if result is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(result)

    def _fail(self, error: psycopg.Error) -> None:
        """Also of one that nobody asks anything just now: it is made anew when it is needed."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()
