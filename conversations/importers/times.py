"""Points in time, as other programs write them."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core.times import parse_moment

SECONDS_BELOW = 1e11
"""As seconds a time in the year 5138: whatever is larger counts thousandths, or thousandths of those."""


def parse_time(value: Any) -> datetime | None:
    """Seconds, or what is smaller, since 1970; ISO or mail's text; MongoDB's `$date`. What nobody filled in
    (null, 0) is None, as is what makes no sense."""
    try:
        match value:
            case {"$date": inner} | {"$numberLong": inner}:
                return parse_time(inner)
            case bool():
                return None
            case int() | float():
                return _of_number(float(value))
            case str():
                return _of_text(value.strip())
    except (ValueError, OverflowError, OSError, TypeError, IndexError, RecursionError):
        pass
    return None


def _of_number(value: float) -> datetime | None:
    if not math.isfinite(value) or value <= 0:
        return None
    while value >= SECONDS_BELOW:
        value /= 1000
    return datetime.fromtimestamp(value, UTC)


def _of_text(text: str) -> datetime | None:
    try:
        return _of_number(float(text))
    except ValueError:
        pass
    try:
        return _filled_in(parse_moment(text))
    except ValueError:
        return _filled_in(parsedate_to_datetime(text).astimezone(UTC))


def _filled_in(found: datetime) -> datetime | None:
    return found if found.timestamp() > 0 else None
