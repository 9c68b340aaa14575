"""Numbers are fractions, of which some are only close to what is meant."""

import decimal
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MOST_BITS = 14_000
"""Of a numerator or denominator: about 4,200 digits, as many as Python writes."""
DIGITS = 80
CONTEXT = decimal.Context(
    prec=DIGITS,
    Emax=100_000,
    Emin=-100_000,
    traps=[decimal.Overflow, decimal.InvalidOperation, decimal.DivisionByZero],
)
MOST_ROOT = 64


class CalculationError(Exception):
    """An expression cannot be calculated; its text helps whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Number:
    """`exact`: not rounded anywhere. `percent`: it was written so, and is divided by 100 already."""

    value: Fraction
    exact: bool = True
    percent: bool = False


def require_bounded(value: Fraction, exact: bool) -> Number:
    if not exact:
        value = round_to_digits(value)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise too_many_digits()
    return Number(value, exact)


def too_many_digits() -> CalculationError:
    return CalculationError("A number of this calculation has too many digits: 4,000 are the most.")


def round_to_digits(value: Fraction) -> Fraction:
    return Fraction(to_decimal(value))


def to_decimal(value: Fraction) -> Decimal:
    try:
        return CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    except decimal.Overflow:
        raise too_many_digits() from None


def from_decimal(value: Decimal) -> Number:
    if value and abs(value.adjusted()) > MOST_BITS:
        raise too_many_digits()
    return require_bounded(Fraction(value), exact=False)


def require_integer(number: Number, what: str) -> int:
    if number.value.denominator != 1:
        raise CalculationError(f"{what} needs whole numbers.")
    return number.value.numerator


def add(one: Number, other: Number) -> Number:
    return require_bounded(one.value + other.value, one.exact and other.exact)


def subtract(one: Number, other: Number) -> Number:
    return require_bounded(one.value - other.value, one.exact and other.exact)


def multiply(one: Number, other: Number) -> Number:
    return require_bounded(one.value * other.value, one.exact and other.exact)


def divide(one: Number, other: Number) -> Number:
    return require_bounded(one.value / not_zero(other), one.exact and other.exact)


def divide_whole(one: Number, other: Number) -> Number:
    return require_bounded(Fraction(one.value // not_zero(other)), one.exact and other.exact)


def modulo(one: Number, other: Number) -> Number:
    """The remainder, which has the sign of the divisor."""
    return require_bounded(one.value % not_zero(other), one.exact and other.exact)


def not_zero(number: Number) -> Fraction:
    if not number.value:
        raise CalculationError("Division by zero.")
    return number.value


def negate(number: Number) -> Number:
    return Number(-number.value, number.exact, number.percent)


def power(base: Number, exponent: Number) -> Number:
    if base.exact and exponent.exact and (exact := exact_power(base.value, exponent.value)) is not None:
        return require_bounded(exact, exact=True)
    return power_to_digits(base, exponent)


def exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """None where it is no fraction, or one of too many digits."""
    if exponent.denominator > 1:
        if base < 0 or exponent.denominator > MOST_ROOT:
            return None
        top = exact_root(base.numerator, exponent.denominator)
        bottom = exact_root(base.denominator, exponent.denominator)
        if top is None or bottom is None:
            return None
        base = Fraction(top, bottom)
    if base == 0 and exponent < 0:
        raise CalculationError("Division by zero.")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
    if bits * abs(exponent.numerator) > MOST_BITS:
        return None
    # Of 0, 1 and -1 only the sign of a power can change.
    times = exponent.numerator if bits else (exponent.numerator and 2 - exponent.numerator % 2)
    return Fraction(base**times)


def exact_root(value: int, degree: int) -> int | None:
    """By halving: of a number of 14,000 bits a few thousand steps at most."""
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**degree < value:
            low = middle + 1
        else:
            high = middle
    return low if low**degree == value else None


def power_to_digits(base: Number, exponent: Number) -> Number:
    if base.value == 0:
        if exponent.value < 0:
            raise CalculationError("Division by zero.")
        return Number(Fraction(exponent.value == 0), exact=False)
    if base.value < 0 and exponent.value.denominator > 1:
        raise CalculationError("A negative number has no real power with a fraction; see cbrt and root.")
    try:
        return from_decimal(CONTEXT.power(to_decimal(base.value), to_decimal(exponent.value)))
    except decimal.DecimalException:
        raise too_many_digits() from None
