from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction

from rag.models import Status

from .base import Scope, ScoredPassage

MOST_DIMENSIONS = 4_000
"""That an HNSW index of halfvec takes; longer vectors are compared one by one."""


class PgVectors:
    """pgvector's halfvec, with an HNSW index for each embedding model: their vectors differ in length."""

    def __init__(self, using: str) -> None:
        self._using = using

    @staticmethod
    def is_there(using: str) -> bool:
        if using not in _there:
            with connections[using].cursor() as cursor:
                cursor.execute("SELECT to_regclass('rag_pgvector') IS NOT NULL")
                _there[using] = cursor.fetchone()[0]
        return _there[using]

    def add(self, model: int, rows: Sequence[tuple[int, Any]]) -> None:
        if not rows:
            return
        self._make_index(model, len(rows[0][1]))
        with connections[self._using].cursor() as cursor:
            cursor.executemany(
                "INSERT INTO rag_pgvector (model_id, passage_id, embedding) VALUES (%s, %s, %s::halfvec) "
                "ON CONFLICT DO NOTHING",
                [(model, passage, vector_literal(vector)) for passage, vector in rows],
            )

    def missing(self, model: int, after: int, limit: int) -> list[int]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(
                "SELECT p.id FROM rag_passage p WHERE p.id > %s AND NOT EXISTS ("
                "SELECT 1 FROM rag_pgvector v WHERE v.model_id = %s AND v.passage_id = p.id) "
                "ORDER BY p.id LIMIT %s",
                [after, model, limit],
            )
            return [row[0] for row in cursor.fetchall()]

    def search(self, scope: Scope, model: int, vector: Any, limit: int) -> list[ScoredPassage]:
        size = len(vector)
        embedding = f"v.embedding::halfvec({size})"
        chosen = "" if scope.documents is None else "AND d.id = ANY(%s)"
        question = vector_literal(vector)
        with transaction.atomic(using=self._using), connections[self._using].cursor() as cursor:
            # Without it the index gives its nearest few, and the filter then throws others' away.
            cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
            cursor.execute(
                f"SELECT v.passage_id, 1 - ({embedding} <=> %s::halfvec({size})) FROM rag_pgvector v "  # noqa: S608
                "JOIN rag_passage p ON p.id = v.passage_id JOIN rag_document d ON d.id = p.document_id "
                f"WHERE v.model_id = {int(model)} AND vector_dims(v.embedding) = {size} "
                f"AND d.status = %s AND d.collection_id = ANY(%s) {chosen} "
                f"ORDER BY {embedding} <=> %s::halfvec({size}) LIMIT %s",
                [
                    question,
                    Status.READY.value,
                    list(scope.collections),
                    *([] if scope.documents is None else [list(scope.documents)]),
                    question,
                    limit,
                ],
            )
            return [
                ScoredPassage(number, float(score)) for number, score in cursor.fetchall() if score == score
            ]

    def preload(self, scope: Scope, model: int, *, sparse: bool) -> None:
        """Does nothing: PostgreSQL keeps in memory what it needs."""

    def _make_index(self, model: int, size: int) -> None:
        name = f"rag_pgvector_{int(model)}_{size}"
        if size > MOST_DIMENSIONS or (self._using, name) in _indexed:
            return
        with connections[self._using].cursor() as cursor:
            # Asked first: CREATE INDEX waits for all writers even where the index is there already.
            cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
            if cursor.fetchone()[0]:
                cursor.execute(
                    f"CREATE INDEX IF NOT EXISTS {name} ON rag_pgvector "
                    f"USING hnsw ((embedding::halfvec({size})) halfvec_cosine_ops) "
                    f"WHERE model_id = {int(model)} AND vector_dims(embedding) = {size}"
                )
            else:
                _indexed.add((self._using, name))


_there: dict[str, bool] = {}
_indexed: set[tuple[str, str]] = set()


def vector_literal(vector: Any) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"
