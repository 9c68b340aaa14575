"""A `ChatRequest` in the types of Google's SDK. Importing this imports google.genai, so it is done on first
use only."""

import base64
from collections.abc import Sequence
from typing import Any

from google.genai import types

from core.json_text import dump_loose_json
from providers.connectors.gemini.generations import generation_of, takes_sampling, takes_thinking
from providers.connectors.shared.exchanges import arrange_messages
from providers.connectors.shared.schema_rules import GEMINI
from providers.connectors.shared.signatures import own_payload
from providers.connectors.shared.tool_calls import arguments_object
from providers.connectors.shared.tool_schemas import tools_with_schemas
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

OWN_CALL_ID = "divan-"
"""Begins the id of a call that Gemini gave none; such an id is not sent back."""

_FOREIGN_CALL = b"skip_thought_signature_validator"
"""Google's word for a call that another model made, which has no signature of this one."""

_BUDGETS: dict[Thinking, int] = {"off": 0, "low": 1024, "medium": 8192, "high": 24576}
_LEVELS: dict[Thinking, str] = {"off": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH"}


def config_of(
    request: ChatRequest, max_tokens: int, thinks: bool | None, headers: dict[str, str]
) -> types.GenerateContentConfig:
    params = request.params
    sampled = takes_sampling(request.model)
    declared = _declarations(request)
    return types.GenerateContentConfig(
        http_options=types.HttpOptions(headers=headers),
        system_instruction=request.system or None,
        max_output_tokens=None if "max_tokens" in request.learned.refused else max_tokens,
        temperature=params.temperature if sampled else None,
        top_p=params.top_p if sampled else None,
        top_k=params.top_k if sampled else None,
        seed=params.seed,
        stop_sequences=list(request.stop) or None,
        response_modalities=["TEXT", "IMAGE"] if "-image" in request.model else None,
        response_mime_type="application/json" if params.json else None,
        thinking_config=thinking_of(
            request.model, params, thinks if "thinking" not in request.learned.refused else False
        ),
        response_json_schema=dict(request.schema) if request.schema is not None else None,
        tools=[types.Tool(function_declarations=declared)] if declared else None,
        tool_config=_tool_config(request.tool_choice) if declared else None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def thinking_of(model: str, params: Params, thinks: bool | None) -> types.ThinkingConfig | None:
    """A level for Gemini 3 and later, a budget for 2.5, never both; nothing for what cannot think."""
    family = generation_of(model)
    if thinks is False or family is None or not takes_thinking(model):
        return None
    level = params.thinking
    if level is None:
        return types.ThinkingConfig(include_thoughts=True)
    if family < (3, 0):
        least = 128 if "pro" in model else 0
        return types.ThinkingConfig(
            include_thoughts=level != "off", thinking_budget=max(_BUDGETS[level], least)
        )
    name = _LEVELS[level]
    if level == "off" and (family >= (4, 0) or "pro" in model):
        name = "LOW"
    return types.ThinkingConfig(include_thoughts=level != "off", thinking_level=types.ThinkingLevel(name))


def contents_of(request: ChatRequest) -> list[types.Content]:
    contents: list[types.Content] = []
    for message in arrange_messages(request.messages):
        role = "model" if message.role == "assistant" else "user"
        parts = _parts(message, request.model)
        # Beside results there may be no other part: Google counts them.
        results = [part for part in parts if part.function_response]
        others = [part for part in parts if not part.function_response]
        contents += [types.Content(role=role, parts=group) for group in (results, others) if group]
    return contents


def _parts(message: Message, model: str) -> list[types.Part]:
    parts: list[types.Part] = []
    for part in message.parts:
        if isinstance(part, Reasoning):
            continue
        converted = _part(part, model)
        parts.append(converted)
    _sign(parts, message.parts, model)
    return parts


def _part(part: Part, model: str) -> types.Part:
    match part:
        case Text(text):
            return types.Part(text=text)
        case Image(data, mime):
            return types.Part(inline_data=types.Blob(data=data, mime_type=mime))
        case ToolCall():
            args = arguments_object(part)
            call = types.FunctionCall(id=_sent_id(part.id), name=_sent_name(part.name), args=args)
            return types.Part(function_call=call, thought_signature=_signature(part.signature, model))
        case ToolResult():
            said: dict[str, Any] = {"error" if part.is_error else "result": part.content}
            response = types.FunctionResponse(id=_sent_id(part.id), name=_sent_name(part.name), response=said)
            return types.Part(function_response=response)
        case Reasoning():
            raise ValueError("reasoning is not sent back as a part of its own")


def _sign(parts: list[types.Part], given: Sequence[Part], model: str) -> None:
    """The signature of an answer's text goes on its last text; a first call that this model did not sign
    says so, since Gemini 3 refuses a call without a signature."""
    for part in given:
        if isinstance(part, Reasoning) and (signature := _signature(part.signature, model)):
            texts = [p for p in parts if p.text]
            if texts:
                texts[-1].thought_signature = signature
    calls = [p for p in parts if p.function_call]
    family = generation_of(model)
    if calls and family and family >= (3, 0) and calls[0].thought_signature is None:
        calls[0].thought_signature = _FOREIGN_CALL


def _signature(signature: str | None, model: str) -> bytes | None:
    payload = own_payload(signature, "gemini", model)
    return base64.b64decode(payload) if payload else None


def _sent_id(call_id: str) -> str | None:
    return None if call_id.startswith(OWN_CALL_ID) else call_id


def _sent_name(name: str) -> str:
    """Google's names begin with a letter or `_`."""
    return name if name[:1].isalpha() or name.startswith("_") else f"_{name}"


def _tool_config(choice: str) -> types.ToolConfig | None:
    if choice == "auto":
        return None
    mode = {"none": "NONE"}.get(choice, "ANY")
    names = [_sent_name(choice[1:])] if choice.startswith(":") else None
    calling = types.FunctionCallingConfig(
        mode=types.FunctionCallingConfigMode(mode), allowed_function_names=names
    )
    return types.ToolConfig(function_calling_config=calling)


def definitions_text(request: ChatRequest) -> str:
    """For a count of tokens, which takes no tools."""
    declared = [tool.model_dump(mode="json", exclude_none=True) for tool in _declarations(request)]
    return dump_loose_json(declared).decode() if declared else ""


def _declarations(request: ChatRequest) -> list[types.FunctionDeclaration]:
    """A schema without properties is left out: Google wants some in every object."""
    return [
        types.FunctionDeclaration(
            name=_sent_name(tool.name),
            description=tool.description[: GEMINI.description],
            parameters_json_schema=schema if schema["properties"] else None,
        )
        for tool, schema in tools_with_schemas(request.tools, GEMINI)
    ]
