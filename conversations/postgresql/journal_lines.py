"""The lines of a process's journals, written together: from a thread, or from its event loop."""

import logging
from collections.abc import Collection, Iterable, Mapping
from itertools import accumulate
from typing import Protocol, cast

from psycopg.pq.abc import PGresult

from conversations.errors import StorageError
from conversations.postgresql.connections import Connections
from conversations.postgresql.loop_statement import LoopStatement
from conversations.store.base import Journal
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

NOT_YET = "Journals cannot be written yet: %s"

HASTY = "(SELECT set_config('synchronous_commit', 'off', true) AS hasty)"
"""In a statement that is a transaction by itself: it does not wait for the disk."""
WRITE = f"""
WITH alive AS (SELECT id FROM process WHERE id = ANY(%(processes)s::bigint[]) AND died IS NULL FOR SHARE),
given AS (SELECT * FROM unnest(%(owners)s::bigint[], %(conversations)s::text[], %(messages)s::text[],
%(starts)s::int[], %(lengths)s::int[]) WITH ORDINALITY AS g (process, conversation, message, start, length,
place))
INSERT INTO journal_lines (conversation, message, lines)
SELECT g.conversation, g.message, substring(%(lines)s::bytea FROM g.start FOR g.length)
FROM {HASTY} h, given g JOIN alive ON alive.id = g.process
JOIN journal j ON j.conversation = g.conversation AND j.message = g.message AND j.process = g.process
ORDER BY g.place RETURNING conversation, message
"""  # noqa: S608 -- our own words
VALUES = ("processes", "owners", "conversations", "messages", "starts", "lengths", "lines")
"""Of WRITE, in their order where it is prepared; the last is bytes as they are."""


class OwnedJournal(Journal, Protocol):
    """`process`: the number of the one that began it, which alone may write it."""

    process: int
    conversation: str
    message: str
    is_taken: bool


def as_array(values: Iterable[int | str]) -> str:
    """As PostgreSQL reads it, of numbers or ids, in which nothing has to be escaped. A list is made one by
    psycopg, at many times the cost."""
    return '{"' + '","'.join(map(str, values)) + '"}'


def values_of(lines: Mapping[Journal, bytes]) -> dict[str, str | bytes]:
    given = cast("Mapping[OwnedJournal, bytes]", lines)
    lengths = [len(data) for data in given.values()]
    return {
        "processes": as_array({journal.process for journal in given}),
        "owners": as_array(journal.process for journal in given),
        "conversations": as_array(journal.conversation for journal in given),
        "messages": as_array(journal.message for journal in given),
        "starts": as_array(accumulate(lengths[:-1], initial=1)),
        "lengths": as_array(lengths),
        "lines": b"".join(given.values()),
    }


def take_refused(lines: Mapping[Journal, bytes], written: Collection[tuple[str, str]]) -> list[Journal]:
    """Those of the journals that were not `written`: another process has ended their answers."""
    if len(written) == len(lines):
        return []
    there = set(written)
    given = cast("Mapping[OwnedJournal, bytes]", lines)
    refused = [journal for journal in given if (journal.conversation, journal.message) not in there]
    for journal in refused:
        journal.is_taken = True
    return list(refused)


class RowWriter:
    """A `LoopWriter` of rows: what it writes is shown once PostgreSQL has said that it is there."""

    def __init__(self, connections: Connections) -> None:
        places = {name: f"${number}" for number, name in enumerate(VALUES, 1)}
        self._statement = LoopStatement(connections, WRITE % places, values=len(VALUES), binary=1)

    async def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        if not lines:
            return []
        values = values_of(lines)
        given = [value if isinstance(value, bytes) else value.encode() for value in values.values()]
        try:
            written = await self._statement.run(given)
        except StorageError as error:
            logger.warning(NOT_YET, error)
            return list(lines)
        return take_refused(lines, list(pairs_of(written)))

    def close(self) -> None:
        self._statement.close()


def pairs_of(result: PGresult) -> Iterable[tuple[str, str]]:
    for row in range(result.ntuples):
        first, second = result.get_value(row, 0) or b"", result.get_value(row, 1) or b""
        yield first.decode(), second.decode()
