"""The body of a request to Anthropic, from a `ChatRequest`."""

import re
from collections.abc import Sequence
from typing import Any

from core.json_text import parse_loose_json
from providers.connectors.shared.exchanges import arrange_messages
from providers.connectors.shared.messages import base64_of
from providers.connectors.shared.schema_rules import ANTHROPIC
from providers.connectors.shared.signatures import own_payload
from providers.connectors.shared.tool_calls import arguments_object
from providers.connectors.shared.tool_schemas import tools_with_schemas
from providers.errors import ProviderError
from providers.types import (
    ChatRequest,
    Image,
    Message,
    Params,
    Part,
    Reasoning,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

LEAST_BUDGET = 1024
_THOUGHTS = ("thinking", "redacted_thinking")
_BUDGETS: dict[Thinking, int] = {"low": 2048, "medium": 8192, "high": 24576}
_ADAPTIVE = re.compile(r"claude-(opus|sonnet|haiku|fable)-(4-[6-9]|[5-9])")
"""Models that set their own budget and take an effort; they refuse `budget_tokens`."""


def chat_body(request: ChatRequest, max_tokens: int) -> dict[str, Any]:
    messages = arrange_messages(request.messages)
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": max_tokens,
        "messages": [_message(message, request.model) for message in messages],
        "stream": request.streaming,
    }
    if request.system:
        body["system"] = request.system
    body |= _sampling(request.params)
    thinking = _thinking(request, max_tokens, body["messages"])
    if thinking.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        # A thinking model takes no other temperature than its own.
        body.pop("temperature", None)
        body.pop("top_k", None)
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    body |= _tools(request, messages)
    if request.schema is not None:
        raise ProviderError("invalid", "Anthropic takes no JSON schema for an answer here")
    return body | thinking


def _tools(request: ChatRequest, messages: Sequence[Message]) -> dict[str, Any]:
    """A conversation that holds calls has to come with tools, also where none may be called any more."""
    if request.tools:
        offered = [
            {
                "name": tool.name,
                "description": tool.description[: ANTHROPIC.description],
                "input_schema": schema,
            }
            for tool, schema in tools_with_schemas(request.tools, ANTHROPIC)
        ]
        return {"tools": offered, **_tool_choice(request.tool_choice)}
    names = dict.fromkeys(
        part.name for message in messages for part in message.parts if isinstance(part, ToolCall)
    )
    called = [{"name": name, "input_schema": {"type": "object"}} for name in names]
    return {"tools": called, "tool_choice": {"type": "none"}} if called else {}


def _tool_choice(choice: str) -> dict[str, Any]:
    if choice == "auto":
        return {}
    if choice.startswith(":"):
        return {"tool_choice": {"type": "tool", "name": choice[1:]}}
    return {"tool_choice": {"type": "any" if choice == "required" else choice}}


def _sampling(params: Params) -> dict[str, Any]:
    """There is no seed and no JSON mode; newer models take temperature or top_p, not both."""
    options = {"temperature": params.temperature, "top_k": params.top_k}
    if params.temperature is None:
        options["top_p"] = params.top_p
    return {name: value for name, value in options.items() if value is not None}


def _thinking(request: ChatRequest, max_tokens: int, messages: Sequence[Any]) -> dict[str, Any]:
    level = request.params.thinking
    if level is None:
        return {}
    if level == "off":
        return {"thinking": {"type": "disabled"}}
    if _ADAPTIVE.match(request.model):
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    budget = min(_BUDGETS[level], max_tokens - LEAST_BUDGET)
    if budget < LEAST_BUDGET or _is_without_thought(messages) or _is_forced(request):
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _is_without_thought(messages: Sequence[Any]) -> bool:
    """Whether results are given back to a round that began with no thought of this model: it may then think
    no more before the person speaks again."""
    if len(messages) < 2 or not any(_is_block(block, "tool_result") for block in messages[-1]["content"]):
        return False
    return not _is_block(messages[-2]["content"][0], *_THOUGHTS)


def _is_forced(request: ChatRequest) -> bool:
    """A model that has to call a tool may not think about it."""
    return bool(request.tools) and request.tool_choice not in ("auto", "none")


def _is_block(block: Any, *types: str) -> bool:
    return isinstance(block, dict) and block["type"] in types


def _message(message: Message, model: str) -> dict[str, Any]:
    """Results of tools come first: the service refuses a text before them."""
    blocks = [block for part in message.parts if (block := _block(part, model))]
    blocks.sort(key=lambda block: block["type"] != "tool_result")
    if message.role == "assistant" and not any(block["type"] == "tool_use" for block in blocks):
        blocks = [block for block in blocks if not _is_block(block, *_THOUGHTS)]
    if len(blocks) == 1 and blocks[0]["type"] == "text":
        return {"role": message.role, "content": blocks[0]["text"]}
    return {"role": message.role, "content": blocks}


def _block(part: Part, model: str) -> dict[str, Any] | None:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(_, mime):
            source = {"type": "base64", "media_type": mime, "data": base64_of(part)}
            return {"type": "image", "source": source}
        case ToolCall():
            return {
                "type": "tool_use",
                "id": part.id,
                "name": part.name,
                "input": arguments_object(part),
            }
        case ToolResult():
            result: dict[str, Any] = {
                "type": "tool_result",
                "tool_use_id": part.id,
                "content": part.content,
            }
            return {**result, "is_error": True} if part.is_error else result
        case Reasoning(text, signature):
            payload = own_payload(signature, "anthropic", model)
            return _thought(text, payload) if payload else None


def redacted_block(data: str) -> dict[str, Any]:
    """A thought that the service keeps from its readers, and wants back all the same."""
    return {"type": "redacted_thinking", "data": data}


def _thought(text: str, payload: str) -> dict[str, Any]:
    """A signature is base64; a redacted thought is kept in its place, as the JSON of its block."""
    if payload.startswith("{"):
        block = parse_loose_json(payload.encode())
        return redacted_block(str(block.get("data", "")))
    return {"type": "thinking", "thinking": text, "signature": payload}
