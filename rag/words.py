"""Words as retrieval sees them, in Turkish, Russian and English at once: nobody says which language a
question is in.

A Latin word without Turkish letters is taken for both English and Turkish, and stands for the stems of both.
`İ`, `I`, `ı` and `i` are one letter, as are `ё` and `е`, and Latin letters lose their marks: `ogrenme` is
`öğrenme`. Chinese and Japanese have no spaces, so each of their characters is a word. What stands behind a
name's apostrophe (`Mars'ta`, `Ada's`) is an ending and no word.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rag.stop_words import STOP_WORDS

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_IDEOGRAPHS}]|[^\\W_{_IDEOGRAPHS}](?:[^\\W_{_IDEOGRAPHS}]|[\u0300-\u036f])*")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_TURKISH = re.compile("[çğıöşüâîû]")
_SAME = str.maketrans({"ı": "i", "ё": "е"})
APOSTROPHES = "'’"
LEAST_NAME = 3
MOST_ENDING = 5
"""Letters: `l'eau` are two words."""
MAX_WORD = 64
FIRST = 5
"""Letters of a Turkish word that stand for it beside its stem: the stemmer takes some words' forms apart in
different places (`kırtasiye`, `kırtasiyeye`)."""


def words(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and the word in small letters, stop words included."""
    name_end: int | None = None
    for match in _WORD.finditer(text):
        start, end = match.span()
        is_behind = name_end == start - 1 and text[start - 1] in APOSTROPHES
        if not (is_behind and end - start <= MOST_ENDING and match.group().islower()):
            yield start, end, lower(match.group())
        name_end = end if end - start >= LEAST_NAME or match.group().isdigit() else None


def lower(word: str) -> str:
    word = word[:MAX_WORD]
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", word).replace("İ", "i").lower()


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Of a word in small letters."""
    if word.isascii():
        return word
    word = unicodedata.normalize("NFKC", word).casefold().translate(_SAME)
    kept: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if kept and kept[-1].isascii() and unicodedata.category(letter) == "Mn":
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_SAME)


@lru_cache(maxsize=1 << 17)
def stems(word: str) -> tuple[str, ...]:
    """Of a word in small letters; none for a stop word. Folded, each once."""
    if word in STOP_WORDS:
        return ()
    if _CYRILLIC.search(word):
        found: tuple[str, ...] = (_stemmer("russian").stemWord(word.replace("ё", "е")),)
    elif _TURKISH.search(word):
        found = (_stemmer("turkish").stemWord(word), word[:FIRST])
    elif word.isascii() and word.isalpha():
        found = (_stemmer("turkish").stemWord(word), _stemmer("english").stemWord(word))
    else:
        found = (word,)
    return tuple(dict.fromkeys(fold(stem) for stem in found))


def terms(text: str) -> list[str]:
    """What full text search keeps of `text`, in its order."""
    return [stem for _, _, word in words(text) for stem in stems(word)]


def content_words(text: str) -> list[str]:
    """The words that carry a meaning, as they stand in `text`."""
    return [text[start:end] for start, end, word in words(text) if stems(word)]


def folded(text: str) -> str:
    """Folded words, without stop words, with one space between."""
    return " ".join(fold(word) for _, _, word in words(text) if stems(word))


def marks(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where in `text` the words stand whose stems are `wanted`."""
    return [(start, end) for start, end, word in words(text) if not wanted.isdisjoint(stems(word))]


@lru_cache(maxsize=3)
def _stemmer(language: str) -> Any:
    import snowballstemmer  # type: ignore[import-untyped]

    return snowballstemmer.stemmer(language)
