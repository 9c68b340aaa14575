"""Calls of tools as a person reads them: each with what it was asked and what it gave."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .words import CALLED, CUT, FAILED, GAVE

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CompletedCall:
    """Of a call that was cut short `result` is None, and `call` where an importer found no more than a
    result."""

    call: Part | None
    result: Part | None

    @property
    def title(self) -> str:
        """In one line; a tool server's words may stand in it."""
        named = self.call or self.result or {}
        given = named.get("title") or named.get("name")
        return str(CALLED).format(tool=" ".join(given.split()) if isinstance(given, str) else "?")

    @property
    def ending(self) -> str:
        """The mark that stands before the result."""
        result = self.result or {}
        said = FAILED if result.get("is_error") is True else GAVE
        return f"{said} ({CUT})" if result.get("truncated") is True else str(said)


def pair_results(parts: Sequence[Part]) -> Iterator[Part | CompletedCall]:
    """The parts in their order, each result at its call: of several calls with one id the first that has none
    yet."""
    results: dict[int, Part] = {}
    waiting: dict[str, list[int]] = {}
    for place, part in enumerate(parts):
        if part["type"] == "tool_call":
            waiting.setdefault(str(part.get("id")), []).append(place)
        elif part["type"] == "tool_result" and (places := waiting.get(str(part.get("id")))):
            results[places.pop(0)] = part
    met = {id(part) for part in results.values()}
    for place, part in enumerate(parts):
        if part["type"] == "tool_call":
            yield CompletedCall(part, results.get(place))
        elif part["type"] != "tool_result":
            yield part
        elif id(part) not in met:
            yield CompletedCall(None, part)


def readable_arguments(arguments: str) -> tuple[str, str]:
    """A language and what is written in it: of a tool that runs code the code itself, else the JSON."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return "", arguments
    if (
        isinstance(given, dict)
        and isinstance(given.get("code"), str)
        and given.keys() <= {"code", "language"}
    ):
        language = given.get("language")
        return language if isinstance(language, str) and language.isalnum() else "", given["code"]
    return "json", arguments
