"""Many vectors at once, eight bits a number. A cosine does not mind the scale of a vector, and hardly the
rounding."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

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


class Lines(Protocol):
    """Where a matrix lies: in this process's memory, or in a file (vector_files/)."""

    @property
    def nbytes(self) -> int:
        """For how much memory it counts."""

    def matrix(self) -> "NDArray[np.int8]": ...

    def signs(self) -> "NDArray[np.uint8]":
        """Of each line, eight to a byte."""


class Held:
    """A matrix in the memory of this process."""

    def __init__(self, data: "NDArray[np.int8]") -> None:
        self._data = data

    @property
    def nbytes(self) -> int:
        return int(self._data.nbytes * 9 // 8)

    def matrix(self) -> "NDArray[np.int8]":
        return self._data

    def signs(self) -> "NDArray[np.uint8]":
        return self._signs

    @cached_property
    def _signs(self) -> "NDArray[np.uint8]":
        return signs_of(self._data)


@dataclass(frozen=True, slots=True)
class _Rows:
    """For dense questions: those whose signs fit best are compared exactly."""

    lines: Lines

    def dimensions(self) -> int:
        return int(self.lines.matrix().shape[1])

    def joined(self, kept: "Places", rows: "NDArray[np.int8]") -> "_Rows":
        return _Rows(Held(np.concatenate([self.lines.matrix()[kept], rows])))

    def products(self, question: "Floats", places: "Numbers") -> tuple["Numbers", "Floats"]:
        if len(places) > CANDIDATES:
            wanted = signs_of(question[None, :])[0]
            apart = np.bitwise_count(self.lines.signs()[places] ^ wanted).sum(axis=1)
            places = places[np.argpartition(apart, CANDIDATES)[:CANDIDATES]]
        length = max(float(np.linalg.norm(question)), 1e-6)
        return places, self.lines.matrix()[places].astype(np.float32) @ question / length


@dataclass(frozen=True, slots=True)
class _Columns:
    """For sparse questions: hashed n-grams touch some hundred of 2,048 columns, and nothing else is read."""

    lines: Lines

    def dimensions(self) -> int:
        return len(self.lines.matrix())

    def joined(self, kept: "Places", rows: "NDArray[np.int8]") -> "_Columns":
        return _Columns(
            Held(np.concatenate([self.lines.matrix()[:, kept], transpose_in_blocks(rows)], axis=1))
        )

    def products(self, question: "Floats", places: "Numbers") -> tuple["Numbers", "Floats"]:
        heaviest = np.argsort(-np.abs(question), kind="stable")[:MOST_DIMENSIONS]
        peak = float(np.abs(question).max(initial=0)) or 1.0
        weights = np.rint(question * (FINE / peak)).astype(np.int16)
        columns = heaviest[weights[heaviest] != 0]
        matrix = self.lines.matrix()
        count = matrix.shape[1]
        total, some = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int16)
        product = np.empty(count, dtype=np.int16)
        for at in range(0, len(columns), TOGETHER):
            some.fill(0)
            for column in columns[at : at + TOGETHER]:
                np.multiply(matrix[column], weights[column], out=product)
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
        self.norms = norms
        self._layout = layout
        self.dimensions = layout.dimensions()

    @classmethod
    def of(cls, passages: "Numbers", documents: "Numbers", rows: "NDArray[np.int8]") -> "Vectors":
        return cls(passages, documents, norms_of(rows), _Rows(Held(np.ascontiguousarray(rows))))

    @classmethod
    def of_lines(
        cls, passages: "Numbers", documents: "Numbers", norms: "Floats", lines: Lines, *, sparse: bool
    ) -> "Vectors":
        return cls(passages, documents, norms, (_Columns if sparse else _Rows)(lines))

    @property
    def nbytes(self) -> int:
        return int(self.lines.nbytes + self.norms.nbytes + self.passages.nbytes * 2)

    @property
    def sparse(self) -> bool:
        """Whether they are laid out for sparse questions, a line for each dimension. Others can be asked
        too."""
        return isinstance(self._layout, _Columns)

    @property
    def lines(self) -> Lines:
        return self._layout.lines

    def places_of(self, passages: "Numbers") -> "Places":
        """Where those of its own stand that are among `passages`; a slice, which costs no copy, where all
        are."""
        found = np.isin(self.passages, passages)
        return slice(None) if found.all() else found

    def joined(
        self, kept: "Places", passages: "Numbers", documents: "Numbers", rows: "NDArray[np.int8]"
    ) -> "Vectors":
        """Those of its own that are `kept`, and behind them others, of as many dimensions; in memory."""
        return Vectors(
            np.concatenate([self.passages[kept], passages]),
            np.concatenate([self.documents[kept], documents]),
            np.concatenate([self.norms[kept], norms_of(rows)]),
            self._layout.joined(kept, rows),
        )

    def lay_out(self, *, sparse: bool) -> "Vectors":
        """A long text of n-grams fills most columns; for questions that are not so long it is worth to turn
        the vectors round once, and they stay so."""
        if sparse and not self.sparse:
            self._layout = _Columns(Held(transpose_in_blocks(self.lines.matrix())))
        return self

    def find_closest(
        self, question: "Floats", allowed: "NDArray[np.bool_] | None", limit: int
    ) -> list[tuple[int, float]]:
        """Passages with their cosines, the closest first."""
        if not len(self.passages) or len(question) != self.dimensions:
            return []
        places = np.arange(len(self.passages)) if allowed is None else np.flatnonzero(allowed)
        self.lay_out(sparse=is_sparse(question))
        places, products = self._layout.products(question, places)
        scores = products / self.norms[places]
        if len(places) > limit * 4:
            kept = np.argpartition(-scores, limit * 4)[: limit * 4]
            places, scores = places[kept], scores[kept]
        order = np.lexsort((self.passages[places], -scores))[:limit]
        return [(int(self.passages[places[at]]), float(scores[at])) for at in order]


def is_sparse(question: "Floats") -> bool:
    return bool(np.count_nonzero(question) < len(question) * SPARSE_BELOW)


def transpose_in_blocks(rows: "NDArray[np.int8]") -> "NDArray[np.int8]":
    """In blocks that fit the processor's cache: three times as fast as all at once."""
    columns = np.empty(rows.shape[::-1], dtype=rows.dtype)
    for at in range(0, len(rows), BLOCK):
        columns[:, at : at + BLOCK] = rows[at : at + BLOCK].T
    return columns


def norms_of(rows: "NDArray[np.int8]") -> "Floats":
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.int32, casting="unsafe")
    return np.asarray(np.maximum(np.sqrt(squares), 1e-6), dtype=np.float32)


def signs_of(vectors: Any) -> "NDArray[np.uint8]":
    return np.packbits(vectors > 0, axis=1)
