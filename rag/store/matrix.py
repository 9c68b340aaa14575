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
FINE = 15
"""The peak of a sparse question's weights: so small that many products fit sixteen bits."""
TOGETHER = (2**15 - 1) // (127 * FINE)
"""Columns whose products do."""
CANDIDATES = 600
"""Dense vectors whose signs fit best, and which are then compared exactly."""
PEAK = 127
SPARSE_BELOW = 0.25
"""Share of a question's numbers that are not zero."""


def pack(vectors: "Floats") -> "NDArray[np.int8]":
    peaks = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(vectors * (PEAK / np.where(peaks == 0, 1, peaks))), dtype=np.int8)


class _Rows:
    """For dense questions: those whose signs fit best are compared exactly."""

    def __init__(self, data: "NDArray[np.int8]") -> None:
        self.data = np.ascontiguousarray(data)
        self._signs = _signs(data)

    @property
    def nbytes(self) -> int:
        return int(self.data.nbytes + self._signs.nbytes)

    def products(self, question: "Floats", places: "Numbers") -> tuple["Numbers", "Floats"]:
        if len(places) > CANDIDATES:
            wanted = _signs(question[None, :])[0]
            apart = np.bitwise_count(self._signs[places] ^ wanted).sum(axis=1)
            places = places[np.argpartition(apart, CANDIDATES)[:CANDIDATES]]
        length = max(float(np.linalg.norm(question)), 1e-6)
        return places, self.data[places].astype(np.float32) @ question / length


class _Columns:
    """For sparse questions: hashed n-grams touch some hundred of 2,048 columns, and nothing else is read."""

    def __init__(self, data: "NDArray[np.int8]") -> None:
        self.data = np.ascontiguousarray(data.T)

    @property
    def nbytes(self) -> int:
        return int(self.data.nbytes)

    def products(self, question: "Floats", places: "Numbers") -> tuple["Numbers", "Floats"]:
        heaviest = np.argsort(-np.abs(question), kind="stable")[:MOST_DIMENSIONS]
        peak = float(np.abs(question).max(initial=0)) or 1.0
        weights = np.rint(question * (FINE / peak)).astype(np.int16)
        columns = heaviest[weights[heaviest] != 0]
        count = self.data.shape[1]
        total, some = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int16)
        product = np.empty(count, dtype=np.int16)
        for at in range(0, len(columns), TOGETHER):
            some.fill(0)
            for column in columns[at : at + TOGETHER]:
                np.multiply(self.data[column], weights[column], out=product)
                some += product
            total += some
        length = max(float(np.linalg.norm(weights.astype(np.float32))), 1e-6)
        return places, (total[places] / length).astype(np.float32)


class Vectors:
    """Vectors of passages, laid out for the kind of question that comes."""

    def __init__(self, passages: "Numbers", documents: "Numbers", data: "NDArray[np.int8]") -> None:
        self.passages = passages
        self.documents = documents
        norms = np.sqrt(np.einsum("ij,ij->i", data, data, dtype=np.int32, casting="unsafe"))
        self._norms = np.maximum(norms.astype(np.float32), 1e-6)
        self.dimensions = int(data.shape[1])
        self._layout: _Rows | _Columns | None = None
        self._data = data

    @property
    def nbytes(self) -> int:
        kept = self._data.nbytes if self._layout is None else self._layout.nbytes
        return int(kept + self._norms.nbytes + self.passages.nbytes * 2)

    def rows(self) -> "NDArray[np.int8]":
        return self._data

    def best(
        self, question: "Floats", allowed: "NDArray[np.bool_] | None", limit: int
    ) -> list[tuple[int, float]]:
        """Passage and cosine, the closest first."""
        if not len(self.passages) or len(question) != self.dimensions:
            return []
        places = np.arange(len(self.passages)) if allowed is None else np.flatnonzero(allowed)
        places, products = self._layout_for(question).products(question, places)
        scores = products / self._norms[places]
        if len(places) > limit * 4:
            kept = np.argpartition(-scores, limit * 4)[: limit * 4]
            places, scores = places[kept], scores[kept]
        order = np.lexsort((self.passages[places], -scores))[:limit]
        return [(int(self.passages[places[at]]), float(scores[at])) for at in order]

    def _layout_for(self, question: "Floats") -> _Rows | _Columns:
        """A long text of n-grams fills most columns; for questions that are not so long it is worth to turn
        the vectors round once, and they stay so."""
        layout = self._layout
        is_sparse = np.count_nonzero(question) < len(question) * SPARSE_BELOW
        if layout is None or (is_sparse and isinstance(layout, _Rows)):
            layout = _Columns(self._data) if is_sparse else _Rows(self._data)
            self._layout = layout
            self._data = layout.data.T if is_sparse else layout.data
        return layout


def _signs(vectors: Any) -> "NDArray[np.uint8]":
    return np.packbits(vectors > 0, axis=1)
