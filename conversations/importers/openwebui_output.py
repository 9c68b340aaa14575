"""Open WebUI's `output`: what an answer is made of, in the manner of OpenAI's Responses."""

from typing import Any

from .chat import (
    code_call_part,
    read_dict,
    read_dicts,
    read_text,
    reasoning_parts,
    text_parts,
    tool_call_part,
    tool_result_part,
)


def parts_of_output(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for number, item in enumerate(items) for part in _parts(item, f"call-{number}")]


def _parts(item: dict[str, Any], number: str) -> list[dict[str, Any]]:
    called = read_text(item.get("call_id")) or read_text(item.get("id")) or number
    match read_text(item.get("type")).removeprefix("open_webui:"):
        case "message":
            return text_parts(_said(item.get("content")))
        case "reasoning":
            return reasoning_parts(_said(item.get("content")) or _said(item.get("summary")))
        case "function_call":
            return [tool_call_part(called, read_text(item.get("name")), item.get("arguments") or "{}")]
        case "function_call_output":
            failed = item.get("status") in ("failed", "incomplete")
            return [tool_result_part(called, _said(item.get("output")), is_error=failed)]
        case "code_interpreter":
            run = code_call_part(
                called, "code_interpreter", read_text(item.get("lang")), read_text(item.get("code"))
            )
            printed = text_of_output(item.get("output"))
            return [run, tool_result_part(called, printed)] if printed else [run]
    return text_parts(_said(item.get("content")))


def _said(content: Any) -> str:
    if isinstance(content, list):
        return "\n\n".join(one for one in map(_said, content) if one)
    if isinstance(content, dict):
        return read_text(content.get("text")) or read_text(content.get("refusal"))
    return read_text(content)


def text_of_output(output: Any) -> str:
    """What code printed, what it complained about, and what it gave."""
    if isinstance(output, list):
        return "\n".join(_said(one) or read_text(one.get("logs")) for one in read_dicts(output))
    if not isinstance(output, dict):
        return read_text(output)
    inner = read_dict(output, "output") or output
    told = [inner.get(name) for name in ("stdout", "stderr", "error", "result")]
    return "\n".join(str(one).rstrip("\n") for one in told if one not in (None, "", [], {}))
