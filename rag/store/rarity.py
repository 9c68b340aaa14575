"""Which terms of a question are worth their cost."""

from math import log

from .base import Counts

POSTINGS = 10_000
"""Passages that one question's terms may name together: what bounds a search in a large collection."""


def choose_terms(terms: Counts, postings: int = POSTINGS) -> list[str]:
    """The rarest terms that fit, and always the rarest one."""
    chosen: list[str] = []
    for term, count in sorted(terms.of.items(), key=lambda item: item[1]):
        postings -= count
        if chosen and postings < 0:
            break
        chosen.append(term)
    return chosen


def rarity_of(terms: Counts, term: str) -> float:
    """How much a term says: BM25's weight of it."""
    count = terms.of.get(term, 0)
    return log(1 + (terms.total - count + 0.5) / (count + 0.5))
