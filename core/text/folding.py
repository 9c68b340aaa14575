"""What a word is in any language, and which spellings of it are one: for both searches, that of conversations
and that of documents.

Vowel signs and other marks belong to the word before them, as do signs that nobody sees (soft hyphens,
joiners). Folding leaves away what writers leave away: the marks of Latin and Greek letters, Arabic and Hebrew
vowel signs, dots of Indic letters, long joins; other scripts keep their marks (`й` is not `и`). `İ`, `I`, `ı`
and `i` are one letter, as are `ё` and `е`, `ł` and `l`, `ø` and `o`. Scripts that put no space between words
have a word for each sign.

An index holds folded words. Whoever changes how words are cut or folded adds migrations that have both made
anew, as conversations/migrations/0006 and rag/migrations/0003 do.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

MAX_WORD = 64
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e80-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u0f40-\u0f6c\u1000-\u102a\u103f\u1780-\u17b3"
)
"""Chinese, Japanese, Thai, Lao, Tibetan, Burmese, Khmer."""
_UNSEEN = "\u00ad\u200b\u200d-\u200f\u2060\ufeff"
_ARABIC = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff"
_TATWEEL = "\u0640"
_DROPPED = frozenset(_UNSEEN) | {"\u200c", _TATWEEL}
_SAME = str.maketrans({
    "ı": "i", "ё": "е", "ł": "l", "đ": "d", "ð": "d", "ø": "o", "œ": "oe", "æ": "ae", "þ": "th", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ى": "ي", "ی": "ي", "ے": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ة": "ه",
    "ۃ": "ه", "ٱ": "ا", "\u0901": "\u0902",
})  # fmt: skip
_KEPT_BY_CYRILLIC = "\u0306\u0308"
_NUKTA = 7
"""The combining class of the dots below Indic letters."""
_NASAL = re.compile("[ङञणनम]\u094d(?=[क-ह])")
"""Written as a dot above the letter before, or as a letter of its own: `हिंदी`, `हिन्दी`."""


def _marks() -> str:
    """All combining marks of the first plane, as a character class."""
    places = (place for place in range(0x300, 0x10000) if unicodedata.category(chr(place))[0] == "M")
    runs = (
        [place for _, place in run] for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0])
    )
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


_MARKS = _marks()
# Persian writes parts of a word apart with a joiner of no width, and others write them as two words.
_WORD = re.compile(
    f"[{_UNSPACED}][{_MARKS}{_UNSEEN}]*"
    f"|[^\\W_{_UNSPACED}](?:[^\\W_{_UNSPACED}]|[{_MARKS}{_UNSEEN}]|\u200c(?![{_ARABIC}]))*"
)


_ASCII_WORD = re.compile("[a-z0-9]+")


def fold_words(text: str) -> Iterator[str]:
    """The folded words alone, in their order, in half the time of `find_words` and `fold_word`."""
    if text.isascii():
        return (match[0][:MAX_WORD] for match in _ASCII_WORD.finditer(text.lower()))
    return filter(None, (fold_word(match[0][: 4 * MAX_WORD]) for match in _WORD.finditer(text)))


def find_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end, and the word as it stands there, cut where it is far too long."""
    for match in _WORD.finditer(text):
        start, end = match.span()
        yield start, end, text[start : min(end, start + 4 * MAX_WORD)]


def lower_word(word: str) -> str:
    """In small letters, composed, without what nobody sees."""
    if word.isascii():
        return word[:MAX_WORD].lower()
    seen = "".join(letter for letter in word if letter not in _DROPPED)
    return unicodedata.normalize("NFC", seen)[:MAX_WORD].replace("İ", "i").lower()


@lru_cache(maxsize=1 << 13)
def fold_word(word: str) -> str:
    if word.isascii():
        return word[:MAX_WORD].lower()
    word = unicodedata.normalize("NFKC", word).replace("İ", "i").casefold().translate(_SAME)
    kept: list[str] = []
    base = ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in _DROPPED or _is_dropped(letter, base):
            continue
        if unicodedata.category(letter)[0] != "M":
            base = letter
        kept.append(str(unicodedata.decimal(letter, letter)))
    folded = unicodedata.normalize("NFC", "".join(kept)).translate(_SAME)
    return _NASAL.sub("\u0902", folded)[:MAX_WORD]


def _is_dropped(mark: str, base: str) -> bool:
    """Of a mark behind `base`."""
    if unicodedata.category(mark) not in ("Mn", "Me"):
        return False
    if "\u0300" <= mark <= "\u036f":
        return not ("\u0400" <= base <= "\u052f" and mark in _KEPT_BY_CYRILLIC)
    if "\u0591" <= mark <= "\u074a" or "\u08d3" <= mark <= "\u08ff":
        return True
    return unicodedata.combining(mark) == _NUKTA or "\ufe00" <= mark <= "\ufe0f"
