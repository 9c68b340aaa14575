"""Which parts of a message make sense. Files come from other programs too: what does not is passed over, as
if it had not been said, and stays in the file."""

from collections.abc import Mapping
from typing import Any

from core.hashes import is_sha256


def parts_of(message: Mapping[str, Any]) -> list[Any]:
    """Those of a known shape: what a document can tell, and a model be sent."""
    given = message.get("parts")
    return [part for part in given if _is_known(part)] if isinstance(given, list) else []


def says_something(message: Mapping[str, Any]) -> bool:
    """Whether it has text that a reader sees."""
    return any(part["type"] == "text" and part["text"].strip() for part in parts_of(message))


def _is_known(part: Any) -> bool:
    if not isinstance(part, dict) or not all(isinstance(part.get(name), str) for name in _needs(part)):
        return False
    return part["type"] not in ("image", "file") or is_sha256(part["sha256"])


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
