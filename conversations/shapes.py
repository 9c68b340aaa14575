"""What can be read of a message. Files come from other programs too: what makes no sense is passed over, as
if it had not been said, and stays in the file."""

from collections.abc import Mapping
from typing import Any, cast, get_args

from conversations.records import AnswerMessage, MessageRecord, Part, UserMessage
from core.hashes import is_sha256
from core.type_hints import coerce_value, declared_fields, fits

PARTS = {name: kind for kind in get_args(Part) for name in get_args(declared_fields(kind)["type"])}
"""The shape of each type of part."""
NEEDED = {
    "text": ("text",),
    "reasoning": ("text",),
    "image": ("sha256", "name"),
    "file": ("sha256", "name"),
    "tool_call": ("name", "arguments"),
    "tool_result": ("content",),
}
"""Texts without which a part says nothing."""


def read_message(message: MessageRecord) -> MessageRecord:
    """The message with every field that is declared of the type that is declared, and only with parts of a
    known shape. Of an answer that says nothing of its tokens, cost or time these are unknown."""
    kind = UserMessage if message["role"] == "user" else AnswerMessage
    if fits(message, kind) and all(map(_is_known, message["parts"])):
        return message
    return cast(MessageRecord, {**coerce_value(message, kind), "parts": parts_of(message)})


def parts_of(message: Mapping[str, Any]) -> list[Any]:
    """Those of a known shape: what a document can tell, and a model be sent."""
    given = message.get("parts")
    known = filter(_is_known, given) if isinstance(given, list) else ()
    return [coerce_value(part, PARTS[part["type"]]) for part in known]


def hashes_in(part: Mapping[str, Any]) -> list[str]:
    """The SHA-256 of the files that a part names: of a result of a tool, what was too long, and pictures."""
    if part.get("type") == "tool_result":
        named = part.get("attachments")
        return [one for one in named if is_sha256(one)] if isinstance(named, list) else []
    return [part["sha256"]] if is_sha256(part.get("sha256")) else []


def says_something(message: Mapping[str, Any]) -> bool:
    """Whether it has text that a reader sees."""
    return any(part["type"] == "text" and part["text"].strip() for part in parts_of(message))


def _is_known(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    needed = NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None or not all(isinstance(part.get(name), str) for name in needed):
        return False
    return "sha256" not in needed or is_sha256(part["sha256"])
