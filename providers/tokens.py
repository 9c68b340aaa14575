"""How many tokens a text has. How far off the estimate is stands in docs/tokens.md."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from core.json_text import dump_loose_json
from providers.errors import ProviderError
from providers.types import ChatRequest, Image, Part, Reasoning, Text, ToolCall, ToolDefinition, ToolResult

IMAGE_TOKENS = 800
"""What an image is taken to cost; services count between 85 and 1,600."""
MESSAGE_TOKENS = 4
"""What every service adds around a message."""
DEFINITION_TOKENS = 10
"""What is written around the definition of a tool."""
CALL_TOKENS = 12
"""What is written around a call, and around its result: ids, marks, braces."""
COUNT_TIMEOUT = 2.0
"""Seconds that a count before sending is worth."""


_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_SPACES = b" \t\r\n"


class TokenCounter(ABC):
    """A service that counts for nothing. A connector may be one."""

    @abstractmethod
    async def count_tokens(self, request: ChatRequest) -> int:
        """Input tokens of `request`, by the service's own tokenizer."""


class Count(NamedTuple):
    tokens: int
    exact: bool


def estimate_tokens(text: str) -> int:
    """From kinds of characters, which the codecs count quickly: 20 MB a second. Never 0 for any text."""
    if not text:
        return 0
    ascii_part = text.encode("ascii", "ignore")
    latin = cyrillic = others = 0
    if len(ascii_part) < len(text):
        latin = len(text.encode("iso8859_9", "ignore")) - len(ascii_part)
        cyrillic = len(text.encode("iso8859_5", "ignore")) - len(ascii_part)
        others = max(len(text) - len(ascii_part) - latin - cyrillic, 0)
    dense = ascii_part.translate(None, _SPACES)
    beyond_letters = dense.translate(None, _LETTERS)
    digits = len(beyond_letters) - len(beyond_letters.translate(None, _DIGITS))
    tokens = (
        0.5 * len(text.split())
        + 0.12 * (len(dense) - len(beyond_letters))
        + 1.7 * latin
        + 0.26 * cyrillic
        + 0.9 * others
        + 0.62 * (len(beyond_letters) - digits)
        + 0.8 * digits
        + text.count("\n")
    )
    return max(round(tokens), 1)


def estimate_request(request: ChatRequest) -> int:
    """Estimates the input tokens of a request."""
    tokens = estimate_tokens(request.system) + MESSAGE_TOKENS * (len(request.messages) + bool(request.system))
    tokens += sum(estimate_part(part) for message in request.messages for part in message.parts)
    return tokens + estimate_tools(request.tools)


def estimate_part(part: Part) -> int:
    """Input tokens of one part of a message, estimated. Reasoning is counted as nothing: most services are
    not given it back, and the others do not count it."""
    match part:
        case Text(text):
            return estimate_tokens(text)
        case Image():
            return IMAGE_TOKENS
        case Reasoning():
            return 0
        case ToolCall():
            return CALL_TOKENS + estimate_tokens(part.name) + estimate_tokens(part.arguments)
        case ToolResult():
            return CALL_TOKENS + estimate_tokens(part.name) + estimate_tokens(part.content)


def estimate_tools(tools: Iterable[ToolDefinition]) -> int:
    """Input tokens that the definitions of these tools cost in each request, estimated."""
    return sum(estimate_tool(tool) for tool in tools)


def estimate_tool(tool: ToolDefinition) -> int:
    return DEFINITION_TOKENS + _definition_tokens(
        tool.name, tool.description, dump_loose_json(tool.parameters).decode()
    )


@lru_cache(maxsize=1024)
def _definition_tokens(name: str, description: str, parameters: str) -> int:
    """The same definitions are measured for each request of each lane."""
    return estimate_tokens(name) + estimate_tokens(description) + estimate_tokens(parameters)


def texts_of(request: ChatRequest) -> Iterator[str]:
    yield request.system
    for message in request.messages:
        for part in message.parts:
            match part:
                case Text(text):
                    yield text
                case ToolCall():
                    yield part.arguments
                case ToolResult():
                    yield part.content


async def count_request(connector: object, request: ChatRequest, estimate: int) -> Count:
    """The service's count where it counts and is quick, else `estimate`."""
    if isinstance(connector, TokenCounter):
        try:
            async with asyncio.timeout(COUNT_TIMEOUT):
                return Count(await connector.count_tokens(request), exact=True)
        except (ProviderError, TimeoutError):
            pass
    return Count(estimate, exact=False)
