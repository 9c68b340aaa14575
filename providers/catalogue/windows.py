"""The windows that lists name, from one list to the next."""

from collections.abc import Sequence
from dataclasses import replace

from channels.db import database_sync_to_async

from providers.configuration import learned
from providers.types import ModelInfo


def with_known_windows(infos: Sequence[ModelInfo], before: Sequence[ModelInfo]) -> list[ModelInfo]:
    """Some servers name a window only while the model is loaded: until they name another, it stays."""
    known = {info.id: info.context_length for info in before}
    return [
        replace(info, context_length=known.get(info.id)) if info.context_length is None else info
        for info in infos
    ]


async def forget_outgrown(server: str, before: Sequence[ModelInfo], now: Sequence[ModelInfo]) -> None:
    """What was learned of a window no longer holds once the server's list names a larger one than it did."""
    earlier, windows = ({info.id: info.context_length for info in infos} for infos in (before, now))
    if outgrown := learned.find_outgrown_windows(server, earlier, windows):
        await database_sync_to_async(learned.forget_windows, thread_sensitive=False)(outgrown)
