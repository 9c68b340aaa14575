"""How likely a text is in a language: by how often its letters follow one another there.

Costs are in half bits: the less, the likelier. Only costs of one and the same piece of text, read in several
ways, can be compared.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

TABLES = Path(__file__).with_name("letters.json")
"""Made by scripts/letters.py: for each language its letters, the commonest first, and for each of them, row
by row, what each letter costs behind it; of languages of thousands of signs what each sign costs."""
EDGE = " "
_ZERO = ord("0")
FOREIGN = 36
"""A letter that the language does not have."""
LATIN = 10
"""A Latin letter in a language of another alphabet: a name, a word of English."""
MARK = 13
"""A sign that is common in print."""
STRANGE = 30
"""Any other sign."""
TORN = 20
"""A capital behind a small letter, a Latin letter beside another: words are not written so."""
PRINT = frozenset("–—‘’‚“”„…«»‹›€£©®°§·•№™±²³½¼¾×÷¿¡ºª\u00a0\u00ad،؛؟٪־׳״฿¤µ¨´")
WIDE_PRINT = frozenset("、。，：；！？（）「」『』《》【】〈〉・…—～“”‘’·％＋－／　ー々〜–")
COMMON, SELDOM, NEVER = 28, 38, 46
"""A sign that the tables do not have, by how the old standards of its script rank it."""
PLAIN_SHARE = 0.4
"""How much a word of ASCII alone says: it may stand in any language's text."""


JOINERS = frozenset("\u200c\u200d\u200e\u200f")
INSIDE = frozenset("’'‘·-\u00ad")
"""Signs that stand between the letters of a word."""
_SPACES = {ord(space): EDGE for space in "\t\n\r\f\v,;"}


class Language(Protocol):
    def cost(self, text: str) -> float: ...


class Alphabet:
    def __init__(self, letters: str, rows: str) -> None:
        size = len(letters)
        self._pairs = {
            first + second: ord(rows[row * size + column]) - _ZERO
            for row, first in enumerate(letters)
            for column, second in enumerate(letters)
        }
        self._letters = frozenset(letters)
        others = sum(letter > "\x7f" for letter in letters[:20])
        self._is_latin = others < 10

    def cost(self, text: str) -> float:
        return sum(self._word(word) for word in words(unicodedata.normalize("NFC", text)))

    def _word(self, word: str) -> float:
        if word.isascii():
            return PLAIN_SHARE * self._ascii(word)
        total, before = 0.0, EDGE
        for place, sign in enumerate(word):
            if sign in JOINERS:
                total += MARK
            elif not (sign.isalpha() or unicodedata.category(sign) == "Mn"):
                total += self._pair(before, EDGE) if before != EDGE else 0
                total += 0 if sign < "\x80" else MARK if sign in PRINT else STRANGE
                if before != EDGE and sign > "\x7f" and _tears(sign, word[place + 1 : place + 2]):
                    total += TORN
                before = EDGE
            else:
                total += self._letter(before, sign)
                before = sign
        return total + (self._pair(before, EDGE) if before != EDGE else 0)

    def _letter(self, before: str, sign: str) -> float:
        cost = self._pair(before, sign)
        if before != EDGE:
            if before.islower() and sign.isupper() and not (before + sign).isascii():
                cost += TORN
            if not self._is_latin and (before < "\x80") != (sign < "\x80"):
                cost += TORN
        return cost

    def _pair(self, before: str, sign: str) -> float:
        cost = self._pairs.get(_small(before) + _small(sign))
        if cost is not None:
            return cost
        if _small(sign) in self._letters:
            return LATIN
        return LATIN if sign < "\x80" else FOREIGN

    def _ascii(self, word: str) -> float:
        letters = EDGE.join("".join(sign if sign.isalpha() else EDGE for sign in word).split())
        if not self._is_latin:
            return LATIN * len(letters)
        line = f"{EDGE}{letters}{EDGE}" if letters else ""
        return sum(self._pair(before, sign) for before, sign in pairwise(line))


class Signs:
    """`ranks`: the codec whose first bytes tell which signs are common, and which first bytes."""

    def __init__(self, letters: str, rows: str, codec: str, first: range) -> None:
        self._costs = {sign: ord(digit) - _ZERO for sign, digit in zip(letters, rows, strict=True)}
        self._codec, self._first = codec, first

    def cost(self, text: str) -> float:
        return sum(self._word(word) for word in words(text))

    def _word(self, word: str) -> float:
        latin = LATIN * sum(sign.isalpha() for sign in word if sign < "\x80")
        if word.isascii():
            return PLAIN_SHARE * latin
        torn = sum(
            TORN / 2
            for before, sign in pairwise(word)
            if (before < "\x80") != (sign < "\x80") and before.isalpha() and sign.isalpha()
        )
        return latin + torn + sum(self._sign(sign) for sign in word if sign > "\x7f")

    def _sign(self, sign: str) -> float:
        if sign in WIDE_PRINT:
            return MARK
        known = self._costs.get(sign)
        return known if known is not None else self._rank(sign)

    @lru_cache(maxsize=1 << 14)  # noqa: B019 -- there are four, and they stay
    def _rank(self, sign: str) -> float:
        try:
            coded = sign.encode(self._codec)
        except UnicodeEncodeError:
            return NEVER
        if len(coded) != 2:
            return NEVER
        if coded[0] in self._first:
            return COMMON
        return SELDOM if sign.isalpha() else STRANGE


def words(text: str) -> list[str]:
    """Cut at spaces of ASCII alone: others are signs that an encoding may make of any byte."""
    return [word for word in text.translate(_SPACES).split(EDGE) if word]


def _tears(sign: str, after: str) -> bool:
    """Whether `sign` does not stand behind a letter, with `after` behind it."""
    return sign in "‚„" or (after.isalpha() and sign not in INSIDE)


def _small(sign: str) -> str:
    return "i" if sign == "İ" else sign.lower()


RANKS = {
    "zh": ("gb2312", range(0xB0, 0xD8)),
    "zh-hant": ("big5", range(0xA4, 0xC7)),
    "ja": ("euc_jp", range(0xB0, 0xD0)),
    "ko": ("euc_kr", range(0xB0, 0xC9)),
}


SIGN_LANGUAGES = tuple(RANKS)


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    tables = json.loads(TABLES.read_text(encoding="utf-8"))
    return {
        name: Signs(table["letters"], table["rows"], *RANKS[name])
        if name in RANKS
        else Alphabet(table["letters"], table["rows"])
        for name, table in tables.items()
    }
