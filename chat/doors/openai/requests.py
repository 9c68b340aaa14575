"""From OpenAI's chat request to ours. Format: OpenAI's API reference, chat completions."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict, Field, StringConstraints

from chat.prompting import context
from chat.protocol.errors import InvalidError
from core import schemas
from providers.registry import Target
from providers.suggestions.rules import Draft
from providers.tokens import estimate_request, estimate_tokens
from providers.types import (
    ChatRequest,
    Image,
    Message,
    Params,
    Part,
    Text,
    ToolCall,
    ToolDefinition,
    ToolResult,
)

EFFORTS = {"none": "off", "minimal": "low", "low": "low", "medium": "medium", "high": "high"}


StopText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Lenient(schemas.Lenient):
    """Clients send many fields that only some services know: those are passed over."""

    model_config = ConfigDict(strict=False)


class ImageUrl(Lenient):
    url: str


class Content(Lenient):
    type: Literal["text", "image_url"]
    text: str = ""
    image_url: ImageUrl | None = None


class Function(Lenient):
    name: str
    arguments: str = ""


class Call(Lenient):
    id: str
    function: Function


class InputMessage(Lenient):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Content] | None = None
    tool_calls: list[Call] = []
    tool_call_id: str = ""


class ToolFunction(Lenient):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class OfferedTool(Lenient):
    function: ToolFunction


class StreamOptions(Lenient):
    include_usage: bool = False


class JsonSchema(Lenient):
    schema_: Annotated[dict[str, Any], Field(alias="schema")] = {}


class ResponseFormat(Lenient):
    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None


class NamedFunction(Lenient):
    name: str


class NamedTool(Lenient):
    function: NamedFunction


class ChatCompletion(Lenient):
    model: str
    messages: Annotated[list[InputMessage], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    response_format: ResponseFormat = ResponseFormat()
    tools: list[OfferedTool] = []
    tool_choice: Literal["auto", "none", "required"] | NamedTool = "auto"
    stop: StopText | Annotated[list[StopText], Field(max_length=4)] = []
    n: Annotated[int, Field(ge=1, le=8)] = 1
    truncation: Literal["auto", "disabled"] = "disabled"
    """`auto`: the oldest messages are left out where all are more than the model reads, as in OpenAI's
    Responses API."""


def request_of(asked: ChatCompletion, target: Target) -> ChatRequest:
    """Raises InvalidError for what cannot be passed on."""
    system = [text_of(said) for said in asked.messages if said.role in ("system", "developer")]
    names = {call.id: call.function.name for said in asked.messages for call in said.tool_calls}
    spoken = [said for said in asked.messages if said.role not in ("system", "developer")]
    made = ChatRequest(
        target.model,
        [message_of(said, names) for said in spoken],
        system="\n\n".join(system),
        params=params_of(asked, target.defaults),
        tools=[
            ToolDefinition(tool.function.name, tool.function.description, tool.function.parameters)
            for tool in asked.tools
        ],
        stop=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop),
        streaming=target.streaming,
        schema=schema_of(asked.response_format),
        tool_choice=choice_of(asked),
    )
    window = target.window(made.params) if asked.truncation == "auto" else None
    if window is None:
        return made
    beside = estimate_request(replace(made, messages=[])) + target.reserved_for_answer(made.params)
    return replace(made, messages=last_turns(made, context.tokens_left_for_turns(window, beside)))


def last_turns(request: ChatRequest, tokens: int) -> Sequence[Message]:
    """As many of the last messages as fit, always from a question on, so that a tool's result stays with its
    call; at the least the last question and what follows it."""
    kept = len(request.messages)
    for place in reversed(range(kept)):
        message = request.messages[place]
        tokens -= estimate_request(ChatRequest(request.model, [message]))
        if tokens < 0 and kept < len(request.messages):
            break
        if message.role == "user" and not any(isinstance(part, ToolResult) for part in message.parts):
            kept = place
    return request.messages[kept:] or request.messages


def schema_of(wanted: ResponseFormat) -> dict[str, Any] | None:
    if wanted.type != "json_schema":
        return None
    if wanted.json_schema is None:
        raise InvalidError(_("`json_schema` needs its schema."))
    return wanted.json_schema.schema_


def choice_of(asked: ChatCompletion) -> str:
    if isinstance(asked.tool_choice, str):
        return asked.tool_choice
    name = asked.tool_choice.function.name
    if all(tool.function.name != name for tool in asked.tools):
        raise InvalidError(_("`tool_choice` names a tool that is not among `tools`."))
    return f":{name}"


def params_of(asked: ChatCompletion, defaults: Params) -> Params:
    thinking = EFFORTS.get(asked.reasoning_effort or "")
    return Params(
        temperature=defaults.temperature if asked.temperature is None else asked.temperature,
        top_p=asked.top_p or defaults.top_p,
        top_k=defaults.top_k,
        max_tokens=asked.max_completion_tokens or asked.max_tokens or defaults.max_tokens,
        seed=defaults.seed if asked.seed is None else asked.seed,
        thinking=thinking or defaults.thinking,  # type: ignore[arg-type]
        json=asked.response_format.type in ("json_object", "json_schema"),
        context_length=defaults.context_length,
    )


def message_of(said: InputMessage, names: dict[str, str]) -> Message:
    if said.role == "tool":
        name = names.get(said.tool_call_id, "")
        return Message("user", (ToolResult(said.tool_call_id, name, text_of(said)),))
    parts: list[Part] = [part_of(content) for content in contents_of(said)]
    parts += [call_of(call) for call in said.tool_calls]
    return Message("assistant" if said.role == "assistant" else "user", tuple(parts))


def contents_of(said: InputMessage) -> Sequence[Content]:
    if isinstance(said.content, str):
        return [Content(type="text", text=said.content)] if said.content else []
    return said.content or []


def draft_of(asked: ChatCompletion) -> Draft:
    """What Auto chooses a model by: the last that the user said, and how much there is in all."""
    questions = [said for said in asked.messages if said.role == "user"]
    text = text_of(questions[-1]) if questions else ""
    tokens = sum(estimate_tokens(text_of(said)) for said in asked.messages)
    pictures = [content for said in asked.messages for content in contents_of(said) if content.image_url]
    return Draft(text, tokens, ["image/*"] * len(pictures), tools=bool(asked.tools))


def text_of(said: InputMessage) -> str:
    return "".join(content.text for content in contents_of(said))


def part_of(content: Content) -> Part:
    if content.image_url is None:
        return Text(content.text)
    head, comma, data = content.image_url.url.partition(",")
    if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
        raise InvalidError(_("Send images as data: URLs. This server fetches nothing for a client."))
    try:
        return Image(base64.b64decode(data, validate=True), head[len("data:") : -len(";base64")])
    except binascii.Error as error:
        raise InvalidError(_("An image is not valid base64.")) from error


def call_of(call: Call) -> ToolCall:
    try:
        json.loads(call.function.arguments or "{}")
    except ValueError as error:
        raise InvalidError(_("The arguments of a tool call are not JSON.")) from error
    return ToolCall(call.id, call.function.name, call.function.arguments or "{}")
