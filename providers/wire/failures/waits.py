"""How long a server asks to be left alone: in fields, in headers, or in its sentence. Seconds."""

import email.utils
import math
import re
import time
from collections.abc import Mapping
from typing import Any

from providers.wire.failures.bodies import details_of

_UNITS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(
    r"(?<![\d.])(\d{1,12}(?:\.\d{1,12})?)\s*(ms|milliseconds?|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:try|retry|wait|again|available|resets?|back|reset)\b[^.\d]{0,40}?(?:\b(?:in|after|for|within)\b|:)[^\d]{0,12}"
    r"(?P<span>\d[\d.]*\s*[a-z]*(?:[\s,]*(?:and\s+)?\d[\d.]*\s*[a-z]+)*)"
    r"|\b(?:wait|retry)\b[^.\d]{0,20}(?P<then>\d[\d.]*\s*[a-z]+(?:\s*\d[\d.]*\s*[a-z]+)*)",
    re.IGNORECASE,
)
LONGEST = 30 * 86400.0
"""A longer wait is none that a server would mean."""


LONGEST_HEADER = 100


def wait_of(headers: Mapping[str, str], payload: Any, text: str) -> float | None:
    """The most particular that is told; None: nothing is."""
    told = {name.lower(): value for name, value in {**headers, **_inner_headers(payload)}.items()}
    found = (_in_fields(payload), _in_headers(told), _in_words(text), _reset_in(told))
    return next((seconds for seconds in found if seconds is not None and seconds <= LONGEST), None)


def _in_fields(payload: Any) -> float | None:
    """RetryInfo of Google, Hugging Face's estimate, and what others name."""
    for detail in details_of(payload):
        if isinstance(delay := detail.get("retryDelay"), str) and (wait := parse_duration(delay)) is not None:
            return wait
    error = payload.get("error") if isinstance(payload, Mapping) else None
    for place in (error, payload):
        if isinstance(place, Mapping):
            for name in ("estimated_time", "retry_after", "retry_after_seconds", "retryAfter"):
                if (wait := _number(place.get(name))) is not None:
                    return wait
    return None


def _inner_headers(payload: Any) -> Mapping[str, str]:
    """OpenRouter passes on the headers of the service behind it."""
    error = payload.get("error") if isinstance(payload, Mapping) else None
    metadata = error.get("metadata") if isinstance(error, Mapping) else None
    inner = metadata.get("headers") if isinstance(metadata, Mapping) else None
    return {str(k): str(v) for k, v in inner.items()} if isinstance(inner, Mapping) else {}


def _in_headers(headers: Mapping[str, str]) -> float | None:
    if (ms := _number(headers.get("retry-after-ms", "").strip())) is not None:
        return _bounded(ms / 1000)
    value = headers.get("retry-after", "").strip()[:LONGEST_HEADER]
    if not value:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    if parsed := email.utils.parsedate_tz(value):
        return _moment(parsed)
    return parse_duration(value)


def _moment(parsed: Any) -> float | None:
    try:
        return _bounded(max(0.0, email.utils.mktime_tz(parsed) - time.time()))
    except (ValueError, OverflowError):
        return None


def _in_words(text: str) -> float | None:
    """ "Please try again in 1.2s", "Please retry in 36.5s", "in 2m59.56s", "retry after 30 seconds"."""
    for found in _ASKS.finditer(text):
        if (wait := parse_duration(found["span"] or found["then"])) is not None:
            return wait
    return None


def parse_duration(text: str) -> float | None:
    """`7m12.5s`, `1 minute and 3 seconds`, `850ms`; None where no unit is told."""
    pieces = _SPAN.findall(text)
    if not pieces:
        return None
    return _bounded(sum(float(count) * _UNITS[_unit(name)] for count, name in pieces))


def _unit(name: str) -> str:
    name = name.lower()
    return "ms" if name.startswith(("ms", "milli")) else name[0]


def _reset_in(headers: Mapping[str, str]) -> float | None:
    """`X-RateLimit-Reset` is a moment (ms or s since 1970), a number of seconds or a span, as the service
    likes. Where requests and tokens have their own, what is used up decides."""
    for name in ("x-ratelimit-reset", *_used_up(headers), "ratelimit-reset"):
        value = headers.get(name, "").strip()[:LONGEST_HEADER]
        if (number := _number(value)) is not None:
            return _until(number)
        if value and (wait := parse_duration(value)) is not None:
            return wait
    return None


def _used_up(headers: Mapping[str, str]) -> list[str]:
    kinds = ("requests", "tokens")
    spent = [kind for kind in kinds if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"]
    return [f"x-ratelimit-reset-{kind}" for kind in spent]


def _until(reset: float) -> float | None:
    if reset > 1e11:
        reset /= 1000
    return _bounded(max(0.0, reset - time.time())) if reset > 1e9 else _bounded(reset)


def _number(value: Any) -> float | None:
    """A count of at least 0, as a number or as its digits."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _bounded(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= LONGEST else None
