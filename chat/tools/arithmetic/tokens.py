"""From a text to numbers, names and signs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from chat.tools.arithmetic.numbers import MOST_BITS, CalculationError

LONGEST = 1_000
MOST_EXPONENT = MOST_BITS // 3
OTHER_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "π": "pi"})
SIGN = re.compile(r"\*\*|//|[-+*/^%!°()√²³,;]")
NAME = re.compile(r"(?:math\.)?([A-Za-z][A-Za-z0-9_]*)")
DIGITS = r"[0-9]+(?:_[0-9]+)*"
EXPONENT = r"(?:[eE]([+-]?[0-9]+))?"
PLAIN = re.compile(rf"((?:{DIGITS})?\.?(?:{DIGITS})?){EXPONENT}")
"""Between the commas of a function's arguments."""
WITH_COMMAS = re.compile(rf"((?:{DIGITS})?(?:[.,]{DIGITS})*\.?){EXPONENT}")
GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Token:
    kind: Literal["number", "name", "sign", "end"]
    text: str
    place: int
    value: Fraction = Fraction(0)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an expression; the last is of kind `end`. Raises CalculationError."""
    if len(text) > LONGEST:
        raise CalculationError(f"The expression is too long: {LONGEST} characters are the most.")
    text = text.translate(OTHER_SIGNS).rstrip("= \t\r\n")
    place, calls, after_name = 0, list[bool](), False
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        token, end = token_at(text, place, in_call=bool(calls) and calls[-1])
        if token.text == "(":
            calls.append(after_name)
        elif token.text == ")" and calls:
            calls.pop()
        after_name = token.kind == "name"
        yield token
        place = end
    yield Token("end", "", len(text))


def token_at(text: str, place: int, *, in_call: bool) -> tuple[Token, int]:
    number = (PLAIN if in_call else WITH_COMMAS).match(text, place)
    if number is not None and number[1].strip(".,"):
        value = read_number(number[1], int((number[2] or "0")[:9]))
        return Token("number", number[0], place, value), number.end()
    if name := NAME.match(text, place):
        return Token("name", name[1].lower(), place), name.end()
    if sign := SIGN.match(text, place):
        return Token("sign", sign[0], place), sign.end()
    raise CalculationError(f"{text[place]!r} at character {place + 1} cannot be read.")


def read_number(written: str, exponent: int) -> Fraction:
    if abs(exponent) > MOST_EXPONENT:
        raise CalculationError("The exponent of a number is too large.")
    value = Fraction(with_point(written.replace("_", "")))
    scale = Fraction(10 ** abs(exponent))
    return value * scale if exponent >= 0 else value / scale


def with_point(written: str) -> str:
    """As Python reads it. A comma is a decimal comma, or stands between groups of three digits; what could be
    either is refused, for a thousandfold mistake would pass unseen."""
    commas, points = written.count(","), written.count(".")
    if not commas and points <= 1:
        return written.removesuffix(".") or "0"
    if GROUPS.fullmatch(written) and commas + points > 1:
        group, last = re.findall("[.,]", written)[0], re.findall("[.,]", written)[-1]
        return written.replace(group, "") if last == group else written.replace(group, "").replace(last, ".")
    if commas == 1 and not points and not GROUPS.fullmatch(written):
        return written.replace(",", ".")
    plain = re.sub("[.,]", "", written)
    if GROUPS.fullmatch(written):
        raise CalculationError(
            f"{written} can be read in two ways: write {plain}, or {written.replace(',', '.')} with a point."
        )
    raise CalculationError(f"{written} is no number: write it with one decimal point and no other marks.")
