from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from rag.models import Passage, Status, Vector

from .base import Found, Scope
from .members import Cache, versions

if TYPE_CHECKING:
    from .matrix import Vectors

BATCH = 2_000
LOOKUP = 500


class NumpyVectors:
    """A BLOB for each passage, and each collection's vectors in memory once they were asked for. After a
    change only what is new is read."""

    def __init__(self, using: str) -> None:
        self._using = using

    def add(self, model: int, rows: Sequence[tuple[int, Any]]) -> None:
        from .matrix import pack

        Vector.objects.using(self._using).bulk_create(
            [
                Vector(passage_id=passage, model_id=model, data=pack(vector).tobytes())
                for passage, vector in rows
            ],
            batch_size=500,
            ignore_conflicts=True,
        )

    def missing(self, model: int, after: int, limit: int) -> list[int]:
        rows = Passage.objects.using(self._using).filter(pk__gt=after)
        there = Vector.objects.using(self._using).filter(model=model, passage=OuterRef("pk"))
        return list(rows.filter(~Exists(there)).order_by("pk").values_list("pk", flat=True)[:limit])

    def search(self, scope: Scope, model: int, vector: Any, limit: int) -> list[Found]:
        import numpy as np

        question = np.asarray(vector, dtype=np.float32)
        found: list[Found] = []
        for collection, version in versions(self._using, scope):
            vectors = self._vectors(collection, model, version)
            allowed = None
            if scope.documents is not None:
                allowed = np.isin(vectors.documents, np.fromiter(scope.documents, dtype=np.int64))
            found.extend(Found(*hit) for hit in vectors.best(question, allowed, limit))
        return sorted(found, key=lambda hit: (-hit.score, hit.passage))[:limit]

    def _vectors(self, collection: int, model: int, version: int) -> "Vectors":
        def make(older: "Vectors | None") -> "Vectors":
            return self._load(collection, model, older)

        return _kept.get((self._using, collection, model), version, make)

    def _load(self, collection: int, model: int, older: "Vectors | None") -> "Vectors":
        import numpy as np

        from .matrix import Vectors

        rows = Vector.objects.using(self._using).filter(
            model=model, passage__document__collection=collection, passage__document__status=Status.READY
        )
        pairs = rows.order_by("passage_id").values_list("passage_id", "passage__document_id")
        table = np.fromiter((n for row in pairs.iterator(20_000) for n in row), dtype=np.int64).reshape(-1, 2)
        passages, documents = table[:, 0].copy(), table[:, 1].copy()
        if not len(passages):
            return Vectors(passages, documents, np.zeros((0, 1), dtype=np.int8))
        known = (
            np.isin(passages, older.passages) if older is not None else np.zeros(len(passages), dtype=bool)
        )
        missing = passages[~known]
        whole = len(missing) > len(passages) // 2
        data = None
        for passage, blob in self._blobs(rows, None if whole else missing):
            if data is None:
                data = np.zeros((len(passages), len(blob)), dtype=np.int8)
            if len(blob) == data.shape[1]:
                data[np.searchsorted(passages, passage)] = np.frombuffer(blob, dtype=np.int8)
        if older is not None and not whole:
            if data is None:
                data = np.zeros((len(passages), older.dimensions), dtype=np.int8)
            data[known] = older.rows()[np.searchsorted(older.passages, passages[known])]
        return Vectors(passages, documents, data if data is not None else np.zeros((0, 1), dtype=np.int8))

    def _blobs(self, rows: Any, passages: Any) -> Iterator[tuple[int, bytes]]:
        """All of `rows`, or those of `passages` alone."""
        if passages is None:
            yield from rows.values_list("passage_id", "data").iterator(BATCH)
            return
        for at in range(0, len(passages), LOOKUP):
            some = [int(passage) for passage in passages[at : at + LOOKUP]]
            yield from rows.filter(passage_id__in=some).values_list("passage_id", "data")


_kept: "Cache[Vectors]" = Cache()


def forget() -> None:
    """For tests."""
    _kept.clear()
