"""Texts that a pattern finds hard, made from the pattern itself: its pieces, again and again."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

parser: Any = re._parser  # type: ignore[attr-defined]
CANDIDATES = "a0 \n\t-_.,:;'\"`<>()[]{}/\\$*#=|&%@!?~^+é\u200b"
MOST_TEXTS = 150
COMPARED = 5_000
"""Characters by which two texts are told apart."""
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
LETTERS = ("LITERAL", "NOT_LITERAL", "IN", "ANY")
BREAKS = "\x01"
"""No pattern speaks of it: where it stands, nothing matches."""

Items = Sequence[tuple[Any, Any]]
Unit = tuple[str, str, str]
"""How a text begins, what is repeated in it, and how it ends."""


def hostile_texts(pattern: str | bytes, flags: int, size: int) -> list[str]:
    """Of `size` characters each."""
    return [make_text(unit, size) for unit in hostile_units(pattern, flags)]


def hostile_units(pattern: str | bytes, flags: int) -> list[Unit]:
    """Each makes another text."""
    units = dict.fromkeys(unit for unit in _units(parser.parse(pattern, flags).data) if unit[1])
    texts: dict[str, Unit] = {}
    for unit in units:
        texts.setdefault(make_text(unit, COMPARED), unit)
    return list(islice(texts.values(), MOST_TEXTS))


def make_text(unit: Unit, size: int) -> str:
    head, body, tail = unit
    room = max(0, size - len(head) - len(tail))
    return head + (body * (room // len(body) + 1))[:room] + tail


def _units(items: Items) -> Iterator[Unit]:
    places = list(dict.fromkeys(_places(items, "")))
    for head, body in places:
        yield head, body, BREAKS
        yield "", head + body, BREAKS
    for head in dict.fromkeys(head for head, _ in places):
        yield "", head, BREAKS
        yield "", head + "\n", BREAKS
    for body in dict.fromkeys(_repeated(items)):
        yield "", body, BREAKS
        yield "", body, ""
    atoms = list(dict.fromkeys(_atoms(items)))
    for atom in atoms[:12]:
        yield "", atom, BREAKS
    for whole in dict.fromkeys(_wholes(items)):
        yield "", whole, BREAKS
        yield "", whole[:-1], BREAKS
        yield "", whole + "\n", ""
    for one, other in product(atoms[:5], atoms[:5]):
        if one != other:
            yield atoms[0], one + other, BREAKS


def _wholes(items: Items) -> Iterator[str]:
    yield _sample(items)
    for op, given in items:
        if str(op) == "BRANCH":
            for branch in given[1]:
                yield _sample(branch)


def _places(items: Items, before: str) -> Iterator[tuple[str, str]]:
    """For each piece that repeats, also inside groups: what leads to it, and what it repeats."""
    for op, given in items:
        name = str(op)
        if name in REPEATS:
            if given[1] > 1:
                for body in _bodies(given[2]):
                    yield before, body
            yield from _places(given[2], before)
        else:
            for inner in _inside(name, given):
                yield from _places(inner, before)
        before += _sample([(op, given)])


def _bodies(items: Items) -> list[str]:
    if len(items) == 1 and str(items[0][0]) in LETTERS:
        return _letters(str(items[0][0]), items[0][1])
    return [_sample(items)]


def _repeated(items: Items) -> Iterator[str]:
    return (body for _, body in _places(items, ""))


def _inside(name: str, given: Any) -> list[Items]:
    match name:
        case "SUBPATTERN":
            return [given[3]]
        case "ATOMIC_GROUP":
            return [given]
        case "BRANCH":
            return list(given[1])
        case "ASSERT" | "ASSERT_NOT":
            return [given[1]]
    return []


def _atoms(items: Items) -> Iterator[str]:
    for op, given in items:
        name = str(op)
        if name in REPEATS:
            yield from _atoms(given[2])
        elif name in LETTERS:
            yield from _letters(name, given)
        else:
            for inner in _inside(name, given):
                yield from _atoms(inner)


def _letters(name: str, given: Any) -> list[str]:
    """Some of the characters that one place takes."""
    match name:
        case "LITERAL":
            return [chr(given)]
        case "NOT_LITERAL":
            return [char for char in CANDIDATES if ord(char) != given][:2]
        case "ANY":
            return ["a"]
    negated = str(given[0][0]) == "NEGATE"
    taken = [char for char in CANDIDATES if _is_in(char, given) != negated]
    if not taken and not negated:
        taken = [
            chr(value[0] if isinstance(value, tuple) else value)
            for op, value in given
            if str(op) in ("LITERAL", "RANGE")
        ]
    return (taken[:1] + taken[-2:]) or ["a"]


def _is_in(char: str, given: Any) -> bool:
    return any(_matches(char, str(op), value) for op, value in given)


def _matches(char: str, name: str, value: Any) -> bool:
    if name == "LITERAL":
        return bool(ord(char) == value)
    if name == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if name != "CATEGORY":
        return False
    kind = str(value).removeprefix("CATEGORY_")
    plain = {
        "SPACE": char.isspace(),
        "DIGIT": char.isdigit(),
        "WORD": char.isalnum() or char == "_",
    }
    return not plain[kind[4:]] if kind.startswith("NOT_") else plain[kind]


def _sample(items: Items) -> str:
    """One text that it (mostly) matches."""
    return "".join(_sample_of(str(op), given) for op, given in items)


def _sample_of(name: str, given: Any) -> str:
    match name:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = given
            return _sample(inner) * min(max(1, least), 64) if most else ""
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
            return _letters(name, given)[0]
        case "SUBPATTERN" | "ATOMIC_GROUP" | "BRANCH":
            return _sample(_inside(name, given)[0])
    return ""
