from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from rag.models import Passage, Vector

from .base import Found, Scope
from .members import Cache, Members, members, versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .matrix import Numbers, Vectors

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

        from .matrix import is_sparse

        question = np.asarray(vector, dtype=np.float32)
        found: list[Found] = []
        for collection, version in versions(self._using, scope):
            vectors = self._vectors(collection, model, version, sparse=is_sparse(question))
            allowed = None
            if scope.documents is not None:
                allowed = np.isin(vectors.documents, np.fromiter(scope.documents, dtype=np.int64))
            found.extend(Found(*hit) for hit in vectors.best(question, allowed, limit))
        return sorted(found, key=lambda hit: (-hit.score, hit.passage))[:limit]

    def preload(self, scope: Scope, model: int, *, sparse: bool) -> None:
        for collection, version in versions(self._using, scope):
            self._vectors(collection, model, version, sparse=sparse)

    def _vectors(self, collection: int, model: int, version: int, *, sparse: bool) -> "Vectors":
        def make(older: "Vectors | None") -> "Vectors":
            there = members(self._using, collection, version)
            return self._load(there, model, older).lay_out(sparse=sparse)

        return _kept.get((self._using, collection, model), version, make)

    def _load(self, there: Members, model: int, older: "Vectors | None") -> "Vectors":
        """What `older` has is not read again."""
        import numpy as np

        from .matrix import Vectors

        new = there.passages if older is None else np.setdiff1d(there.passages, older.passages)
        passages, rows = self._read(model, new)
        documents = there.documents[np.searchsorted(there.passages, passages)]
        if older is None or (len(passages) and older.dimensions != rows.shape[1]):
            return Vectors.of(passages, documents, rows)
        kept = np.isin(older.passages, there.passages)
        if not len(passages):
            rows = np.zeros((0, older.dimensions), dtype=np.int8)
        return older.joined(slice(None) if kept.all() else kept, passages, documents, rows)

    def _read(self, model: int, passages: "Numbers") -> "tuple[Numbers, NDArray[np.int8]]":
        """Those of `passages` that have a vector, and one row for each. They are looked up by their numbers:
        joining each with its document takes longer than to read it."""
        import numpy as np

        found: list[int] = []
        rows = np.zeros((0, 0), dtype=np.int8)
        for passage, blob in self._blobs(model, passages):
            if not found:
                rows = np.empty((len(passages), len(blob)), dtype=np.int8)
            if len(blob) == rows.shape[1]:
                rows[len(found)] = np.frombuffer(blob, dtype=np.int8)
                found.append(passage)
        return np.array(found, dtype=np.int64), rows[: len(found)]

    def _blobs(self, model: int, passages: "Numbers") -> Iterator[tuple[int, bytes | memoryview]]:
        vectors = Vector.objects.using(self._using).filter(model=model).values_list("passage_id", "data")
        for at in range(0, len(passages), LOOKUP):
            yield from vectors.filter(passage_id__in=passages[at : at + LOOKUP].tolist())


_kept: "Cache[Vectors]" = Cache()


def forget_vectors() -> None:
    """Empties the cache, for tests."""
    _kept.clear()
