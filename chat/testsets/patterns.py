"""Regular expressions and JSON schemas as people write them. What they mean is tried in a process of its own
(check_child.py); here is told whether they mean anything. Without Django: the child imports it too."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import orjson

LONGEST_PATTERN = 2_000
LONGEST_SCHEMA = 64_000
"""Characters, written as JSON."""

MOST_FOLDED_RANGES = 16
"""Of a pattern that takes capital and small letters for the same: each costs a step for each character."""
FOLDING = re.compile(r"\(\?[a-zA-Z]*i")
_until: ContextVar[float] = ContextVar("until")


class MeaninglessError(ValueError):
    """The message says why, in English, as the library does."""


@contextmanager
def reading_at_most(seconds: float) -> Iterator[None]:
    """Bounds the processor time that reading patterns and schemas takes inside the block: of thousands each
    alone would do."""
    token = _until.set(time.thread_time() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def _check_time() -> None:
    if time.thread_time() > _until.get(float("inf")):
        raise MeaninglessError("all patterns and schemas together take too long to read")


def compile_pattern(pattern: str) -> "re.Pattern[str]":
    """`^` and `$` stand for lines. Raises MeaninglessError."""
    if len(pattern) > LONGEST_PATTERN:
        raise MeaninglessError(f"a pattern has at most {LONGEST_PATTERN} characters")
    if FOLDING.search(pattern) and pattern.count("-") > MOST_FOLDED_RANGES:
        raise MeaninglessError(f"a pattern with (?i) has at most {MOST_FOLDED_RANGES} ranges")
    _check_time()
    try:
        return re.compile(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError, MemoryError) as error:
        raise MeaninglessError(str(error) or type(error).__name__) from error


def read_schema(said: Any) -> Any:
    """An object (or `true`, `false`), or the JSON of one. Raises MeaninglessError."""
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except (ValueError, RecursionError) as error:
            raise MeaninglessError(f"no JSON: {error}") from error
    if not isinstance(said, dict | bool):
        raise MeaninglessError("a JSON schema is an object")
    try:
        too_long = len(json.dumps(said, allow_nan=False)) > LONGEST_SCHEMA
        # As it is stored: halves of characters and numbers of more than 64 bits are not.
        orjson.dumps(said)
    except (ValueError, RecursionError, orjson.JSONEncodeError) as error:
        raise MeaninglessError(str(error)) from error
    if too_long:
        raise MeaninglessError(f"a JSON schema has at most {LONGEST_SCHEMA} characters")
    check_schema(said)
    return said


def check_schema(schema: Any) -> None:
    """Checks that it is a JSON Schema of the draft that it names. Raises MeaninglessError."""
    from jsonschema.exceptions import SchemaError

    if isinstance(schema, dict) and not isinstance(schema.get("$schema", ""), str):
        raise MeaninglessError("$schema is no text")
    _check_time()
    try:
        validator_of(schema).check_schema(schema)
    except SchemaError as error:
        raise MeaninglessError(error.message[:300]) from error
    except (RecursionError, re.error, OverflowError, ValueError) as error:
        raise MeaninglessError(type(error).__name__) from error


def validator_of(schema: Any) -> Any:
    """The class for the draft that it names; the newest where it names none."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    return validator_for(schema, default=Draft202012Validator)
