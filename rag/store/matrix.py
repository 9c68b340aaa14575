"""Many vectors at once, eight bits a number. A cosine does not mind the scale of a vector, and hardly the
rounding."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.int64]

MOST_DIMENSIONS = 224
"""Of a sparse question that are looked at; the heaviest."""
CANDIDATES = 600
"""Dense vectors whose signs fit best, and which are then compared exactly."""
PEAK = 127
SPARSE_BELOW = 0.25


def pack(vectors: "Floats") -> "NDArray[np.int8]":
    peaks = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(vectors * (PEAK / np.where(peaks == 0, 1, peaks))), dtype=np.int8)


class Vectors:
    """Vectors of passages, by rows for dense questions and by columns for sparse ones: a question of hashed
    n-grams touches some hundred of 2,048 columns, and reads nothing else."""

    def __init__(self, passages: "Numbers", documents: "Numbers", data: "NDArray[np.int8]") -> None:
        self.passages = passages
        self.documents = documents
        self._sparse = _is_sparse(data)
        norms = np.sqrt(np.einsum("ij,ij->i", data, data, dtype=np.int32, casting="unsafe"))
        self._norms = np.maximum(norms.astype(np.float32), 1e-6)
        self._data = np.ascontiguousarray(data.T) if self._sparse else np.ascontiguousarray(data)
        self._signs = None if self._sparse else _signs(data)

    @property
    def nbytes(self) -> int:
        signs = 0 if self._signs is None else self._signs.nbytes
        return int(self._data.nbytes + self._norms.nbytes + self.passages.nbytes * 2 + signs)

    @property
    def dimensions(self) -> int:
        return int(self._data.shape[0 if self._sparse else 1])

    def rows(self) -> "NDArray[np.int8]":
        return self._data.T if self._sparse else self._data

    def best(
        self, question: "Floats", allowed: "NDArray[np.bool_] | None", limit: int
    ) -> list[tuple[int, float]]:
        """Passage and cosine, the closest first."""
        if not len(self.passages) or len(question) != self.dimensions:
            return []
        places, scores = self._score(question, allowed, limit)
        order = np.lexsort((self.passages[places], -scores))[:limit]
        return [(int(self.passages[places[at]]), float(scores[at])) for at in order]

    def _score(
        self, question: "Floats", allowed: "NDArray[np.bool_] | None", limit: int
    ) -> tuple["Numbers", "Floats"]:
        places = np.arange(len(self.passages)) if allowed is None else np.flatnonzero(allowed)
        if self._sparse:
            scores = self._sparse_scores(question)[places]
            if len(places) > limit * 4:
                kept = np.argpartition(-scores, limit * 4)[: limit * 4]
                places, scores = places[kept], scores[kept]
            return places, scores
        if self._signs is not None and len(places) > CANDIDATES:
            wanted = _signs(question[None, :])[0]
            apart = np.bitwise_count(self._signs[places] ^ wanted).sum(axis=1)
            places = places[np.argpartition(apart, CANDIDATES)[:CANDIDATES]]
        exact = self._data[places].astype(np.float32) @ question
        return places, exact / self._norms[places] / max(float(np.linalg.norm(question)), 1e-6)

    def _sparse_scores(self, question: "Floats") -> "Floats":
        dimensions = np.flatnonzero(question)
        if len(dimensions) > MOST_DIMENSIONS:
            dimensions = dimensions[np.argsort(-np.abs(question[dimensions]))[:MOST_DIMENSIONS]]
        weights = pack(question[None, :])[0].astype(np.int16)
        total = np.zeros(len(self.passages), dtype=np.int32)
        product = np.empty(len(self.passages), dtype=np.int16)
        for dimension in dimensions:
            np.multiply(self._data[dimension], weights[dimension], out=product)
            total += product
        norm = float(np.linalg.norm(weights.astype(np.float32)))
        return np.asarray(total / self._norms / max(norm, 1e-6), dtype=np.float32)


def _is_sparse(data: "NDArray[np.int8]") -> bool:
    sample: Any = data[:: max(1, len(data) // 200)]
    return bool(sample.size) and np.count_nonzero(sample) < sample.size * SPARSE_BELOW


def _signs(vectors: Any) -> "NDArray[np.uint8]":
    return np.packbits(vectors > 0, axis=1)
