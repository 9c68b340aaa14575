"""From a result to a text."""

import decimal
from decimal import Decimal
from fractions import Fraction

from chat.tools.arithmetic.numbers import Number

SHOWN = 20
"""Digits of what cannot be written whole."""
MOST_DECIMALS = 50
LONGEST_FRACTION = 60
FEWEST_DIGITS, MOST_DIGITS = -7, 30
"""Powers of ten between which no exponent is written."""


def write_number(number: Number) -> str:
    """Exactly where that is possible in few decimals; else `≈` stands before it."""
    value = number.value
    if number.exact and value.denominator == 1:
        return str(value.numerator)
    if number.exact and (places := decimal_places(value)) is not None:
        return with_point(value.numerator * 10**places // value.denominator, places)
    context = decimal.Context(prec=SHOWN, Emax=100_000, Emin=-100_000)
    near = context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)
    shown = f"{near:f}" if FEWEST_DIGITS <= near.adjusted() < MOST_DIGITS else f"{near:e}"
    fraction = f"{value.numerator}/{value.denominator}"
    exactly = f" (exactly {fraction})" if number.exact and len(fraction) <= LONGEST_FRACTION else ""
    return f"≈ {shown}{exactly}"


def with_point(scaled: int, places: int) -> str:
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def decimal_places(value: Fraction) -> int | None:
    """As many as write it whole; None where none do, or too many."""
    for places in range(1, MOST_DECIMALS + 1):
        if 10**places % value.denominator == 0:
            return places
    return None
