"""Words as retrieval sees them, in any language at once (core/text/folding.py): nobody says which language a
question is in.

A Latin word without Turkish letters is taken for both English and Turkish, and stands for the stems of both.
A Korean word stands for each two of its syllables, since particles are written to its end. What is behind a
name's apostrophe (`Mars'ta`, `Ada's`) is an ending and no word.
"""

import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from core.text.folding import find_words, fold_word, lower_word
from rag.stop_words import STOP_WORDS

_STEMMED = (
    (re.compile("[\u0400-\u04ff]"), "russian"),
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]"), "greek"),
    (re.compile("[\u0620-\u06d3]"), "arabic"),
    (re.compile("[\u0900-\u097f]"), "hindi"),
)
"""Scripts, and the language that words in them are taken for."""
_HANGUL = re.compile("[\uac00-\ud7a3]")
_TURKISH = re.compile("[çğıöşüâîû]")
APOSTROPHES = "'’"
LEAST_NAME = 3
MOST_ENDING = 5
"""Letters: `l'eau` are two words."""
FIRST = 5
"""Letters of a Turkish word that stand for it beside its stem: the stemmer takes some words' forms apart in
different places (`kırtasiye`, `kırtasiyeye`)."""
PARTICLES = frozenset("은는이가을를의에도만와과로")
"""Korean; each is one syllable."""

_of_this_thread = threading.local()


def words(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and the word in small letters, stop words included."""
    name_end: int | None = None
    for start, end, word in find_words(text):
        is_behind = name_end == start - 1 and text[start - 1] in APOSTROPHES
        if not (is_behind and end - start <= MOST_ENDING and word.islower()):
            yield start, end, lower_word(word)
        name_end = end if end - start >= LEAST_NAME or word.isdigit() else None


@lru_cache(maxsize=1 << 17)
def stems(word: str) -> tuple[str, ...]:
    """Of a word in small letters; none for a stop word. Folded, each once."""
    if word in STOP_WORDS:
        return ()
    return tuple(dict.fromkeys(filter(None, map(fold_word, _stems(word)))))


def _stems(word: str) -> tuple[str, ...]:
    for script, language in _STEMMED:
        if script.search(word):
            plain = word.replace("ё", "е")
            return (_stemmer(language).stemWord(plain if language == "russian" else fold_word(plain)),)
    if _HANGUL.search(word):
        has_particle = len(word) == 2 and word[1] in PARTICLES
        return (*map("".join, pairwise(word)), *(word[0] for _ in range(len(word) == 1 or has_particle)))
    if _TURKISH.search(word):
        return (_stemmer("turkish").stemWord(word), word[:FIRST])
    plain = fold_word(word)
    if plain.isascii() and plain.isalpha():
        stems_of_both = (_stemmer("turkish").stemWord(plain), _stemmer("english").stemWord(plain))
        return stems_of_both if plain == word else (*stems_of_both, plain)
    return (word,)


def terms(text: str) -> list[str]:
    """What full text search keeps of `text`, in its order."""
    return [stem for _, _, word in words(text) for stem in stems(word)]


def content_words(text: str) -> list[str]:
    """The words that carry a meaning, as they stand in `text`."""
    return [text[start:end] for start, end, word in words(text) if stems(word)]


def fold_text(text: str) -> str:
    """Folded words, without stop words, with one space between."""
    return " ".join(fold_word(word) for _, _, word in words(text) if stems(word))


def find_marks(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where in `text` the words stand whose stems are `wanted`."""
    return [(start, end) for start, end, word in words(text) if not wanted.isdisjoint(stems(word))]


def _stemmer(language: str) -> Any:
    """Each thread's own: a stemmer holds the word that it takes apart. Of two lanes that were given a file at
    once one failed, or got another word's stem."""
    import snowballstemmer  # type: ignore[import-untyped]

    own = _of_this_thread.__dict__
    if language not in own:
        own[language] = snowballstemmer.stemmer(language)
    return own[language]
