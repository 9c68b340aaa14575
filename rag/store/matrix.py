"""Many vectors at once, eight bits a number. A cosine does not mind the scale of a vector, and hardly the
rounding."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.int64]
    Places = NDArray[np.bool_] | slice

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
BLOCK = 128


def pack(vectors: "Floats") -> "NDArray[np.int8]":
    peaks = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(vectors * (PEAK / np.where(peaks == 0, 1, peaks))), dtype=np.int8)


class _Rows:
    """For dense questions: those whose signs fit best are compared exactly."""

    def __init__(self, data: "NDArray[np.int8]") -> None:
        self.data = np.ascontiguousarray(data)

    @cached_property
    def _signs(self) -> "NDArray[np.uint8]":
        return _signs(self.data)

    @property
    def nbytes(self) -> int:
        return int(self.data.nbytes * 9 // 8)

    def joined(self, kept: "Places", rows: "NDArray[np.int8]") -> "_Rows":
        return _Rows(np.concatenate([self.data[kept], rows]))

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
        self.data = data

    @property
    def nbytes(self) -> int:
        return int(self.data.nbytes)

    def joined(self, kept: "Places", rows: "NDArray[np.int8]") -> "_Columns":
        return _Columns(np.concatenate([self.data[:, kept], turned(rows)], axis=1))

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

    def __init__(
        self, passages: "Numbers", documents: "Numbers", norms: "Floats", layout: _Rows | _Columns
    ) -> None:
        self.passages = passages
        self.documents = documents
        self._norms = norms
        self._layout = layout

    @classmethod
    def of(cls, passages: "Numbers", documents: "Numbers", rows: "NDArray[np.int8]") -> "Vectors":
        return cls(passages, documents, _norms(rows), _Rows(rows))

    @property
    def nbytes(self) -> int:
        return int(self._layout.nbytes + self._norms.nbytes + self.passages.nbytes * 2)

    @property
    def dimensions(self) -> int:
        data = self._layout.data
        return int(data.shape[1] if isinstance(self._layout, _Rows) else data.shape[0])

    def joined(
        self, kept: "Places", passages: "Numbers", documents: "Numbers", rows: "NDArray[np.int8]"
    ) -> "Vectors":
        """Those of its own that are `kept`, and behind them others, of as many dimensions."""
        return Vectors(
            np.concatenate([self.passages[kept], passages]),
            np.concatenate([self.documents[kept], documents]),
            np.concatenate([self._norms[kept], _norms(rows)]),
            self._layout.joined(kept, rows),
        )

    def lay_out(self, *, sparse: bool) -> "Vectors":
        """A long text of n-grams fills most columns; for questions that are not so long it is worth to turn
        the vectors round once, and they stay so."""
        if sparse and isinstance(self._layout, _Rows):
            self._layout = _Columns(turned(self._layout.data))
        return self

    def best(
        self, question: "Floats", allowed: "NDArray[np.bool_] | None", limit: int
    ) -> list[tuple[int, float]]:
        """Passages with their cosines, the closest first."""
        if not len(self.passages) or len(question) != self.dimensions:
            return []
        places = np.arange(len(self.passages)) if allowed is None else np.flatnonzero(allowed)
        self.lay_out(sparse=is_sparse(question))
        places, products = self._layout.products(question, places)
        scores = products / self._norms[places]
        if len(places) > limit * 4:
            kept = np.argpartition(-scores, limit * 4)[: limit * 4]
            places, scores = places[kept], scores[kept]
        order = np.lexsort((self.passages[places], -scores))[:limit]
        return [(int(self.passages[places[at]]), float(scores[at])) for at in order]


def is_sparse(question: "Floats") -> bool:
    return bool(np.count_nonzero(question) < len(question) * SPARSE_BELOW)


def turned(rows: "NDArray[np.int8]") -> "NDArray[np.int8]":
    """In blocks that fit the processor's cache: three times as fast as all at once."""
    columns = np.empty(rows.shape[::-1], dtype=rows.dtype)
    for at in range(0, len(rows), BLOCK):
        columns[:, at : at + BLOCK] = rows[at : at + BLOCK].T
    return columns


def _norms(rows: "NDArray[np.int8]") -> "Floats":
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.int32, casting="unsafe")
    return np.asarray(np.maximum(np.sqrt(squares), 1e-6), dtype=np.float32)


def _signs(vectors: Any) -> "NDArray[np.uint8]":
    return np.packbits(vectors > 0, axis=1)
