"""Which encoding the bytes of a text are in, where nobody says so.

UTF-8, UTF-16 and UTF-32 tell themselves. Of the older ones each is tried that the bytes are valid in, and
what they read as is weighed by how likely it is in the languages that the encoding was made for
(`languages.py`). What reads well in none is refused: garbage that looks like text is worse than an error.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.text.candidates import ALIASES, CANDIDATES, HANDICAP, WIDE, Candidate
from core.text.languages import SIGN_LANGUAGES, languages
from core.text.languages import words as words_of

SAMPLE = 2048
"""Bytes that are weighed; pieces of the text that are not ASCII."""
BEFORE = 40
"""Bytes of ASCII that are weighed with what follows them."""
MOST_BROKEN = 0.01
"""Share of a text that may be damaged: of UTF-8's longer sequences, and of characters at all."""
BROKEN = "\ufffd"
A_BROKEN_BYTE = 60.0
"""Half bits."""
MOST_CONTROLS = 0.05
WORST = 13.0
"""Half bits a byte that the right reading costs at most; noise costs 15 to 25."""
FREE = 20.0
"""Half bits that are not counted for this: a single letter may be a rare one."""
TOO_CLOSE = 1.0
"""Half bits by which one reading must beat the next."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"\x1b(J", "iso2022_jp_2"))
_HIGH = re.compile(rb"[\x80-\xff][^\r\n]*")
_ASCII = bytes(range(0x80))
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LONGER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|[\xf1-\xf4][\x80-\xbf]{3}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}"
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*+=\s*+["']?\s*+([\w.:-]{2,40})"""
    rb"""|^@charset\s+["']([\w.:-]{2,40})|\A(?:[^\n]*\n)?\#.{0,80}?coding[:=]\s*([\w.-]{2,40})""",
    re.I,
)
_LAYOUT = frozenset("\t\n\r\f\v\x1a\x1b")
_UNPRINTED = frozenset({"Cc", "Cn", "Co", "Cs"})


class EncodingError(ValueError):
    """`binary`: the bytes are no text. `unknown`: they may be, in an encoding that cannot be told."""

    def __init__(self, reason: Literal["binary", "unknown"]) -> None:
        super().__init__(f"the encoding is {reason}" if reason == "unknown" else "the bytes are no text")
        self.reason: Literal["binary", "unknown"] = reason


@dataclass(frozen=True, slots=True)
class _Reading:
    cost: float
    encoding: str
    language: str
    text: str


def decode_text(data: bytes) -> str:
    """With line ends as \\n, and without a byte order mark. Raises EncodingError."""
    text = _decode_text(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def detect_encoding(data: bytes) -> str:
    """The name of a Python codec. Raises EncodingError."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data or _has_many_controls(data):
        return _without_mark(data)
    for escape, encoding in ESCAPES:
        if escape in data and _is_valid(data, encoding):
            return encoding
    if _is_valid(data, "utf-8"):
        return "utf-8"
    return find_declared_encoding(data) or ("utf-8" if _is_damaged_utf8(data) else _guessed(data))


def looks_like_text(head: bytes) -> bool:
    """Whether `head`, the beginning of a file, may be one of text."""
    if head.startswith(tuple(mark for mark, _ in MARKS)):
        return True
    if b"\0" not in head and not _has_many_controls(head):
        return True
    try:
        _without_mark(head[: len(head) // 4 * 4])
    except EncodingError:
        return False
    return True


def find_declared_encoding(data: bytes) -> str | None:
    """What an HTML or XML head, or a line of a program says, where the bytes are valid in it."""
    found = _DECLARED.search(data[:2048])
    if found is None:
        return None
    said = next(name for name in found.groups() if name).decode("ascii").lower()
    try:
        name = codecs.lookup(ALIASES.get(said, said)).name
    except LookupError:
        return None
    name = ALIASES.get(name, name)
    return name if name in _known() and _is_valid(data, name) else None


def _decode_text(data: bytes) -> str:
    encoding = detect_encoding(data)
    text = data.decode(encoding, errors="replace").removeprefix("\ufeff")
    if text.count(BROKEN) > max(1, MOST_BROKEN * len(text)):
        raise EncodingError("binary")
    return text


def _has_many_controls(data: bytes) -> bool:
    head = data[: 32 * SAMPLE]
    return len(_CONTROLS.findall(head)) > max(1, MOST_CONTROLS * len(head))


def _is_valid(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _is_damaged_utf8(data: bytes) -> bool:
    """A text of many sound sequences and a few that are not: cut in the middle of a letter, or joined."""
    rest, sound = _LONGER.subn(b"", data)
    broken = len(rest.translate(None, _ASCII))
    return broken <= max(3 if sound > 9 else 0, MOST_BROKEN * sound)


def _without_mark(data: bytes) -> str:
    """UTF-16 or UTF-32. A text of 8 bits that holds a stray NUL is UTF-8 yet."""
    sample = data[:SAMPLE]
    readings = [
        reading
        for encoding, width in WIDE
        if len(sample) >= width and len(data) % width == 0
        for reading in _weighed(sample, Candidate(encoding, tuple(languages())), is_cut=len(data) > SAMPLE)
    ]
    if readings and _cost_of_a_byte(best := min(readings, key=_cost)) < WORST:
        return best.encoding
    if not _has_many_controls(data) and _is_valid(data, "utf-8"):
        return "utf-8"
    raise EncodingError("binary")


def _guessed(data: bytes) -> str:
    sample, is_cut = _sample(data)
    readings = [reading for candidate in CANDIDATES for reading in _weighed(sample, candidate, is_cut=is_cut)]
    if len(data) % 2 == 0:
        for encoding in ("utf-16-le", "utf-16-be"):
            wide = Candidate(encoding, SIGN_LANGUAGES)
            readings.extend(_weighed(data[:SAMPLE], wide, is_cut=len(data) > SAMPLE))
    readings.sort(key=_cost)
    if not readings:
        raise EncodingError("unknown")
    best = readings[0]
    other = next((reading for reading in readings if reading.text != best.text), None)
    if _cost_of_a_byte(best) > WORST or (other is not None and other.cost - best.cost < TOO_CLOSE):
        raise EncodingError("unknown")
    return best.encoding


def _cost(reading: _Reading) -> float:
    return reading.cost


def _cost_of_a_byte(reading: _Reading) -> float:
    """Of the words that are not ASCII."""
    words = [word for word in words_of(reading.text) if not word.isascii()]
    text = " ".join(words)
    size = len(text.encode(reading.encoding, errors="replace"))
    return (languages()[reading.language].cost(text) - FREE) / size if words else 0.0


def _sample(data: bytes) -> tuple[bytes, bool]:
    """Lines that are not ASCII, and whether the last is cut. They begin where a character does: what stands
    before the first high byte of a line is ASCII in every encoding."""
    pieces, size = list[bytes](), 0
    for rest in _HIGH.finditer(data):
        high, end = rest.span()
        start = max(high - BEFORE, data.rfind(b"\n", 0, high) + 1, 0)
        pieces.append(data[start:end][: SAMPLE - size])
        size += len(pieces[-1]) + 1
        if size > SAMPLE:
            break
    return b"\n".join(pieces), size > SAMPLE


def _weighed(sample: bytes, candidate: Candidate, *, is_cut: bool) -> Iterator[_Reading]:
    """What `sample` reads as in each of the encoding's languages; nothing where it is not valid in it
    but for a damaged byte here and there."""
    text = codecs.getincrementaldecoder(candidate.encoding)("replace").decode(sample, not is_cut)
    broken = text.count(BROKEN)
    if broken > MOST_BROKEN * len(text):
        return
    text = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(sign) in _UNPRINTED for sign in set(text) - _LAYOUT):
        return
    for language in candidate.languages:
        cost = languages()[language].cost(text) + candidate.handicap + HANDICAP.get(language, 0)
        cost += broken * A_BROKEN_BYTE
        yield _Reading(cost, candidate.encoding, language, text)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Codecs of text; Python has others that run programs' escapes or pack bytes."""
    names = {codecs.lookup(candidate.encoding).name for candidate in CANDIDATES}
    return frozenset(names | {"utf-8", "ascii", "iso8859-1", "gb2312", "gbk", "big5", "shift_jis", "euc_kr"})
