"""A calculator: exact where a result is a fraction, to eighty digits where it is none. Nothing is evaluated
but what its grammar (docs/tools.md) knows, and each step is bounded.

numbers.py    what a number is, and the four operations and powers of numbers
functions.py  functions and constants by name
tokens.py     from a text to numbers, names and signs
grammar.py    from these to a result
writing.py    from a result to a text
"""

from chat.tools.arithmetic.grammar import calculate
from chat.tools.arithmetic.numbers import CalculationError
from chat.tools.arithmetic.writing import write_number

__all__ = ["CalculationError", "calculate", "write_number"]
