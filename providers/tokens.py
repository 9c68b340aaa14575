"""How many tokens a text has. How far off the estimate is stands in docs/tokens.md."""

import asyncio
from abc import ABC, abstractmethod
from typing import NamedTuple

from providers.errors import ProviderError
from providers.types import ChatRequest

COUNT_TIMEOUT = 2.0
"""Seconds that a count before sending is worth."""


class TokenCounter(ABC):
    """A service that counts for nothing. A connector may be one."""

    @abstractmethod
    async def count_tokens(self, request: ChatRequest) -> int:
        """Input tokens of `request`, by the service's own tokenizer."""


class Count(NamedTuple):
    tokens: int
    exact: bool


def estimate_tokens(text: str) -> int:
    return -(-len(text) * 2 // 7)


async def count_request(connector: object, request: ChatRequest, estimate: int) -> Count:
    """The service's count where it counts and is quick, else `estimate`."""
    if isinstance(connector, TokenCounter):
        try:
            async with asyncio.timeout(COUNT_TIMEOUT):
                return Count(await connector.count_tokens(request), exact=True)
        except (ProviderError, TimeoutError):
            pass
    return Count(estimate, exact=False)
