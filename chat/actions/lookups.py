"""What the begin of an answer asks the database for, whichever part of it wants to know: after a pause it is
read in one step in a thread instead of a step for each."""

from collections.abc import Iterable
from typing import Any

from chat.policy import spending
from chat.prompting import memory_cache
from chat.protocol import commands
from conversations.settings import Settings
from core.shared_reads import SharedRead, read_together
from providers.configuration import rows


async def look_up_together(owner: str, settings: Settings, asked: Iterable[commands.Lane] = ()) -> None:
    """`settings`: of the conversation, as far as they differ from the usual. `asked`: lanes that a command
    names. Raises nothing: who wants to know is told what failed."""
    reads: list[SharedRead[Any]] = [spending.lookup(), *rows.lookups()]
    if settings.get("memory", True):
        reads.append(memory_cache.lookup())
    wanted = [settings.get("tools"), *(lane.get("tools") for lane in settings.get("lanes", ()))]
    if any([*wanted, *(lane.tools for lane in asked)]):
        # Without a lane that uses any, nothing of them is imported.
        from chat.tools.catalogue import lookups

        reads += lookups(owner)
    await read_together(reads)
