"""Test sets and their runs in rows. A run is done by the process whose number its row bears while that lives;
with each change of hands its `turn` is another, and what is written for an earlier one is refused."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from conversations.errors import RunNotFoundError, RunTakenError, SetNotFoundError, StorageError
from conversations.ids import check_conversation_id
from conversations.postgresql.connections import Connections, Rows, ask
from conversations.postgresql.content import NOW_NS
from conversations.postgresql.process import LIVES, Process
from conversations.store.base import Store
from conversations.store.testsets import LARGEST, Change, RunContent, Stamp, Standing

Key = tuple[str, str]
"""A test set and a run of it."""

THIS = "testset = %(testset)s AND run = %(run)s"
FREE = f"NOT EXISTS (SELECT FROM process p WHERE p.id = r.process AND p.id <> %(process)s AND {LIVES})"
"""Whether a `testset_run r` is done by no other process that lives."""
ADD = f"""
INSERT INTO testset (testset, changed_ns, data) VALUES (%s, {NOW_NS}, %s) ON CONFLICT DO NOTHING
"""  # noqa: S608 -- our own words
REPLACE = f"""
UPDATE testset SET data = %s, generation = nextval('testset_generation'),
changed_ns = greatest(changed_ns + 1, {NOW_NS}) WHERE testset = %s
"""  # noqa: S608 -- our own words
ADD_RUN = f"""
INSERT INTO testset_run (testset, run, size, changed_ns, going, process)
VALUES (%(testset)s, %(run)s, 0, {NOW_NS}, %(going)s, %(process)s)
"""  # noqa: S608 -- our own words
MARK = f"""
UPDATE testset_run r SET going = true, process = %(process)s, turn = turn + 1
WHERE {THIS} AND NOT going RETURNING turn
"""  # noqa: S608 -- our own words
TAKE = f"""
UPDATE testset_run r SET process = %(process)s, turn = turn + 1
WHERE {THIS} AND going AND {FREE} RETURNING turn
"""  # noqa: S608 -- our own words
UNMARK = f"UPDATE testset_run SET going = false, process = NULL WHERE {THIS} AND going"  # noqa: S608 -- our own words
LEFT = f"SELECT testset, run FROM testset_run r WHERE going AND {FREE} ORDER BY 1, 2"  # noqa: S608 -- our own words
GROW = f"""
UPDATE testset_run SET size = %(size)s, changed_ns = greatest(changed_ns + 1, {NOW_NS}) WHERE {THIS}
"""  # noqa: S608 -- our own words
TEXTS = (
    "SELECT data FROM testset WHERE changed_ns >= %s",
    """SELECT l.lines FROM testset_run r JOIN testset_run_lines l USING (testset, run)
    WHERE r.changed_ns >= %s ORDER BY l.testset, l.run, l.end_offset""",
)
"""What may name an attachment, changed since a moment; to be read block by block."""
PAGE = f"""
SELECT end_offset, lines FROM testset_run_lines WHERE {THIS} AND end_offset > %(after)s
ORDER BY end_offset LIMIT %(most)s
"""  # noqa: S608 -- our own words
AT_ONCE = 16
"""Rows of a run that are in memory together."""
TABLES = ("testset_run_lines", "testset_run", "testset")


class RowTestSets:
    """The `TestSets` of conversations that are rows."""

    def __init__(self, connections: Connections, process: Process) -> None:
        self._connections = connections
        self._process = process
        self._held: dict[Key, int] = {}
        self._guard = threading.Lock()

    def stamps(self) -> list[tuple[str, Stamp]]:
        with self._connections.taken() as connection:
            rows = connection.execute("SELECT testset, generation FROM testset ORDER BY 1 DESC").fetchall()
        return [(testset, (generation,)) for testset, generation in rows]

    def read(self, testset: str, most: int | None = None) -> bytes:
        check_conversation_id(testset)
        with self._connections.taken() as connection:
            return read(connection, testset, most)

    def find_strays(self) -> list[str]:
        return []

    def create(self, testset: str, data: bytes) -> None:
        check_conversation_id(testset)
        with self._process.writing() as connection:
            if connection.execute(ADD, [testset, data]).rowcount == 0:
                raise StorageError(f"the test set {testset} is there already")

    def change(self, testset: str, change: Change) -> None:
        check_conversation_id(testset)
        with self._process.writing() as connection:
            data = change(read(connection, testset, LARGEST + 1, lock=True))
            if data is not None:
                connection.execute(REPLACE, [data, testset])

    def delete(self, testset: str) -> None:
        check_conversation_id(testset)
        with self._process.writing() as connection:
            if connection.execute("DELETE FROM testset WHERE testset = %s", [testset]).rowcount == 0:
                raise SetNotFoundError(f"no test set {testset}")

    def run_ids(self, testset: str) -> list[str]:
        with self._connections.taken() as connection:
            rows = connection.execute(
                "SELECT run FROM testset_run WHERE testset = %s ORDER BY 1 DESC",
                [check_conversation_id(testset)],
            ).fetchall()
        return [row[0] for row in rows]

    @contextmanager
    def reading_run(self, testset: str, run: str) -> Iterator[RunContent]:
        key = check_key(testset, run)
        with self._connections.taken() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            asked = f"SELECT size, going FROM testset_run WHERE {THIS}"  # noqa: S608 -- our own words
            row = connection.execute(asked, key_parameters(key)).fetchone()
            if row is not None:
                yield RunContent(row[0], row[1], blocks_of(connection, key))
            connection.execute("COMMIT")
        if row is None:
            raise RunNotFoundError(f"no run {run}")

    def begin_run(self, testset: str, run: str, lines: bytes) -> "RowRunHold":
        key = check_key(testset, run)
        with self._process.writing() as connection:
            number = self._process.number
            add_run(connection, key, going=True, process=number)
            add_lines(connection, key, 0, lines)
        return self._hold(key, 1)

    def resume_run(self, testset: str, run: str, lines: bytes) -> "RowRunHold | None":
        key = check_key(testset, run)
        with self._process.writing() as connection:
            size, _turn = lock_run(connection, key)
            turn = connection.execute(
                MARK, {**key_parameters(key), "process": self._process.number}
            ).fetchone()
            if turn is not None:
                add_lines(connection, key, size, lines)
        return None if turn is None else self._hold(key, turn[0])

    def take_over(self, testset: str, run: str) -> "RowRunHold | None":
        key = check_key(testset, run)
        with self._guard:
            if key in self._held:
                return None
            with self._process.writing() as connection:
                turn = connection.execute(
                    TAKE, {**key_parameters(key), "process": self._process.number}
                ).fetchone()
            if turn is None:
                return None
            self._held[key] = turn[0]
        return RowRunHold(self, key, turn[0])

    def find_left_runs(self) -> list[tuple[str, str]]:
        number = self._process.number
        with self._connections.taken() as connection:
            rows = connection.execute(LEFT, {"process": number}).fetchall()
        with self._guard:
            return [(testset, run) for testset, run in rows if (testset, run) not in self._held]

    def stop_run(self, testset: str, run: str, lines: bytes) -> None:
        key = check_key(testset, run)
        with self._process.writing() as connection, suppress(RunNotFoundError):
            size, _turn = lock_run(connection, key)
            unmark_run(connection, key, size, lines)

    def delete_run(self, testset: str, run: str) -> None:
        key = check_key(testset, run)
        with self._process.writing() as connection:
            gone = connection.execute(f"DELETE FROM testset_run WHERE {THIS}", key_parameters(key))  # noqa: S608 -- our own words
        if gone.rowcount == 0:
            raise RunNotFoundError(f"no run {run}")

    def take_in_run(self, testset: str, run: str, content: RunContent) -> None:
        with self._process.writing() as connection:
            take_in_run(connection, check_key(testset, run), content)

    def replace_all(self, source: Store, connection: Rows) -> None:
        """Puts what `source` has in the place of all that is here, within the transaction of `connection`."""
        connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        for testset, _stamp in source.testsets.stamps():
            connection.execute(ADD, [testset, source.testsets.read(testset)])
            for run in source.testsets.run_ids(testset):
                with source.testsets.reading_run(testset, run) as content:
                    take_in_run(connection, (testset, run), content)

    def clock(self) -> float:
        with self._connections.taken() as connection:
            return float(ask(connection, "SELECT extract(epoch FROM clock_timestamp())::float8"))

    def append(self, key: Key, turn: int, lines: bytes) -> None:
        with self._process.writing() as connection:
            size, now = lock_run(connection, key)
            if now != turn:
                raise RunTakenError(f"another process does the run {key[1]}")
            add_lines(connection, key, size, lines)

    def check_standing(self, key: Key, turn: int) -> Standing:
        with self._connections.taken() as connection:
            asked = f"SELECT turn, going FROM testset_run WHERE {THIS}"  # noqa: S608 -- our own words
            row = connection.execute(asked, key_parameters(key)).fetchone()
        if row is None:
            return "stopped"
        if row[0] != turn:
            return "taken"
        return "held" if row[1] else "stopped"

    def stop_turn(self, key: Key, turn: int, lines: bytes) -> None:
        with self._process.writing() as connection, suppress(RunNotFoundError):
            size, now = lock_run(connection, key)
            if now == turn:
                unmark_run(connection, key, size, lines)

    def let_go(self, key: Key, turn: int) -> None:
        """Another may take it over, and so may this process, should PostgreSQL not hear of it."""
        with self._guard:
            if self._held.get(key) == turn:
                del self._held[key]
        with suppress(StorageError), self._connections.taken() as connection:
            connection.execute(
                f"UPDATE testset_run SET process = NULL WHERE {THIS} AND turn = %(turn)s",  # noqa: S608 -- our own words
                {**key_parameters(key), "turn": turn},
            )

    def _hold(self, key: Key, turn: int) -> "RowRunHold":
        with self._guard:
            self._held[key] = turn
        return RowRunHold(self, key, turn)


class RowRunHold:
    """A `RunHold`, of one turn."""

    def __init__(self, testsets: RowTestSets, key: Key, turn: int) -> None:
        self._testsets = testsets
        self._key = key
        self._turn = turn

    def append(self, lines: bytes) -> None:
        self._testsets.append(self._key, self._turn, lines)

    def check_standing(self) -> Standing:
        return self._testsets.check_standing(self._key, self._turn)

    def stop(self, lines: bytes) -> None:
        self._testsets.stop_turn(self._key, self._turn, lines)

    def end(self) -> None:
        self._testsets.stop_turn(self._key, self._turn, b"")

    def release(self) -> None:
        self._testsets.let_go(self._key, self._turn)


def check_key(testset: str, run: str) -> Key:
    """Raises InvalidIdError where one of them is no id."""
    return check_conversation_id(testset), check_conversation_id(run)


def key_parameters(key: Key) -> dict[str, object]:
    return {"testset": key[0], "run": key[1]}


def read(connection: Rows, testset: str, most: int | None, *, lock: bool = False) -> bytes:
    asked = "SELECT substring(data FOR coalesce(%s::int, octet_length(data))) FROM testset WHERE testset = %s"
    data: bytes | None = ask(connection, asked + " FOR UPDATE" if lock else asked, most, testset)
    if data is None:
        raise SetNotFoundError(f"no test set {testset}")
    return data


def lock_run(connection: Rows, key: Key) -> tuple[int, int]:
    """Its size and turn, until the transaction ends. Raises RunNotFoundError."""
    asked = f"SELECT size, turn FROM testset_run WHERE {THIS} FOR UPDATE"  # noqa: S608 -- our own words
    row = connection.execute(asked, key_parameters(key)).fetchone()
    if row is None:
        raise RunNotFoundError(f"no run {key[1]}")
    return row[0], row[1]


def unmark_run(connection: Rows, key: Key, size: int, lines: bytes) -> None:
    """`lines` stand behind one that was to go on."""
    if connection.execute(UNMARK, key_parameters(key)).rowcount:
        add_lines(connection, key, size, lines)


def add_run(connection: Rows, key: Key, *, going: bool, process: int | None) -> None:
    try:
        connection.execute(ADD_RUN, {**key_parameters(key), "going": going, "process": process})
    except psycopg.errors.ForeignKeyViolation as error:
        raise SetNotFoundError(f"no test set {key[0]}") from error
    except psycopg.errors.UniqueViolation as error:
        raise StorageError(f"the run {key[1]} is there already") from error


def take_in_run(connection: Rows, key: Key, content: RunContent) -> None:
    add_run(connection, key, going=content.is_going, process=None)
    put_blocks(connection, key, 0, content.blocks)


def add_lines(connection: Rows, key: Key, size: int, lines: bytes) -> None:
    """Behind `size`; a torn end there gets its newline first."""
    if lines and size:
        asked = f"SELECT lines FROM testset_run_lines WHERE {THIS} AND end_offset = %(size)s"  # noqa: S608 -- our own words
        (last,) = connection.execute(asked, {**key_parameters(key), "size": size}).fetchone() or (b"",)
        if not last.endswith(b"\n"):
            lines = b"\n" + lines
    put_blocks(connection, key, size, [lines])


def put_blocks(connection: Rows, key: Key, size: int, blocks: Iterable[bytes]) -> None:
    for block in filter(None, blocks):
        size += len(block)
        connection.execute("INSERT INTO testset_run_lines VALUES (%s, %s, %s, %s)", [*key, size, block])
    connection.execute(GROW, {**key_parameters(key), "size": size})


def blocks_of(connection: Rows, key: Key) -> Iterator[bytes]:
    """Within a transaction that reads all as it stands at one moment."""
    asked = {**key_parameters(key), "after": 0, "most": AT_ONCE}
    while rows := connection.execute(PAGE, asked).fetchall():
        yield from (lines for _, lines in rows)
        asked["after"] = rows[-1][0]
