"""A process that is to end: it takes in nobody any more, and lets what it answers come to its end first."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.engine.engine import Engine


class Draining:
    """One for the process. `begun` for ever, once it is: a process that drains ends."""

    def __init__(self) -> None:
        self.begun = False


draining = Draining()


async def wait_for_answers(engine: "Engine") -> None:
    """Those that begin meanwhile too: a turn of several goes on one after the other. What waits for a person
    would not end in time, and is interrupted at once, as is what comes to wait later."""
    engine.expect_nobody()
    while ending := [asyncio.ensure_future(answer.ended.wait()) for answer in engine.answers.values()]:
        try:
            await asyncio.wait(ending)
        finally:
            for one in ending:
                one.cancel()
        # The engine lets go of an answer just after it has ended.
        await asyncio.sleep(0)
