"""From tokens to a result, by descent:

sum     = term { ("+" | "-") term }
term    = unary { ("*" | "/" | "//" | "%" | "mod" | "of" | nothing) unary }
unary   = { "+" | "-" | "%" } power
power   = postfix [ ("^" | "**") unary ]
postfix = primary { "!" | "%" | "°" | "²" | "³" }
primary = number | constant | name "(" sum { ("," | ";") sum } ")" | "(" sum ")" | "√" primary
"""

import decimal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from chat.tools.arithmetic import functions, numbers
from chat.tools.arithmetic.functions import CONSTANTS, FUNCTIONS, WIDER
from chat.tools.arithmetic.numbers import CalculationError, Number
from chat.tools.arithmetic.tokens import Token, tokens

DEEPEST = 50
HUNDRED = Number(Fraction(100))
OPERATORS = {
    "*": numbers.multiply,
    "of": numbers.multiply,
    "/": numbers.divide,
    "//": numbers.divide_whole,
    "%": numbers.modulo,
    "mod": numbers.modulo,
}
EXPONENTS = {"²": Number(Fraction(2)), "³": Number(Fraction(3))}


def calculate(text: str) -> Number:
    """Returns the value of an expression. Raises CalculationError. May take a tenth of a second: for worker
    threads."""
    reader = ExpressionParser(list(tokens(text)))
    if reader.is_at_end():
        raise CalculationError("There is nothing to calculate.")
    with decimal.localcontext(WIDER):
        found = reader.sum()
    if not reader.is_at_end():
        raise reader.unexpected_token()
    return found


class ExpressionParser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def is_at_end(self) -> bool:
        return self.token.kind == "end"

    def unexpected_token(self) -> CalculationError:
        if self.is_at_end():
            return CalculationError("The expression ends too early: a number or a bracket is missing.")
        return CalculationError(
            f"{self.token.text!r} at character {self.token.place + 1} does not fit there."
        )

    def sum(self) -> Number:
        total = self.term()
        while self.token.text in ("+", "-"):
            operate = numbers.add if self._take() == "+" else numbers.subtract
            other = self.term()
            if other.percent and not total.percent:
                # As on a pocket calculator: 200 + 10 % is 220.
                other = numbers.multiply(total, other)
            both = total.percent and other.percent
            total = replace(operate(total, other), percent=both)
        return total

    def term(self) -> Number:
        product = self.unary()
        while (operator := self._operator()) is not None:
            product = OPERATORS[operator](product, self.unary())
        return product

    def _operator(self) -> str | None:
        if self.token.text in OPERATORS:
            return self._take()
        # 2 pi and 2(3 + 4) are products; two numbers side by side are a mistake.
        return "*" if self.token.kind != "number" and self._begins_operand(self.token) else None

    def unary(self) -> Number:
        signs: list[str] = []
        while self.token.text in ("+", "-", "%"):
            signs.append(self._take())
        number = self.power()
        for sign in reversed(signs):
            if sign == "-":
                number = numbers.negate(number)
            elif sign == "%":
                number = percent(number)
        return number

    def power(self) -> Number:
        base = self.postfix()
        if self.token.text in ("^", "**"):
            self._take()
            with self._deeper():
                return numbers.power(base, self.unary())
        return base

    def postfix(self) -> Number:
        number = self.primary()
        while True:
            sign = self.token.text
            if sign == "!":
                number = functions.factorial(number)
            elif sign == "°":
                number = functions.radians(number)
            elif sign in EXPONENTS:
                number = numbers.power(number, EXPONENTS[sign])
            elif sign == "%" and not self._begins_operand(self._tokens[self._place + 1]):
                number = percent(number)
            else:
                return number
            self._take()

    def primary(self) -> Number:
        token = self.token
        if token.kind == "number":
            self._take()
            return numbers.require_bounded(token.value, exact=True)
        if token.kind == "name":
            return self._named()
        if token.text not in ("(", "√"):
            raise self.unexpected_token()
        self._take()
        with self._deeper():
            if token.text == "√":
                return functions.sqrt(self.primary())
            number = self.sum()
            self._close()
        return replace(number, percent=False)

    def _named(self) -> Number:
        name = self._take()
        if self.token.text != "(":
            if name in CONSTANTS:
                return CONSTANTS[name]()
            if name in FUNCTIONS:
                raise CalculationError(f"{name} needs brackets: {name}(…).")
            raise CalculationError(f"{name!r:.40} is not known here. {list_known_names()}")
        if name in CONSTANTS:
            return CONSTANTS[name]()
        function = FUNCTIONS.get(name)
        if function is None:
            raise CalculationError(f"There is no function {name!r:.40}. {list_known_names()}")
        given = self._arguments()
        if not function.least <= len(given) <= function.most:
            raise CalculationError(f"{name} does not take {len(given)} numbers.")
        return function.compute(*given)

    def _arguments(self) -> list[Number]:
        self._take()
        given: list[Number] = []
        with self._deeper():
            if self.token.text != ")":
                given.append(self.sum())
                while self.token.text in (",", ";"):
                    self._take()
                    given.append(self.sum())
            self._close()
        return [replace(number, percent=False) for number in given]

    def _close(self) -> None:
        if self.token.text != ")":
            raise self.unexpected_token()
        self._take()

    def _take(self) -> str:
        token = self.token
        self._place += token.kind != "end"
        return token.text

    def _begins_operand(self, token: Token) -> bool:
        if token.kind == "name":
            return token.text not in OPERATORS
        return token.kind == "number" or token.text in ("(", "√")

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise CalculationError(f"The expression is nested too deeply: {DEEPEST} levels are the most.")
        yield
        self._depth -= 1


def percent(number: Number) -> Number:
    return replace(numbers.divide(number, HUNDRED), percent=True)


def list_known_names() -> str:
    return f"Known are {', '.join(sorted(FUNCTIONS))} and {', '.join(sorted(CONSTANTS))}."
