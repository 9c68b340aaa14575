"""Which parts of a message make sense. Files come from other programs too: what does not is passed over, as
if it had not been said, and stays in the file."""

from collections.abc import Mapping
from typing import Any


def parts_of(message: Mapping[str, Any]) -> list[Any]:
    """Those of a known shape: what a document can tell, and a model be sent."""
    given = message.get("parts")
    return [part for part in given if _is_known(part)] if isinstance(given, list) else []


def says_something(message: Mapping[str, Any]) -> bool:
    """Whether it has text that a reader sees."""
    return any(part["type"] == "text" and part["text"].strip() for part in parts_of(message))


def _is_known(part: Any) -> bool:
    return isinstance(part, dict) and all(isinstance(part.get(name), str) for name in _needs(part))


def _needs(part: dict[str, Any]) -> tuple[str, ...]:
    match part.get("type"):
        case "text" | "reasoning":
            return ("text",)
        case "image" | "file":
            return ("sha256", "name")
        case "tool_call":
            return ("name", "arguments")
        case "tool_result":
            return ("content",)
    return ("a part of unknown type",)
