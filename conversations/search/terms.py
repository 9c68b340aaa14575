"""Words as search sees them, of any text and of what a person types.

`İ`, `I`, `ı` and `i` are one letter, as are `ё` and `е`: a Turkish word in capitals is found by its small
letters, an English one too. Latin letters lose their marks (`ogrenme` finds `öğrenme`), others keep them
(`й` is not `и`). Chinese and Japanese have no spaces, so each of their characters is a word.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_IDEOGRAPHS}]|[^\\W_{_IDEOGRAPHS}](?:[^\\W_{_IDEOGRAPHS}]|[\u0300-\u036f])*")
_QUOTED = re.compile(r'"([^"]*)"?|(\S+)')
_SAME = str.maketrans({"ı": "i", "ё": "е"})
MAX_WORD = 64
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
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), fold(match.group())


def folded(text: str) -> list[str]:
    found = []
    for match in _WORD.finditer(text):
        found.append(fold(match.group()))
        if len(found) == MAX_WORDS:
            break
    return found


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    word = word[:MAX_WORD]
    if word.isascii():
        return word.lower()
    word = unicodedata.normalize("NFKC", word).replace("İ", "i").casefold().translate(_SAME)
    kept: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if kept and kept[-1].isascii() and unicodedata.category(letter) == "Mn":
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_SAME)


def parse(query: str) -> list[Phrase]:
    """All phrases must be found. What stands in quotes is meant exactly, and a single letter; any other
    word may go on (`kitap` finds `kitaplar`)."""
    phrases = []
    for quoted, plain in _QUOTED.findall(query[:1000]):
        found = tuple(folded(quoted or plain))
        if found:
            phrases.append(Phrase(found, prefix=not quoted and len(found[-1]) > 1))
    return phrases[:20]
