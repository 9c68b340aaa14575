"""What a field of a service's JSON says, whatever type it came as. What makes no sense is passed over: no odd
count or number may cost a person the text beside it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

_LARGEST = 2**53
"""Above it a float is no whole number any more, and no service counts so far."""


def mapping_from(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def mappings_from(value: Any) -> list[Mapping[str, Any]]:
    """The objects among the items of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def text_from(value: Any) -> str:
    return value if isinstance(value, str) else ""


def first_text(values: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of these fields that holds words."""
    return next((value for name in names if isinstance(value := values.get(name), str) and value), "")


def count_from(value: Any) -> int | None:
    """A whole number from 0 on, also where it came as `"11"` or `11.0`."""
    if isinstance(value, str):
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or not 0 <= value <= _LARGEST or value != int(value):
        return None
    return int(value)


def number_from(value: Any) -> float | None:
    """A number of 0 or more, as services tell sums of money; None for anything else."""
    if isinstance(value, str):
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST else None


def _number(text: str) -> float | None:
    try:
        return float(text) if len(text) <= 32 else None
    except ValueError:
        return None
