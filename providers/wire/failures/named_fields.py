"""The fields of a request that a refusal names for programs: `param` of OpenAI, `loc` of pydantic (FastAPI,
vLLM, Mistral), `fieldViolations` of Google. What stands in its sentence is read in providers/learning.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.json_text import parse_loose_json

DEPTH = 8
MOST_NAMED = 20
LONGEST = 300

_QUOTED_PLACE = re.compile(r"'loc': \((?P<place>[^)]{1,200})\), 'msg': (?P<said>'[^']*'|\"[^\"]*\")")
"""pydantic's errors as Python prints them, which is how vLLM passes them on."""


def named_fields(payload: Any) -> list[tuple[str, str]]:
    """Each field's name, the last step of its path, with what is said of it."""
    found: list[tuple[str, str]] = []
    for field, complaint in _named(payload, DEPTH):
        if (pair := (field[:LONGEST], complaint[:LONGEST])) not in found:
            found.append(pair)
        if len(found) == MOST_NAMED:
            break
    return found


def _named(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield from _named_in_text(value, depth)
    elif isinstance(value, list):
        for inner in value[:MOST_NAMED]:
            yield from _named(inner, depth - 1)
    elif isinstance(value, Mapping):
        yield from _named_here(value)
        for inner in list(value.values())[:MOST_NAMED]:
            yield from _named(inner, depth - 1)


def _named_here(error: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    words = (error.get(name) for name in ("message", "msg", "description", "type", "code"))
    complaint = " ".join(word for word in words if isinstance(word, str))
    for name in ("param", "field"):
        if isinstance(error.get(name), str) and error[name]:
            yield error[name], complaint
    if isinstance(error.get("loc"), list):
        steps = [step for step in error["loc"] if isinstance(step, str)]
        yield from ((step, complaint) for step in steps[-2:] if step != "body")
        if "tools" in steps:
            yield ".".join(str(step) for step in error["loc"]), complaint


def _named_in_text(text: str, depth: int) -> Iterator[tuple[str, str]]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _named(parse_loose_json(text.encode("utf-8", "replace")), depth - 1)
            return
        except ValueError:
            pass
    for found in _QUOTED_PLACE.finditer(text):
        for step in re.findall(r"'([^']+)'", found["place"])[-2:]:
            if step != "body":
                yield step, found["said"].strip("'\"")
