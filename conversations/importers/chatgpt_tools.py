"""ChatGPT's tools: a message to one is a call, what it wrote back the result."""

from collections.abc import Mapping
from typing import Any

from .chat import code_call_part, read_dict, read_text, read_texts, tool_call_part, tool_result_part

FARTHEST = 50
"""Messages between a call and its result."""
NO_LANGUAGE = ("unknown", "json", "text")


def find_callers(mapping: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Of each message of a tool the id of the message that called it."""
    above = {child: name for name, node in mapping.items() for child in read_texts(node.get("children"))}
    above |= {
        name: read_text(node["parent"]) for name, node in mapping.items() if read_text(node.get("parent"))
    }
    found: dict[str, str] = {}
    for name, node in mapping.items():
        message = read_dict(node, "message")
        if read_dict(message, "author").get("role") == "tool":
            tool = read_text(read_dict(message, "author").get("name")) or read_text(message.get("name"))
            call = _caller(name, tool, mapping, above)
            if call is not None:
                found[name] = call
    return found


def _caller(
    name: str, tool: str, mapping: Mapping[str, dict[str, Any]], above: Mapping[str, str]
) -> str | None:
    nearest = None
    at = name
    for _ in range(FARTHEST):
        at = above.get(at, "")
        message = read_dict(mapping.get(at), "message")
        role, recipient = read_dict(message, "author").get("role"), read_text(message.get("recipient"))
        if at not in mapping or role == "user":
            break
        if role == "assistant" and recipient not in ("", "all") and _is_seen(message):
            if not tool or recipient == tool:
                return at
            nearest = nearest or at
    return nearest


def _is_seen(message: dict[str, Any]) -> bool:
    return read_dict(message, "metadata").get("is_visually_hidden_from_conversation") is not True


def call_part(identifier: str, tool: str, content: dict[str, Any], said: str) -> dict[str, Any]:
    language = language_of(content) or (tool if tool == "python" else "")
    is_code = content.get("content_type") == "code" or tool == "python"
    if is_code and language and not said.lstrip().startswith("{"):
        return code_call_part(identifier, tool, language, said)
    return tool_call_part(identifier, tool, said)


def language_of(content: dict[str, Any]) -> str:
    language = read_text(content.get("language"))
    return "" if language in NO_LANGUAGE else language


def result_parts(call: str, content: dict[str, Any], about: dict[str, Any]) -> list[dict[str, Any]]:
    status = read_text(read_dict(about, "aggregate_result").get("status"))
    failed = content.get("content_type") == "system_error" or status.startswith("failed")
    said = text_of_content(content)
    return [tool_result_part(call, said, is_error=failed)] if said else []


def text_of_content(content: dict[str, Any]) -> str:
    """The text of a content, whatever kind of content it is."""
    if content.get("content_type") == "code":
        return read_text(content.get("text")).strip("\n")
    given = content.get("parts")
    pieces = [_piece(one) for one in given] if isinstance(given, list) else []
    if not any(pieces):
        pieces = [read_text(content.get(name)) for name in ("title", "url", "name", "text")]
    if not any(pieces):
        pieces = [read_text(content.get(name)) for name in ("result", "summary", "output_str")]
    return "\n\n".join(one for one in pieces if one).strip()


def _piece(one: Any) -> str:
    return read_text(one.get("text")) if isinstance(one, dict) else read_text(one)
