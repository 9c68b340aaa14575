from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class ScoredPassage(NamedTuple):
    """`score`: larger is closer; a cosine for vectors, no fixed scale for words."""

    passage: int
    score: float


class PassageRow(NamedTuple):
    """What full text search knows of a passage: terms (rag/words.py) of the three fields."""

    passage: int
    name: Sequence[str]
    heading: Sequence[str]
    body: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: ready documents of these collections, or of those only `documents`."""

    collections: tuple[int, ...]
    documents: frozenset[int] | None = None


class Counts(NamedTuple):
    """How many passages there are at all, and in how many each term stands (absent: in none)."""

    total: int
    of: Mapping[str, int]


class WordIndex(Protocol):
    def add(self, rows: Sequence[PassageRow]) -> None: ...

    def counts(self, terms: Sequence[str]) -> Counts: ...

    def terms_of(self, passages: Sequence[int]) -> Mapping[int, AbstractSet[str]]:
        """The terms of these passages, their names and headings included."""

    def search(self, scope: Scope, terms: Counts, limit: int) -> list[ScoredPassage]:
        """Passages with any of the counted `terms`, the best first. Rare terms weigh more, those of a name or
        heading more than those of the text."""


class VectorIndex(Protocol):
    def add(self, model: int, rows: Sequence[tuple[int, Any]]) -> None:
        """Passage and its vector, a float32 array."""

    def missing(self, model: int, after: int, limit: int) -> list[int]:
        """Passages above `after` that have no vector of `model`, rising."""

    def search(self, scope: Scope, model: int, vector: Any, limit: int) -> list[ScoredPassage]:
        """The passages closest to the question, by cosine."""

    def preload(self, scope: Scope, model: int, *, sparse: bool) -> None:
        """Reads what a first search would wait for. `sparse`: as the embedder's."""


@dataclass(frozen=True, slots=True)
class PassageStore:
    words: WordIndex
    vectors: VectorIndex
