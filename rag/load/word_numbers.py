"""Numbers that Word writes before paragraphs (`4.2`, `b)`): they stand in no text, yet are asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.load import xml

DEEPEST = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_UNNUMBERED = frozenset({"bullet", "none", "ideographDigital"})


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class _List:
    abstract: str = ""
    starts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Numbers paragraphs of lists as they come."""

    def __init__(self, data: bytes) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        self._levels: dict[int, _Level] = {}
        self._list, self._depth = _List(), 0
        if data:
            xml.parse(data, self._start, lambda _: None)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("val", "")
        match name:
            case "abstractNum":
                self._levels = self._abstract[attributes.get("abstractNumId", "")] = {}
            case "num":
                self._list = self._lists[attributes.get("numId", "")] = _List()
                self._levels = {}
            case "abstractNumId":
                self._list.abstract = value
            case "lvl" | "lvlOverride":
                self._depth = min(_whole(attributes.get("ilvl", "")), DEEPEST - 1)
            case "startOverride":
                self._list.starts[self._depth] = _whole(value)
            case "start" | "numFmt" | "lvlText":
                self._describe(self._levels.setdefault(self._depth, _Level()), name, value)

    def _describe(self, level: _Level, name: str, value: str) -> None:
        if name == "start":
            level.start = _whole(value)
        elif name == "numFmt":
            level.form = value
        else:
            level.text = value[:40]

    def next(self, number: str, depth: int) -> str:
        """What stands before the next paragraph of that list; empty for a bullet."""
        one = self._lists.get(number)
        depth = min(depth, DEEPEST - 1)
        if one is None or depth not in (levels := self._abstract.get(one.abstract, {})):
            return ""
        counts = self._counts.setdefault(one.abstract, [None] * DEEPEST)
        if number not in self._begun:
            self._begun.add(number)
            for level, start in one.starts.items():
                counts[level] = start - 1
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else before + 1
        counts[depth + 1 :] = [None] * (DEEPEST - depth - 1)
        if levels[depth].form in _UNNUMBERED:
            return ""
        return _PLACE.sub(lambda place: self._shown(levels, counts, int(place[1]) - 1), levels[depth].text)

    def _shown(self, levels: Mapping[int, _Level], counts: list[int | None], depth: int) -> str:
        level = levels.get(depth, _Level())
        count = counts[depth]
        return format_number(level.start if count is None else count, level.form)


def format_number(count: int, form: str) -> str:
    match form:
        case "lowerLetter" | "upperLetter" if 0 < count < 1_000:
            letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        case "lowerRoman" | "upperRoman" if 0 < count < 5_000:
            letters = ""
            for worth, sign in _ROMAN:
                letters += sign * (count // worth)
                count %= worth
        case "decimalZero":
            return f"{count:02}"
        case _:
            return str(count)
    return letters.upper() if form.startswith("upper") else letters


def _whole(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0
