"""Functions and constants by name. Angles are in radians; `°` behind a number makes them of degrees. What
they are computed with has more digits than their results: the context is that of grammar.py's `calculate`."""

import decimal
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, reduce

from chat.tools.arithmetic import numbers
from chat.tools.arithmetic.numbers import (
    CONTEXT,
    DIGITS,
    CalculationError,
    Number,
    require_bounded,
    require_integer,
)

MOST_ANGLE = 10**15
NEAR_ZERO = Decimal(1).scaleb(-60)
WIDER = decimal.Context(prec=DIGITS + 30, Emax=100_000, Emin=-100_000)
MANY = 1_000


@dataclass(frozen=True, slots=True)
class Function:
    compute: Callable[..., Number]
    least: int
    most: int


@lru_cache(maxsize=1)
def pi() -> Decimal:
    """Computes π by Machin's formula."""
    return 4 * (4 * arctangent_series(Decimal(1) / 5) - arctangent_series(Decimal(1) / 239))


def arctangent_series(x: Decimal) -> Decimal:
    """Sums Taylor's series, which converges fast for small arguments alone."""
    power, total, sign, number = x, x, -1, 3
    while True:
        power *= x * x
        more = total + sign * power / number
        if more == total:
            return total
        total, sign, number = more, -sign, number + 2


def sine_series(x: Decimal) -> Decimal:
    term, total, number = x, x, 1
    while True:
        term *= -x * x / ((number + 1) * (number + 2))
        if total + term == total:
            return total
        total, number = total + term, number + 2


def near(value: Decimal) -> Number:
    """What is zero but for rounding is zero."""
    return numbers.from_decimal(CONTEXT.plus(value) if abs(value) > NEAR_ZERO else Decimal(0))


def wide(number: Number) -> Decimal:
    return Decimal(number.value.numerator) / Decimal(number.value.denominator)


def sine_of(x: Decimal) -> Decimal:
    x %= 2 * pi()
    if x > pi():
        x -= 2 * pi()
    return sine_series(x)


def sin(number: Number) -> Number:
    return number if not number.value else near(sine_of(angle(number)))


def cos(number: Number) -> Number:
    if not number.value:
        return Number(Fraction(1), number.exact)
    return near(sine_of(angle(number) + pi() / 2))


def tan(number: Number) -> Number:
    bottom = cos(number)
    if not bottom.value:
        raise CalculationError("tan has no value there.")
    return numbers.divide(sin(number), bottom)


def angle(number: Number) -> Decimal:
    if abs(number.value) > MOST_ANGLE:
        raise CalculationError("The angle is too large.")
    return wide(number)


def atan(number: Number) -> Number:
    if not number.value:
        return number
    x, doubled = wide(number), 1
    while abs(x) > Decimal("0.1"):
        x, doubled = x / (1 + (1 + x * x).sqrt()), doubled * 2
    return near(arctangent_series(x) * doubled)


def asin(number: Number) -> Number:
    within_one(number, "asin")
    if abs(number.value) == 1:
        return near(pi() / 2 * int(number.value))
    rest = sqrt(Number(1 - number.value**2, exact=False))
    return atan(numbers.divide(number, rest))


def acos(number: Number) -> Number:
    within_one(number, "acos")
    return numbers.subtract(near(pi() / 2), asin(number))


def within_one(number: Number, name: str) -> None:
    if abs(number.value) > 1:
        raise CalculationError(f"{name} needs a number from -1 to 1.")


def atan2(y: Number, x: Number) -> Number:
    if not x.value:
        if not y.value:
            raise CalculationError("atan2(0, 0) has no value.")
        return near(pi() / 2 if y.value > 0 else -pi() / 2)
    found = atan(numbers.divide(y, x))
    if x.value > 0:
        return found
    return numbers.add(found, near(pi() if y.value >= 0 else -pi()))


def exp(number: Number) -> Number:
    if not number.value:
        return Number(Fraction(1))
    try:
        return numbers.from_decimal(CONTEXT.exp(numbers.to_decimal(number.value)))
    except decimal.DecimalException:
        raise numbers.too_many_digits() from None


def ln(number: Number) -> Number:
    if number.value <= 0:
        raise CalculationError("A logarithm needs a number above 0.")
    if number.value == 1:
        return Number(Fraction(0), number.exact)
    # Close to 1 the digits of a quotient would be lost.
    return numbers.from_decimal(CONTEXT.plus(wide(number).ln()))


def log(number: Number, base: Number | None = None) -> Number:
    if base is None:
        return ln(number)
    if (exact := exact_logarithm(number, base)) is not None:
        return Number(Fraction(exact))
    return numbers.divide(ln(number), ln(base))


def exact_logarithm(number: Number, base: Number) -> int | None:
    """Where it is whole: how often a whole base above 1 is a factor."""
    if not (number.exact and base.exact) or base.value.denominator != 1 or base.value <= 1:
        return None
    value, sign = (number.value, 1) if number.value >= 1 else (1 / not_negative(number), -1)
    if value.denominator != 1:
        return None
    rest, times = value.numerator, 0
    while rest % base.value.numerator == 0:
        rest, times = rest // base.value.numerator, times + 1
    return sign * times if rest == 1 else None


def not_negative(number: Number) -> Fraction:
    if number.value <= 0:
        raise CalculationError("A logarithm needs a number above 0.")
    return number.value


def sqrt(number: Number) -> Number:
    if number.value < 0:
        raise CalculationError("A negative number has no real square root.")
    return numbers.power(number, Number(Fraction(1, 2)))


def root(number: Number, degree: Number) -> Number:
    times = require_integer(degree, "root")
    if not times:
        raise CalculationError("There is no root of degree 0.")
    if number.value < 0 and times % 2:
        return numbers.negate(root(numbers.negate(number), degree))
    return numbers.power(number, Number(Fraction(1, times)))


def sinh(number: Number) -> Number:
    halves = numbers.subtract(exp(number), exp(numbers.negate(number)))
    return numbers.divide(halves, Number(Fraction(2)))


def cosh(number: Number) -> Number:
    return numbers.divide(numbers.add(exp(number), exp(numbers.negate(number))), Number(Fraction(2)))


def tanh(number: Number) -> Number:
    return numbers.divide(sinh(number), cosh(number))


def round_half_up(number: Number, places: Number | None = None) -> Number:
    """Halves go away from zero, as people round."""
    digits = 0 if places is None else require_integer(places, "round")
    if abs(digits) > MANY:
        raise CalculationError(f"round takes at most {MANY} places.")
    scaled = abs(number.value) * Fraction(10) ** digits
    rounded = Fraction(math.floor(scaled + Fraction(1, 2))) / Fraction(10) ** digits
    return require_bounded(rounded if number.value >= 0 else -rounded, number.exact)


def factorial(number: Number) -> Number:
    return permutations(number, number)


def permutations(number: Number, taken: Number) -> Number:
    n, k = require_counts(number, taken)
    if k * n.bit_length() > 2 * numbers.MOST_BITS:
        raise numbers.too_many_digits()
    return require_bounded(Fraction(math.perm(n, k)), exact=True)


def combinations(number: Number, taken: Number) -> Number:
    n, k = require_counts(number, taken)
    if min(min(k, n - k) * n.bit_length(), n) > 2 * numbers.MOST_BITS:
        raise numbers.too_many_digits()
    return require_bounded(Fraction(math.comb(n, k)), exact=True)


def require_counts(number: Number, taken: Number) -> tuple[int, int]:
    n, k = require_integer(number, "Counting"), require_integer(taken, "Counting")
    if not 0 <= k <= n:
        raise CalculationError("Counting needs whole numbers of 0 or more, of which at most all are taken.")
    return n, k


def whole_part(cut: Callable[[Fraction], int]) -> Callable[[Number], Number]:
    return lambda number: Number(Fraction(cut(number.value)), number.exact)


def of_whole(join: Callable[[int, int], int], name: str) -> Callable[..., Number]:
    return lambda *given: require_bounded(
        Fraction(reduce(join, (require_integer(one, name) for one in given))), exact=True
    )


def total(*given: Number) -> Number:
    return reduce(numbers.add, given)


def mean(*given: Number) -> Number:
    return numbers.divide(total(*given), Number(Fraction(len(given))))


def median(*given: Number) -> Number:
    ordered: Sequence[Number] = sorted(given, key=lambda one: one.value)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1], ordered[middle])


def hypot(*given: Number) -> Number:
    return sqrt(total(*(numbers.multiply(one, one) for one in given)))


def absolute(number: Number) -> Number:
    return Number(abs(number.value), number.exact)


def degrees(number: Number) -> Number:
    return numbers.divide(numbers.multiply(number, Number(Fraction(180))), near(pi()))


def radians(number: Number) -> Number:
    return numbers.divide(numbers.multiply(number, near(pi())), Number(Fraction(180)))


def sign(number: Number) -> Number:
    return Number(Fraction((number.value > 0) - (number.value < 0)), number.exact)


def log2(number: Number) -> Number:
    return log(number, Number(Fraction(2)))


def log10(number: Number) -> Number:
    return log(number, Number(Fraction(10)))


def cbrt(number: Number) -> Number:
    return root(number, Number(Fraction(3)))


_OF_ONE: dict[str, Callable[[Number], Number]] = {
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "degrees": degrees,
    "radians": radians,
    "exp": exp,
    "ln": ln,
    "log2": log2,
    "log10": log10,
    "sqrt": sqrt,
    "cbrt": cbrt,
    "abs": absolute,
    "sign": sign,
    "floor": whole_part(math.floor),
    "ceil": whole_part(math.ceil),
    "trunc": whole_part(math.trunc),
    "factorial": factorial,
}
_OF_TWO: dict[str, Callable[[Number, Number], Number]] = {
    "atan2": atan2,
    "root": root,
    "mod": numbers.modulo,
    "pow": numbers.power,
    "comb": combinations,
    "perm": permutations,
}
_OF_MANY: dict[str, Callable[..., Number]] = {
    "sum": total,
    "mean": mean,
    "avg": mean,
    "median": median,
    "hypot": hypot,
    "min": lambda *given: min(given, key=lambda one: one.value),
    "max": lambda *given: max(given, key=lambda one: one.value),
    "gcd": of_whole(math.gcd, "gcd"),
    "lcm": of_whole(math.lcm, "lcm"),
}
FUNCTIONS: dict[str, Function] = {
    **{name: Function(compute, 1, 1) for name, compute in _OF_ONE.items()},
    **{name: Function(compute, 2, 2) for name, compute in _OF_TWO.items()},
    **{name: Function(compute, 1, MANY) for name, compute in _OF_MANY.items()},
    "log": Function(log, 1, 2),
    "round": Function(round_half_up, 1, 2),
}
CONSTANTS: dict[str, Callable[[], Number]] = {
    "pi": lambda: near(pi()),
    "tau": lambda: near(2 * pi()),
    "e": lambda: near(CONTEXT.exp(Decimal(1))),
}
