"""JSON as model servers write it, which is not always JSON."""

import json
from typing import Any

import orjson

SHAPE_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""How it shows that a service's JSON is not of the shape that was agreed."""


def parse_json(data: bytes) -> Any:
    """Raises ValueError. Takes what strict readers refuse and services send: NaN, half a surrogate pair
    (a token that ends inside a character; read as U+FFFD), bytes that are no UTF-8, control characters."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return _mended(json.loads(data.decode("utf-8", "replace"), strict=False))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def dump_json(value: Any) -> bytes:
    """A lone surrogate in a person's text, which no UTF-8 can hold, becomes `?`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
