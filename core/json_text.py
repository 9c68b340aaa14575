"""JSON as others write it, which is not always JSON, and as Divan writes it."""

import json
from typing import Any, NoReturn

import orjson

BOM = b"\xef\xbb\xbf"


def parse_json(data: bytes, *, allow_nan: bool = False) -> Any:
    """Raises ValueError. Takes a byte order mark, and halves of surrogate pairs, which are read as U+FFFD;
    with `allow_nan` also NaN and Infinity, as Python writes them."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    constant = None if allow_nan else _refuse
    try:
        return replace_half_characters(json.loads(data.removeprefix(BOM), parse_constant=constant))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_loose_json(data: bytes) -> Any:
    """As `parse_json`, for what model servers write: also bytes that are no UTF-8, and control characters.
    NaN and Infinity, which JSON cannot say, are None."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        text = data.removeprefix(BOM).decode("utf-8", "replace")
        return replace_half_characters(json.loads(text, strict=False, parse_constant=_nothing))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dump_json(value: Any, *, as_line: bool = False) -> bytes:
    """Compact, in UTF-8, which cannot hold half a surrogate pair: it becomes U+FFFD. `as_line`: with a line's
    end. Raises TypeError for what JSON cannot say."""
    option = orjson.OPT_APPEND_NEWLINE if as_line else None
    try:
        return orjson.dumps(value, option=option)
    except TypeError:
        return orjson.dumps(replace_half_characters(value), option=option)


def dump_loose_json(value: Any) -> bytes:
    """As `dump_json`, for model servers: also numbers that need more than 64 bits. Half a surrogate pair
    becomes `?`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def replace_half_characters(value: Any) -> Any:
    """A copy in which surrogate pairs are joined and lone halves are U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {replace_half_characters(key): replace_half_characters(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [replace_half_characters(item) for item in value]
    return value


def _nothing(constant: str) -> None:
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
