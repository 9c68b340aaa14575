"""Passages for a question: by words and by vectors, the two lists fused by rank."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from rag.models import Passage
from rag.store import Counts, PassageStore, Scope, ScoredPassage
from rag.store.rarity import rarity_of
from rag.words import fold_text, stems, words

CANDIDATES = 60
CONSIDERED = 50
"""Of both lists together: these are read."""
FUSION = 30
"""The larger, the less the first places count above the later ones."""
NAMED = 0.6
"""What a passage gains when the question names its file, as a share of the best score."""
COVERED = 0.12
"""Share of the question's words, by rarity, that a passage must have where its vector says nothing."""


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """`vector` is None where no embedding model could be asked; `floor`: as the embedder's."""

    text: str
    model: int = 0
    vector: Any = None
    floor: float = 0.0
    vector_weight: float = 1.5


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words of a question: the stems of each, and how much it says, by how rare it is."""

    words: Mapping[tuple[str, ...], float]
    stems: frozenset[str]
    counts: Counts

    @classmethod
    def of(cls, store: PassageStore, text: str) -> "QuestionWords":
        found = list(dict.fromkeys(stems(word) for _, _, word in words(text) if stems(word)))
        stand = frozenset(stem for kinds in found for stem in kinds)
        counts = store.words.counts(sorted(stand))
        weights = {kinds: min(rarity_of(counts, stem) for stem in kinds) for kinds in found}
        return cls(weights, stand, counts)

    def share(self, stand: AbstractSet[str]) -> float:
        """Of the words of which some stem is in `stand`, by weight."""
        whole = sum(self.words.values())
        there = sum(weight for kinds, weight in self.words.items() if not stand.isdisjoint(kinds))
        return there / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class PassageHit:
    """`score` from 0 to 1, for comparing hits of one question. `words`: share of the question's words,
    weighed by rarity, that stand in it. `cosine`: None where the vectors did not bring it up."""

    passage: int
    document: int
    name: str
    position: int
    page: int | None
    heading: str
    text: str
    score: float
    words: float
    cosine: float | None
    asked: frozenset[str] = frozenset()
    """The stems of the question's words, for marking them."""


def search(
    store: PassageStore, scope: Scope, question: SearchQuestion, limit: int = CANDIDATES
) -> list[PassageHit]:
    """The best first; empty where nothing reaches the floor."""
    asked = QuestionWords.of(store, question.text)
    by_words = store.words.search(scope, asked.counts, CANDIDATES)
    by_vector: list[ScoredPassage] = []
    if question.vector is not None:
        by_vector = store.vectors.search(scope, question.model, question.vector, CANDIDATES)
    # Further down the list of vectors stands chance, and its places would lift as much as those of meaning.
    close = [found for found in by_vector if found.score >= question.floor]
    fused = best_of(fuse_ranks(by_words, close, question.vector_weight))
    cosines = {found.passage: found.score for found in by_vector}
    stand = store.words.terms_of(list(fused))
    rows = Passage.objects.filter(pk__in=fused).values_list(
        "pk", "document_id", "document__name", "position", "page", "heading", "text"
    )
    hits = [
        PassageHit(
            *row,
            score=fused[row[0]],
            words=asked.share(stand.get(row[0], frozenset())),
            cosine=cosines.get(row[0]),
            asked=asked.stems,
        )
        for row in rows
    ]
    boosted = [_boosted(hit, question.text) for hit in hits if is_relevant(hit, question.floor)]
    return sorted(boosted, key=lambda hit: (-hit.score, hit.passage))[:limit]


def fuse_ranks(
    words: Sequence[ScoredPassage], vectors: Sequence[ScoredPassage], vector_weight: float
) -> dict[int, float]:
    """Reciprocal ranks, as a share of what the first of both lists would have."""
    most = (1 + vector_weight) / FUSION
    fused: dict[int, float] = {}
    for found, weight in ((words, 1.0), (vectors, vector_weight)):
        for rank, hit in enumerate(found):
            fused[hit.passage] = fused.get(hit.passage, 0.0) + weight / (FUSION + rank) / most
    return fused


def best_of(fused: Mapping[int, float]) -> dict[int, float]:
    return dict(sorted(fused.items(), key=lambda item: -item[1])[:CONSIDERED])


def is_relevant(hit: PassageHit, floor: float) -> bool:
    return hit.words >= COVERED or (hit.cosine is not None and hit.cosine >= floor)


def _boosted(hit: PassageHit, question: str) -> PassageHit:
    """A question that names a file means that file."""
    if not is_named(hit.name, question):
        return hit
    return replace(hit, score=hit.score + NAMED, words=max(hit.words, COVERED))


def is_named(name: str, question: str) -> bool:
    stem = fold_text(name.rpartition(".")[0] or name)
    return len(stem) > 3 and f" {stem} " in f" {fold_text(question)} "
