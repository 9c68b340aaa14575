"""Which terms of a question are worth their cost."""

from collections.abc import Mapping, Sequence

POSTINGS = 15_000
"""Passages that one question's terms may name together: what bounds a search in a large collection."""


def worth(terms: Sequence[str], counts: Mapping[str, int], postings: int = POSTINGS) -> list[str]:
    """The rarest terms that fit, and always the rarest one. Without those that stand nowhere."""
    chosen: list[str] = []
    for term in sorted(dict.fromkeys(terms), key=lambda term: counts.get(term, 0)):
        count = counts.get(term, 0)
        if not count:
            continue
        postings -= count
        if chosen and postings < 0:
            break
        chosen.append(term)
    return chosen
