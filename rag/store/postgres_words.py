from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from django.db import connections

from rag.models import Status

from .base import Counts, PassageRow, Scope, ScoredPassage
from .rarity import choose_terms, rarity_of

WEIGHTS = "{0.1, 0.25, 0.6, 1.0}"
"""Of D (body), C (unused), B (heading) and A (name), as ts_rank takes them."""
MOST_POSITIONS = 255
LAST_POSITION = 16_383


class PostgresWords:
    """A tsvector and its GIN index. ts_rank knows no rarity: each term is ranked by itself, and weighed."""

    def __init__(self, using: str) -> None:
        self._using = using

    def add(self, rows: Sequence[PassageRow]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.executemany(
                "INSERT INTO rag_search (number, terms) VALUES (%s, %s::tsvector)",
                [(row.passage, vector_of(row)) for row in rows],
            )

    def counts(self, terms: Sequence[str]) -> Counts:
        wanted = list(dict.fromkeys(terms))
        if not wanted:
            return Counts(0, {})
        with connections[self._using].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM rag_search")
            total = cursor.fetchone()[0]
            cursor.execute(
                "SELECT term, (SELECT count(*) FROM rag_search WHERE terms @@ quote_literal(term)::tsquery) "
                "FROM unnest(%s::text[]) AS term",
                [wanted],
            )
            return Counts(total, {term: count for term, count in cursor.fetchall() if count})

    def terms_of(self, passages: Sequence[int]) -> Mapping[int, AbstractSet[str]]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                "SELECT number, tsvector_to_array(terms) FROM rag_search WHERE number = ANY(%s)",
                [list(passages)],
            )
            return {number: set(terms) for number, terms in cursor.fetchall()}

    def search(self, scope: Scope, terms: Counts, limit: int) -> list[ScoredPassage]:
        wanted = choose_terms(terms)
        if not wanted:
            return []
        rank = " + ".join(["%s * ts_rank(%s, s.terms, %s::tsquery, 1)"] * len(wanted))
        ranked = [value for term in wanted for value in (rarity_of(terms, term), WEIGHTS, f"'{term}'")]
        chosen = "" if scope.documents is None else "AND d.id = ANY(%s)"
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                f"SELECT s.number, {rank} AS score FROM rag_search s "  # noqa: S608 -- placeholders alone
                "JOIN rag_passage p ON p.id = s.number JOIN rag_document d ON d.id = p.document_id "
                f"WHERE s.terms @@ %s::tsquery AND d.status = %s AND d.collection_id = ANY(%s) {chosen} "
                "ORDER BY score DESC, s.number LIMIT %s",
                [
                    *ranked,
                    " | ".join(f"'{term}'" for term in wanted),
                    Status.READY.value,
                    list(scope.collections),
                    *([] if scope.documents is None else [list(scope.documents)]),
                    limit,
                ],
            )
            return [ScoredPassage(number, float(score)) for number, score in cursor.fetchall()]


def vector_of(row: PassageRow) -> str:
    places: dict[str, list[str]] = {}
    position = 0
    for terms, weight in ((row.name, "A"), (row.heading, "B"), (row.body, "")):
        for term in terms:
            position = min(position + 1, LAST_POSITION)
            at = places.setdefault(term, [])
            if len(at) < MOST_POSITIONS:
                at.append(f"{position}{weight}")
    return " ".join(f"'{term}':{','.join(at)}" for term, at in places.items())
