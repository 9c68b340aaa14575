"""Arithmetic, so that no model has to guess it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.tools.arithmetic import CalculationError, calculate, write_number
from chat.tools.base import Caller, Tool, ToolError, ToolOutcome


async def run(caller: Caller, arguments: Mapping[str, Any]) -> ToolOutcome:
    expression = arguments.get("expression")
    if isinstance(expression, int | float) and not isinstance(expression, bool):
        expression = str(expression)
    if not isinstance(expression, str):
        raise ToolError("`expression` must be a text such as (2 + 3) * 4.")
    try:
        return ToolOutcome(await asyncio.to_thread(result_of, expression))
    except CalculationError as error:
        raise ToolError(str(error)) from None


def result_of(expression: str) -> str:
    return write_number(calculate(expression))


TOOL = Tool(
    "calculate",
    _("Calculator"),
    "Calculates an expression exactly: + - * / ^ ! %, brackets, sqrt, sin, cos, tan (radians; 30° for "
    "degrees), ln, log (natural; log(x, base), log10), exp, round, min, max, gcd, comb, factorial, pi, e and "
    "more. 15% of 80 works. Write numbers with a decimal point and without thousands separators.",
    {
        "type": "object",
        "properties": {"expression": {"type": "string", "description": "For example (2 + 3) * 4^2 / 7"}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    run,
    read_only=True,
    policy="allow",
    about=_("Calculates exactly: powers, roots, percentages, trigonometry, logarithms and more."),
)
