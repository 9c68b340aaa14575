from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from rag.models import Passage, Vector

from .base import Scope, ScoredPassage
from .members import Cache, PassageNumbers, read_members, read_versions
from .vector_rows import VectorRows

if TYPE_CHECKING:
    from .matrix import Floats, Vectors

LARGE = 4_000
"""Passages of a collection from which on its vectors are in a file."""


class NumpyVectors:
    """A BLOB for each passage. A small collection's vectors are read into memory once they are asked for, a
    large one's are put into a file (vector_files/). After a change only what is new is read."""

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

    def search(self, scope: Scope, model: int, vector: Any, limit: int) -> list[ScoredPassage]:
        import numpy as np

        question = np.asarray(vector, dtype=np.float32)
        found: list[ScoredPassage] = []
        for collection, version in read_versions(self._using, scope):
            best = self._best(collection, model, version, question, scope, limit)
            found.extend(ScoredPassage(*hit) for hit in best)
        return sorted(found, key=lambda hit: (-hit.score, hit.passage))[:limit]

    def preload(self, scope: Scope, model: int, *, sparse: bool) -> None:
        for collection, version in read_versions(self._using, scope):
            self._vectors(collection, model, version, sparse=sparse)

    def _best(
        self, collection: int, model: int, version: int, question: "Floats", scope: Scope, limit: int
    ) -> list[tuple[int, float]]:
        import numpy as np

        from .matrix import is_sparse
        from .vector_files.reading import TornFileError

        def best() -> list[tuple[int, float]]:
            vectors = self._vectors(collection, model, version, sparse=is_sparse(question))
            allowed = None
            if scope.documents is not None:
                allowed = np.isin(vectors.documents, np.fromiter(scope.documents, dtype=np.int64))
            return vectors.find_closest(question, allowed, limit)

        try:
            return best()
        except TornFileError:
            # It was cut short after it had been opened.
            _kept.drop_value((self._using, collection, model))
            return best()

    def _vectors(self, collection: int, model: int, version: int, *, sparse: bool) -> "Vectors":
        def make(older: "Vectors | None") -> "Vectors":
            there = read_members(self._using, collection, version)
            rows = VectorRows(self._using, model)
            filed = None
            if len(there.passages) >= LARGE:
                from .vector_files.lookup import VectorState, file_vectors

                state = VectorState(self._using, collection, model, version, sparse)
                filed = file_vectors(state, rows, there, older)
            return filed or read_vectors(rows, there, older).lay_out(sparse=sparse)

        key = (self._using, collection, model)
        return _kept.get(key, version, make, suits=lambda kept: kept.sparse >= sparse)


def read_vectors(rows: VectorRows, there: PassageNumbers, older: "Vectors | None") -> "Vectors":
    """In memory. What `older` has is not read again."""
    import numpy as np

    from .matrix import Vectors

    new = there.passages if older is None else np.setdiff1d(there.passages, older.passages)
    passages, found = rows.read(new)
    documents = there.documents_of(passages)
    if older is None or (len(passages) and older.dimensions != found.shape[1]):
        return Vectors.of(passages, documents, found)
    if not len(passages):
        found = np.zeros((0, older.dimensions), dtype=np.int8)
    return older.joined(older.places_of(there.passages), passages, documents, found)


_kept: "Cache[Vectors]" = Cache()


def forget_vectors() -> None:
    """Empties the cache, for tests and measurements."""
    _kept.clear()
