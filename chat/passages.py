"""The passages of a person's documents that a turn is answered from: looked up once, the same for all its
lanes. Documents are only imported when a conversation asks for them."""

import asyncio
from typing import TYPE_CHECKING

from chat import context
from chat.engine.room import Room

if TYPE_CHECKING:
    from rag.retrieval import Retrieved

BUDGET = 3_000
"""Tokens of all passages together."""
PATIENCE = 30.0
"""Seconds that a question waits for documents that are still being read; then it goes on without them."""
LOOK_AGAIN = 0.5


class Passages:
    def __init__(self, room: Room, user: str) -> None:
        self._room = room
        self._user = user
        self._looking: asyncio.Task[Retrieved] | None = None

    async def get(self) -> "Retrieved":
        """Whoever comes first looks; a lane that is stopped while it waits takes nothing from the others."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> "Retrieved":
        from rag import retrieval

        owner = self._room.owner or ""
        await self._wait_for_reading(owner)
        self._room.note("searching")
        *history, question = await asyncio.to_thread(self._questions)
        return await retrieval.retrieve(owner, self._room.id, question, history, budget_tokens=BUDGET)

    async def _wait_for_reading(self, owner: str) -> None:
        from rag import retrieval

        for attempt in range(round(PATIENCE / LOOK_AGAIN)):
            waiting = await retrieval.waiting(owner, self._room.id)
            if not waiting:
                return
            if attempt == 0:
                self._room.note("reading", {"documents": waiting})
            await asyncio.sleep(LOOK_AGAIN)

    def _questions(self) -> list[str]:
        """The person's messages on the path to this one, the oldest first."""
        tree = self._room.file.tree
        asked = [m for m in tree.path(self._user) if tree.messages[m]["role"] == "user"]
        return [context.text_of(record) for record in self._room.file.messages(asked[-6:])]


def for_turn(room: Room, user: str) -> Passages | None:
    """None where the conversation does not ask documents."""
    return Passages(room, user) if room.file.tree.settings.get("rag") else None
