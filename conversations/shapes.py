"""Which values of a conversation's settings, and which parts of a message, make sense. Files come from other
programs too: what does not is passed over, as if it had not been said, and stays in the file."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from conversations.records import History, LaneRole, Mode

Shape = Callable[[Any], bool]


def a_text(value: Any) -> bool:
    return isinstance(value, str)


def a_switch(value: Any) -> bool:
    return isinstance(value, bool)


def texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def a_lane(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and a_text(value.get("id"))
        and a_text(value.get("model"))
        and value.get("role", "primary") in (None, *get_args(LaneRole))
        and isinstance(value.get("system", ""), str | None)
        and isinstance(value.get("params", {}), dict | None)
    )


def without_nulls(lane: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in lane.items() if value is not None}


def lanes(value: Any) -> bool:
    return isinstance(value, list) and all(a_lane(one) for one in value)


def a_speaker(value: Any) -> bool:
    return isinstance(value, dict) and a_text(value.get("lane")) and a_text(value.get("name"))


def a_dialogue(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("participants"), list)
        and all(a_speaker(one) for one in value["participants"])
        and value.get("turn_policy") in ("round_robin", "moderator", "manual")
        and a_text(value.get("moderator", ""))
        and isinstance(value.get("limits"), dict)
        and value.get("state") in ("running", "paused", "over")
    )


SETTINGS: Mapping[str, Shape] = {
    "title": a_text,
    "lanes": lanes,
    "mode": lambda value: value in get_args(Mode),
    "relay": a_switch,
    "history": lambda value: value in get_args(History),
    "blind": a_switch,
    "rag": a_switch,
    "memory": a_switch,
    "titles": lambda value: value is None or isinstance(value, str),
    "pinned": a_switch,
    "folder": lambda value: value is None or isinstance(value, str),
    "tags": texts,
    "archived": a_switch,
    "dialogue": a_dialogue,
}


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
