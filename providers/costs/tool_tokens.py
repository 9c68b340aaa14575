"""What the definitions of tools add to a request, before it is made."""

from collections.abc import Awaitable, Callable, Sequence

Count = Callable[[str, bool | Sequence[str], int | None], Awaitable[int]]
"""Tokens of the definitions that a lane of that person is offered, by its `tools` and its window."""


async def _nothing(owner: str, wanted: bool | Sequence[str], window: int | None) -> int:
    return 0


_count: Count = _nothing


async def count_tool_tokens(owner: str, wanted: bool | Sequence[str], window: int | None) -> int:
    return await _count(owner, wanted, window)


def count_tools_with(source: Count) -> None:
    """What tools there are is nothing that this app knows: whoever composes the two says how."""
    global _count
    _count = source
