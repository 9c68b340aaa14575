"""Words as search sees them (core/text/folding.py), of any text and of what a person types."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.text.folding import find_words, fold_word, fold_words

_QUOTED = re.compile(r'"([^"]*)"?|(\S+)')
_SYLLABLE = re.compile("[\uac00-\ud7a3]")
MAX_WORDS = 16_000
"""Of one message: PostgreSQL counts positions no further."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand side by side; the last may go on where `prefix`."""

    words: tuple[str, ...]
    prefix: bool


Word = tuple[int, int, str]
"""Start, end and folded form."""


def words(text: str) -> Iterator[Word]:
    for start, end, word in find_words(text):
        if folded_word := fold_word(word):
            yield start, end, folded_word


def fold_text(text: str) -> list[str]:
    return list(islice(fold_words(text), MAX_WORDS))


def parse_query(query: str) -> list[Phrase]:
    """All phrases must be found. What stands in quotes is meant exactly, and a single letter; any other
    word, a Korean syllable too, may go on (`kitap` finds `kitaplar`)."""
    phrases = []
    for quoted, plain in _QUOTED.findall(query[:1000]):
        found = tuple(fold_text(quoted or plain))
        if found:
            may_go_on = len(found[-1]) > 1 or _SYLLABLE.match(found[-1]) is not None
            phrases.append(Phrase(found, prefix=may_go_on and not quoted))
    return phrases[:20]
