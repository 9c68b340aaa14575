"""Gemini's chunks in the form that the SDK can read: it refuses a whole chunk for one field of another type,
warns about words that are newer than itself, and drops the sentence that explains an end.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from google.genai import types

from providers.connectors.shared.pictures import decode_base64
from providers.connectors.shared.values import count_from, first_text, mapping_from, mappings_from, text_from

_REASONS = frozenset(reason.value for reason in types.FinishReason)
_BLOCKS = frozenset(reason.value for reason in types.BlockedReason)
_COUNTS = (
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "cachedContentTokenCount",
    "toolUsePromptTokenCount",
)
_OTHER = "OTHER"


def repair_chunk(payload: Any) -> tuple[dict[str, Any], str]:
    """The chunk with what is read of it, and the service's own words for why it ended, if it has any."""
    chunk = mapping_from(payload)
    candidate = next(
        (c for c in mappings_from(chunk.get("candidates")) if not count_from(c.get("index"))), {}
    )
    feedback = mapping_from(_field(chunk, "promptFeedback"))
    counts = {name: n for name in _COUNTS if (n := _count(chunk, name)) is not None}
    result: dict[str, Any] = {
        "candidates": [_candidate(candidate)] if candidate else None,
        "modelVersion": text_from(_field(chunk, "modelVersion")) or None,
        "usageMetadata": counts or None,
    }
    why = text_from(_field(candidate, "finishMessage"))
    if reason := _word(_field(feedback, "blockReason"), _BLOCKS):
        result["promptFeedback"] = {"blockReason": reason}
        why = "" if reason != _OTHER else text_from(_field(feedback, "blockReason"))
    return {name: value for name, value in result.items() if value is not None}, why


def _candidate(candidate: Mapping[str, Any]) -> dict[str, Any]:
    content = candidate.get("content")
    parts = mapping_from(content).get("parts")
    said = parts or first_text(mapping_from(content), ("text",)) or content
    rows: list[Any] = [{"text": said}] if isinstance(said, str) else mappings_from(_listed(parts))
    result: dict[str, Any] = {"content": {"role": "model", "parts": [p for r in rows if (p := _part(r))]}}
    if reason := _word(_field(candidate, "finishReason"), _REASONS):
        result["finishReason"] = reason
    return result


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    call = _field(part, "functionCall")
    result = {
        "text": text_from(part.get("text")) or None,
        "thought": True if part.get("thought") is True else None,
        "thoughtSignature": _signature(_field(part, "thoughtSignature")),
        "functionCall": _call(call) if isinstance(call, Mapping) and call else None,
        "inlineData": _picture(_field(part, "inlineData")),
    }
    return {name: value for name, value in result.items() if value is not None}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    args = call.get("args")
    if args and not isinstance(args, Mapping):
        args = {"arguments": args}
    made = {"id": text_from(call.get("id")) or None, "name": text_from(call.get("name")), "args": args or {}}
    return {name: value for name, value in made.items() if value is not None}


def _picture(data: Any) -> dict[str, Any] | None:
    """In the alphabet that the SDK reads."""
    found = decode_base64(mapping_from(data).get("data"))
    if not found:
        return None
    kind = text_from(_field(mapping_from(data), "mimeType"))
    return {"mimeType": kind, "data": base64.urlsafe_b64encode(found).decode()}


def _count(chunk: Mapping[str, Any], name: str) -> int | None:
    return count_from(_field(mapping_from(_field(chunk, "usageMetadata")), name))


def _signature(value: Any) -> str | None:
    try:
        base64.b64decode(text_from(value), altchars=b"-_")
    except (binascii.Error, ValueError):
        return None
    return text_from(value) or None


def _word(value: Any, known: frozenset[str]) -> str | None:
    """One of the SDK's words; None where nothing is said."""
    if not value or (isinstance(value, str) and value.endswith("_UNSPECIFIED")):
        return None
    return value if isinstance(value, str) and value in known else _OTHER


def _field(value: Mapping[str, Any], name: str) -> Any:
    """Google takes and gives both `finishReason` and `finish_reason`."""
    return value[name] if name in value else value.get(re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", name))


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value
