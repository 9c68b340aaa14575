"""Which sections of one long file fit a question best: by the words that they share, the rare ones first. No
index: a file that was just attached is looked through as it is."""

import math
import unicodedata
from collections.abc import Sequence

from rag.whole.sections import Section
from rag.words import terms

LEAST = 3
"""Letters of a word's stem that may be looked for inside words."""
ENOUGH = 4
"""More of the same word says nothing more."""
_SAME = {
    code: base[0]
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    if (base := unicodedata.normalize("NFD", chr(code).casefold()))[:1].isascii() and base
} | {ord("ı"): "i", ord("ё"): "е", 0x307: None}


def find_best_sections(found: Sequence[Section], question: str, tokens: int) -> list[int]:
    """Their places in `found`, in reading order; those with none of the question's words never. As many as
    `tokens` hold. Takes a second for 20 million characters."""
    wanted = [term for term in dict.fromkeys(terms(question)) if len(term) >= LEAST or not term.isascii()]
    if not wanted:
        return []
    texts = [f"{section.place.heading}\n{section.text}".lower().translate(_SAME) for section in found]
    scores = [0.0] * len(found)
    for term in wanted:
        counts = [text.count(term) for text in texts]
        known = sum(map(bool, counts))
        rarity = math.log(1 + len(found) / known) if known else 0.0
        for place, count in enumerate(counts):
            scores[place] += rarity * min(count, ENOUGH) ** 0.5
    chosen: list[int] = []
    for place in sorted(range(len(found)), key=lambda place: -scores[place]):
        if scores[place] and (cost := found[place].tokens + 16) <= tokens:
            chosen.append(place)
            tokens -= cost
    return sorted(chosen)
