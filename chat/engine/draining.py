"""A process that is to end: it takes in nobody any more, and lets what it answers come to its end first."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.engine.engine import Engine


class Draining:
    """Whether this process is ending; it has one of these. Once `has_begun` is true it stays true."""

    def __init__(self) -> None:
        self.has_begun = False


draining = Draining()


async def wait_for_answers(engine: "Engine") -> None:
    """Those that begin meanwhile too: a turn of several goes on one after the other. What waits for a person
    would not end in time, and is interrupted at once, as is what comes to wait later."""
    engine.stop_waiting_for_people()
    while ending := [asyncio.ensure_future(answer.ended.wait()) for answer in engine.answers.values()]:
        try:
            await asyncio.wait(ending)
        finally:
            for one in ending:
                one.cancel()
        # The engine lets go of an answer just after it has ended.
        await asyncio.sleep(0)
