"""The body of a request to Anthropic, from a `ChatRequest`."""

import re
from typing import Any

from providers.connectors.shared.messages import base64_of, merge_messages
from providers.connectors.shared.signatures import own_payload
from providers.connectors.shared.tool_calls import arguments_object
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
_BUDGETS: dict[Thinking, int] = {"low": 2048, "medium": 8192, "high": 24576}
_ADAPTIVE = re.compile(r"claude-(opus|sonnet|haiku|fable)-(4-[6-9]|[5-9])")
"""Models that set their own budget and take an effort; they refuse `budget_tokens`."""


def chat_body(request: ChatRequest, max_tokens: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": max_tokens,
        "messages": [_message(message, request.model) for message in merge_messages(request.messages)],
        "stream": request.streaming,
    }
    if request.system:
        body["system"] = request.system
    body |= _sampling(request.params)
    thinking = _thinking(request, max_tokens)
    if thinking.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        # A thinking model takes no other temperature than its own.
        body.pop("temperature", None)
        body.pop("top_k", None)
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
            for tool in request.tools
        ]
        body |= _tool_choice(request.tool_choice)
    if request.schema is not None:
        raise ProviderError("invalid", "Anthropic takes no JSON schema for an answer here")
    return body | thinking


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


def _thinking(request: ChatRequest, max_tokens: int) -> dict[str, Any]:
    level = request.params.thinking
    if level is None:
        return {}
    if level == "off":
        return {"thinking": {"type": "disabled"}}
    if _ADAPTIVE.match(request.model):
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    budget = min(_BUDGETS[level], max_tokens - LEAST_BUDGET)
    if budget < LEAST_BUDGET:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _message(message: Message, model: str) -> dict[str, Any]:
    """Results of tools come first: the service refuses a text before them."""
    blocks = [block for part in message.parts if (block := _block(part, model))]
    blocks.sort(key=lambda block: block["type"] != "tool_result")
    if message.role == "assistant" and not any(block["type"] == "tool_use" for block in blocks):
        blocks = [block for block in blocks if block["type"] != "thinking"]
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
            return {"type": "thinking", "thinking": text, "signature": payload} if payload else None
