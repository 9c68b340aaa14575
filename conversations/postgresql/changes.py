"""What has changed among the conversations, for who keeps copies of them; and who that is."""

from collections.abc import Iterator

from conversations.errors import StorageError
from conversations.postgresql.connections import Connections, Rows, ask, naming_postgresql_errors
from conversations.postgresql.process import Process
from conversations.store.changes import ConversationState

MIRRORING = 7_214_542
"""The class of an advisory lock."""
LONGEST_WRITE = 120.0
"""Seconds that a transaction may take: what one changes bears the time of before its end."""
PAGE = 1000

SINCE = """
SELECT conversation, size, changed_ns, trashed_ns FROM stored_conversation
WHERE conversation > %s AND greatest(changed_ns, trashed_ns) >= %s ORDER BY conversation LIMIT %s
"""


class RowChanges:
    """Reads the store's `Changes`, page by page."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def changed_since(self, moment: float) -> Iterator[ConversationState]:
        changed, after = int((moment - LONGEST_WRITE) * 1e9), ""
        while True:
            with self._connections.taken() as connection:
                rows = connection.execute(SINCE, [after, changed, PAGE]).fetchall()
            for row in rows:
                yield ConversationState(*row)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def count(self) -> int:
        with self._connections.taken() as connection:
            return int(ask(connection, "SELECT count(*) FROM stored_conversation WHERE trashed_ns IS NULL"))


class MirrorTurn:
    """Which one process has, of all that share the rows, for as long as its connection lives."""

    def __init__(self, connections: Connections, process: Process) -> None:
        self._connections = connections
        self._process = process
        self._session: Rows | None = None

    def hold_turn(self) -> bool:
        """Whether this process holds it, from now until its connection ends. Raises StorageError where it was
        lost."""
        if self._session is not None:
            return self._still_holds(self._session)
        # From then on its connections bear its number: they are ended where it stands still.
        self._process.beat()
        session = self._connections.connect()
        try:
            with naming_postgresql_errors("PostgreSQL refused"):
                is_held = bool(ask(session, "SELECT pg_try_advisory_lock(%s, 0)", MIRRORING))
        except BaseException:
            session.close()
            raise
        if is_held:
            self._session = session
        else:
            session.close()
        return is_held

    def _still_holds(self, session: Rows) -> bool:
        try:
            with naming_postgresql_errors("PostgreSQL refused"):
                ask(session, "SELECT 1")
        except StorageError:
            self.close()
            raise
        return True

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
