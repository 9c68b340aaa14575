"""What models called, and what came of it, told in words: for a model that knows no tools."""

from collections.abc import Sequence
from dataclasses import replace

from providers.types import ChatRequest, Message, Part, Role, Text, ToolCall, ToolResult


def speaks_of_tools(request: ChatRequest) -> bool:
    """Whether it offers tools, or its conversation holds calls."""
    return bool(request.tools) or any(holds_calls(message) for message in request.messages)


def holds_calls(message: Message) -> bool:
    return any(isinstance(part, ToolCall | ToolResult) for part in message.parts)


def goes_on_from_calls(request: ChatRequest) -> bool:
    """Whether it is a later round of an answer: what tools gave is the last that its model is told."""
    last = request.messages[-1].parts if request.messages else ()
    return bool(last) and all(isinstance(part, ToolResult) for part in last)


def without_tools(request: ChatRequest) -> ChatRequest:
    return replace(request, tools=(), tool_choice="auto", messages=calls_in_words(request.messages))


def calls_in_words(messages: Sequence[Message]) -> list[Message]:
    told: list[Message] = []
    for message in messages:
        for role, parts in _by_speaker(message) if holds_calls(message) else [(message.role, message.parts)]:
            told.append(Message(role, tuple(_in_words(part) for part in parts)))
    return told


def result_in_words(result: ToolResult) -> Text:
    """Fenced: what a tool gave is data, and nothing that a person said."""
    kind = "error" if result.is_error else "result"
    return Text(f'<tool_{kind} name="{result.name}">\n{result.content}\n</tool_{kind}>')


def _in_words(part: Part) -> Part:
    if isinstance(part, ToolCall):
        return Text(f'<tool_use name="{part.name}">\n{part.arguments}\n</tool_use>')
    return result_in_words(part) if isinstance(part, ToolResult) else part


def _by_speaker(message: Message) -> list[tuple[Role, tuple[Part, ...]]]:
    """What models said and called, and what came of it, which is no word of theirs."""
    groups: list[tuple[Role, tuple[Part, ...]]] = []
    for part in message.parts:
        role: Role = "user" if isinstance(part, ToolResult) else message.role
        if groups and groups[-1][0] == role:
            groups[-1] = (role, (*groups[-1][1], part))
        else:
            groups.append((role, (part,)))
    return groups
