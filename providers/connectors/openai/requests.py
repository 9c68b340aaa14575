"""The body of a request to a server that speaks OpenAI's chat completions. Where services differ, a row of
dialects.py says how."""

from collections.abc import Sequence
from typing import Any

from core.json_text import parse_loose_json
from providers.connectors.openai.dialects import Dialect, unsupported_in
from providers.connectors.shared.exchanges import MISTRAL, MISTRAL_MODEL, CallRules, arrange_messages
from providers.connectors.shared.messages import base64_of, text_of, unsigned_thought
from providers.connectors.shared.signatures import own_payload
from providers.connectors.shared.tool_calls import arguments_json, result_text
from providers.connectors.shared.tool_schemas import function_tools
from providers.learning.fields import LIMIT_NAMES
from providers.types import (
    ChatRequest,
    Image,
    Message,
    Params,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)


def chat_body(
    request: ChatRequest, dialect: Dialect, max_tokens: int, supported: frozenset[str] | None = None
) -> dict[str, Any]:
    """`supported`: the parameters that the model takes, where its service lists them."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": chat_messages(request, dialect),
        "stream": request.streaming,
    }
    refused = request.learned.refused
    if request.streaming and "stream_options" not in refused:
        body["stream_options"] = {"include_usage": True}
    names = sorted(LIMIT_NAMES, key=lambda name: name != dialect.max_tokens)
    if limit := next((name for name in names if name not in refused), None):
        body[limit] = max_tokens
    options = _options(request.params, dialect, unsupported_in(dialect, request.model))
    if supported is not None:
        known = supported | {"chat_template_kwargs"}
        options = {name: value for name, value in options.items() if name in known}
    if request.schema is not None:
        schema = {"name": "answer", "schema": dict(request.schema)}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.tools:
        options["tools"] = function_tools(request.tools, dialect.schemas, strict=dialect.strict)
        options |= _tool_choice(request.tool_choice)
    if request.stop:
        options["stop"] = list(request.stop)
    return body | options


def chat_messages(request: ChatRequest, dialect: Dialect) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if request.system:
        messages.append({"role": "system", "content": request.system})
    rules = MISTRAL if MISTRAL_MODEL.search(request.model) else CallRules()
    for message in arrange_messages(request.messages, rules):
        if message.role == "assistant":
            messages.append(_assistant(message, request.model, dialect))
        else:
            messages += _user(message)
    return messages


def _options(params: Params, dialect: Dialect, unsupported: frozenset[str]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "top_k": params.top_k,
        "seed": params.seed,
        "response_format": {"type": "json_object"} if params.json else None,
    }
    options = {
        name: value for name, value in options.items() if value is not None and name not in unsupported
    }
    return options | _thinking(params, dialect)


def _thinking(params: Params, dialect: Dialect) -> dict[str, Any]:
    level = params.thinking
    if level is None:
        return {}
    if dialect.thinking == "reasoning":
        return {"reasoning": {"enabled": False} if level == "off" else {"effort": level}}
    if dialect.thinking == "effort":
        return {"reasoning_effort": "none" if level == "off" else level}
    # llama.cpp, vLLM and SGLang hand this to the chat template; it is the one switch that they share.
    switch = {"chat_template_kwargs": {"enable_thinking": level != "off"}}
    return switch if level == "off" else {**switch, "reasoning_effort": level}


def _user(message: Message) -> list[dict[str, Any]]:
    """Results of tools are messages of their own, before what the person says."""
    results = [_tool_result(part) for part in message.parts if isinstance(part, ToolResult)]
    said = [part for part in message.parts if isinstance(part, Text | Image)]
    if not said:
        return results
    if all(isinstance(part, Text) for part in said):
        return [*results, {"role": "user", "content": text_of(message)}]
    content = [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {"type": "image_url", "image_url": {"url": f"data:{part.mime};base64,{base64_of(part)}"}}
        for part in said
    ]
    return [*results, {"role": "user", "content": content}]


def _assistant(message: Message, model: str, dialect: Dialect) -> dict[str, Any]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    result: dict[str, Any] = {"role": "assistant", "content": text_of(message) or (None if calls else "")}
    if calls:
        result["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": arguments_json(call)},
            }
            for call in calls
        ]
        if details := _reasoning_details(message.parts, model):
            result["reasoning_details"] = details
        if dialect.thought_field and (thought := unsigned_thought(message)):
            result[dialect.thought_field] = thought
    return result


def _reasoning_details(parts: Sequence[Any], model: str) -> list[Any]:
    """OpenRouter's blocks, unchanged, beside the tool calls that they led to."""
    for part in parts:
        if isinstance(part, Reasoning) and (payload := own_payload(part.signature, "openai", model)):
            details = parse_loose_json(payload.encode())
            return details if isinstance(details, list) else []
    return []


def _tool_choice(choice: str) -> dict[str, Any]:
    if choice == "auto":
        return {}
    if choice.startswith(":"):
        return {"tool_choice": {"type": "function", "function": {"name": choice[1:]}}}
    return {"tool_choice": choice}


def _tool_result(part: ToolResult) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": part.id, "content": result_text(part)}
