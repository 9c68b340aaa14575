"""How many tokens a text has. How far off the estimate is stands in docs/tokens.md."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

from providers.errors import ProviderError
from providers.types import ChatRequest, Image, Text, ToolCall, ToolResult

IMAGE_TOKENS = 800
"""What an image is taken to cost; services count between 85 and 1,600."""
MESSAGE_TOKENS = 4
"""What every service adds around a message."""
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
    ascii_part = text.encode("ascii", "ignore")
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
    return max(round(tokens), 1) if text else 0


def estimate_request(request: ChatRequest) -> int:
    """Input tokens of a request, estimated."""
    tokens = sum(estimate_tokens(text) for text in texts_of(request))
    tokens += MESSAGE_TOKENS * (len(request.messages) + bool(request.system))
    images = sum(isinstance(part, Image) for message in request.messages for part in message.parts)
    return tokens + images * IMAGE_TOKENS


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
