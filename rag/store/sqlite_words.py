from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from django.db import connections

from .base import Counts, PassageRow, Scope, ScoredPassage
from .members import are_members, read_members, read_versions
from .rarity import choose_terms

BOOSTS = "4.0, 2.5, 1.0"
"""Of name, heading and body."""
EVERY_ONE = -1
OFTEN_ENOUGH = 600
"""Best hits of all collections; where too few of them may be found, all are read."""


class SQLiteWords:
    """An FTS5 table, kept in step with the passages by a trigger when they go. Which passages may be found
    is looked up in memory: joining each hit with its document costs more than the search itself."""

    def __init__(self, using: str) -> None:
        self._using = using

    def add(self, rows: Sequence[PassageRow]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.executemany(
                "INSERT INTO rag_search (rowid, name, heading, body) VALUES (%s, %s, %s, %s)",
                [
                    (row.passage, " ".join(row.name), " ".join(row.heading), " ".join(row.body))
                    for row in rows
                ],
            )

    def counts(self, terms: Sequence[str]) -> Counts:
        wanted = list(dict.fromkeys(terms))
        if not wanted:
            return Counts(0, {})
        with connections[self._using].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM rag_search_docsize")
            total = cursor.fetchone()[0]
            found: dict[str, int] = {}
            for term in wanted:
                # One by one: with IN the virtual table reads all its terms.
                cursor.execute("SELECT doc FROM rag_search_terms WHERE term = %s", [term])
                if row := cursor.fetchone():
                    found[term] = row[0]
        return Counts(total, found)

    def terms_of(self, passages: Sequence[int]) -> Mapping[int, AbstractSet[str]]:
        places = ", ".join(["%s"] * len(passages))
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                f"SELECT rowid, name, heading, body FROM rag_search WHERE rowid IN ({places})",  # noqa: S608
                list(passages),
            )
            return {number: set(" ".join(fields).split()) for number, *fields in cursor.fetchall()}

    def search(self, scope: Scope, terms: Counts, limit: int) -> list[ScoredPassage]:
        wanted = choose_terms(terms)
        if not wanted:
            return []
        hits = self._best(wanted, OFTEN_ENOUGH)
        found = self._within(scope, hits)
        if len(found) < limit and len(hits) == OFTEN_ENOUGH:
            found = self._within(scope, self._best(wanted, EVERY_ONE))
        return found[:limit]

    def _best(self, terms: Sequence[str], most: int) -> list[ScoredPassage]:
        """The best passages whatever collection they are in: numbers and scores, the best first."""
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                f"SELECT rowid, -bm25(rag_search, {BOOSTS}) AS score FROM rag_search "  # noqa: S608
                "WHERE rag_search MATCH %s ORDER BY score DESC, rowid LIMIT %s",
                [" OR ".join(f'"{term}"' for term in terms), most],
            )
            return [ScoredPassage(*row) for row in cursor.fetchall()]

    def _within(self, scope: Scope, hits: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        import numpy as np

        passages = np.array([hit.passage for hit in hits], dtype=np.int64)
        allowed = np.zeros(len(hits), dtype=bool)
        for collection, version in read_versions(self._using, scope):
            allowed |= are_members(read_members(self._using, collection, version), passages, scope.documents)
        return [hits[at] for at in np.flatnonzero(allowed).tolist()]
