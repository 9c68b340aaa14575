"""The body of a request to Ollama, from a `ChatRequest`."""

from typing import Any

from providers.connectors.ollama.model_lists import ModelFacts
from providers.connectors.shared.exchanges import arrange_messages
from providers.connectors.shared.messages import base64_of, text_of, unsigned_thought
from providers.connectors.shared.schema_rules import TEMPLATES
from providers.connectors.shared.tool_calls import arguments_object, result_text
from providers.connectors.shared.tool_schemas import function_tools
from providers.errors import ProviderError
from providers.types import ChatRequest, Image, Message, Params, Text, ToolCall, ToolResult


def chat_body(request: ChatRequest, facts: ModelFacts, window: int, max_tokens: int) -> dict[str, Any]:
    """`num_ctx` and `num_predict` are always there: without the first the server takes what its memory
    suggests and drops the beginning of the conversation, without the second it may write for ever."""
    params = request.params
    options: dict[str, Any] = {
        "num_ctx": window,
        "num_predict": max_tokens,
        "temperature": params.temperature,
        "top_p": params.top_p,
        "top_k": params.top_k,
        "seed": params.seed,
        "stop": list(request.stop) or None,
    }
    body: dict[str, Any] = {
        "model": request.model,
        "messages": chat_messages(request),
        "stream": True,
        "options": {name: value for name, value in options.items() if value is not None},
    }
    think = _think(params, facts)
    if think is not None:
        body["think"] = think
    if params.json:
        body["format"] = "json" if request.schema is None else dict(request.schema)
    if request.tools and request.tool_choice not in ("auto", "none"):
        raise ProviderError("invalid", "Ollama lets a model decide itself whether it calls a tool")
    if request.tools and request.tool_choice != "none":
        body["tools"] = function_tools(request.tools, TEMPLATES)
    return body


def chat_messages(request: ChatRequest) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if request.system:
        messages.append({"role": "system", "content": request.system})
    for message in arrange_messages(request.messages):
        messages += [_assistant(message)] if message.role == "assistant" else _user(message)
    return messages


def _think(params: Params, facts: ModelFacts) -> bool | str | None:
    """gpt-oss knows levels and cannot be silent; the others think or do not. A model that cannot think
    refuses the whole request over this field, so it is left out there."""
    if params.thinking is None or facts.thinks() is False:
        return None
    if facts.family.replace("-", "").startswith("gptoss"):
        return "low" if params.thinking == "off" else params.thinking
    return params.thinking != "off"


def _user(message: Message) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_name": part.name, "content": result_text(part)}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    if not any(isinstance(part, Text | Image) for part in message.parts):
        return results
    said: dict[str, Any] = {"role": "user", "content": text_of(message)}
    if images := [base64_of(part) for part in message.parts if isinstance(part, Image)]:
        said["images"] = images
    return [*results, said]


def _assistant(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {"role": "assistant", "content": text_of(message)}
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        result["tool_calls"] = [
            {"function": {"name": call.name, "arguments": arguments_object(call)}} for call in calls
        ]
        if thought := unsigned_thought(message):
            result["thinking"] = thought
    return result
