"""The two databases' own search tables behind one face. `number` is a MessageEntry's primary key."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connections

from .terms import Phrase

Row = tuple[int, str, str]
"""Number, owner, folded words with a space between."""


@dataclass(frozen=True, slots=True)
class Match:
    """`at` is for sorting alone: each database has its own type."""

    number: int
    conversation: str
    at: Any


class SearchBackend(Protocol):
    def add(self, rows: Iterable[Row]) -> None: ...

    def remove_entries(self, conversations: Sequence[str]) -> None:
        """Takes these entries out of the full text. Called before their rows are deleted."""

    def clear(self) -> None: ...

    def analyze(self) -> None:
        """Lets the database learn how often words are, after `clear` and many rows."""

    def matches(self, owner: str, phrases: Sequence[Phrase], most: int) -> list[Match]:
        """What that owner has with all phrases, of the `most` entries that came last."""


INDEX_TABLES = tuple(f"conversations_{name}" for name in ("conversation", "messageentry", "response", "tag"))


def backend_for(using: str) -> SearchBackend:
    return Postgres(using) if connections[using].vendor == "postgresql" else SQLite(using)


def owner_word(owner: str) -> str:
    """The owner as a word, so that the index itself keeps others' messages out."""
    return "u" + hashlib.sha256(owner.encode()).hexdigest()[:16]


class SQLite:
    """An FTS5 table without content: it keeps no text. Rows cannot be deleted from one (before SQLite
    3.43); they are passed over, since entry numbers are never used again, until `clear`."""

    table = "conversations_search"

    def __init__(self, using: str) -> None:
        self._using = using

    def add(self, rows: Iterable[Row]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.table} (rowid, scope, body) VALUES (%s, %s, %s)",  # noqa: S608
                [(number, owner_word(owner), words) for number, owner, words in rows],
            )

    def remove_entries(self, conversations: Sequence[str]) -> None:
        pass

    def clear(self) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"INSERT INTO {self.table} ({self.table}) VALUES ('delete-all')")  # noqa: S608

    def analyze(self) -> None:
        pass

    def matches(self, owner: str, phrases: Sequence[Phrase], most: int) -> list[Match]:
        wanted = " AND ".join(f'"{" ".join(p.words)}"{" *" if p.prefix else ""}' for p in phrases)
        return _matches(
            self._using,
            f"SELECT rowid AS number FROM {self.table} WHERE {self.table} MATCH %s "  # noqa: S608
            "ORDER BY rowid DESC LIMIT %s",
            [f'scope : "{owner_word(owner)}" AND body : ({wanted})', most],
        )


class Postgres:
    """A tsvector and its GIN index. The vector is built here and not by a text search configuration, whose
    parser would cut words otherwise than SQLite's."""

    table = "conversations_search"

    def __init__(self, using: str) -> None:
        self._using = using

    def add(self, rows: Iterable[Row]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.table} (number, terms) VALUES (%s, %s::tsvector) "  # noqa: S608
                "ON CONFLICT (number) DO UPDATE SET terms = excluded.terms",
                [(number, self._vector(owner, words)) for number, owner, words in rows],
            )

    def remove_entries(self, conversations: Sequence[str]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {self.table} WHERE number IN (SELECT id FROM conversations_messageentry "  # noqa: S608
                "WHERE conversation_id = ANY(%s))",
                [list(conversations)],
            )

    def clear(self) -> None:
        """And without its index until `settle`: to fill it first takes a quarter of the time."""
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {self.table}_terms")
            cursor.execute(f"TRUNCATE {self.table}")

    def analyze(self) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {self.table}_terms ON {self.table} USING gin (terms)")
            for table in (self.table, *INDEX_TABLES):
                cursor.execute(f"ANALYZE {table}")

    def matches(self, owner: str, phrases: Sequence[Phrase], most: int) -> list[Match]:
        wanted = [
            " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.prefix else "")
            for phrase in phrases
        ]
        return _matches(
            self._using,
            f"SELECT number FROM {self.table} WHERE terms @@ %s::tsquery "  # noqa: S608
            "ORDER BY number DESC LIMIT %s",
            [" & ".join([f"'{owner_word(owner)}'", *(f"({phrase})" for phrase in wanted)]), most],
        )

    @staticmethod
    def _vector(owner: str, words: str) -> str:
        places: dict[str, list[str]] = {}
        for position, word in enumerate(words.split(), 1):
            at = places.setdefault(word, [])
            if len(at) < 255:
                at.append(str(position))
        return " ".join(
            [f"'{owner_word(owner)}'", *(f"'{word}':{','.join(at)}" for word, at in places.items())]
        )


def _matches(using: str, numbers: str, parameters: list[str | int]) -> list[Match]:
    """The join is written out: SQLite keeps to the order of a CROSS JOIN, while its planner, with old
    statistics, begins at the wrong end."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT entry.id, entry.conversation_id, entry.at FROM ({numbers}) AS found "  # noqa: S608
            "CROSS JOIN conversations_messageentry AS entry "
            "WHERE entry.id = found.number AND NOT entry.hidden",
            parameters,
        )
        return [Match(*row) for row in cursor.fetchall()]
