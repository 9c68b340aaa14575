"""Open WebUI's `output`: what an answer is made of, in the manner of OpenAI's Responses."""

from typing import Any

from .chat import code_run, dicts, fields, reasoning, text, tool_call, tool_result, words


def parts_of_output(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for number, item in enumerate(items) for part in _parts(item, f"call-{number}")]


def _parts(item: dict[str, Any], number: str) -> list[dict[str, Any]]:
    called = text(item.get("call_id")) or text(item.get("id")) or number
    match text(item.get("type")).removeprefix("open_webui:"):
        case "message":
            return words(_said(item.get("content")))
        case "reasoning":
            return reasoning(_said(item.get("content")) or _said(item.get("summary")))
        case "function_call":
            return [tool_call(called, text(item.get("name")), item.get("arguments") or "{}")]
        case "function_call_output":
            failed = item.get("status") in ("failed", "incomplete")
            return [tool_result(called, _said(item.get("output")), is_error=failed)]
        case "code_interpreter":
            run = code_run(called, "code_interpreter", text(item.get("lang")), text(item.get("code")))
            printed = printed_by(item.get("output"))
            return [run, tool_result(called, printed)] if printed else [run]
    return words(_said(item.get("content")))


def _said(content: Any) -> str:
    if isinstance(content, list):
        return "\n\n".join(one for one in map(_said, content) if one)
    if isinstance(content, dict):
        return text(content.get("text")) or text(content.get("refusal"))
    return text(content)


def printed_by(output: Any) -> str:
    """What code printed, what it complained about, and what it gave."""
    if isinstance(output, list):
        return "\n".join(_said(one) or text(one.get("logs")) for one in dicts(output))
    if not isinstance(output, dict):
        return text(output)
    inner = fields(output, "output") or output
    told = [inner.get(name) for name in ("stdout", "stderr", "error", "result")]
    return "\n".join(str(one).rstrip("\n") for one in told if one not in (None, "", [], {}))
