"""What a home tells of its changes to who keeps copies of its conversations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ConversationState:
    """Of a conversation in its home. `trashed_ns`: since when it lies in the trash, if it does."""

    conversation: str
    size: int
    changed_ns: int
    trashed_ns: int | None


class Changes(Protocol):
    """Raises StorageError where the home does not answer."""

    def changed_since(self, moment: float) -> Iterator[ConversationState]:
        """Of all that changed, came or went to the trash since then (by the store's clock), and of some that
        did so a little earlier, in the order of their ids."""
        ...

    def count(self) -> int:
        """How many conversations lie in no trash."""
        ...
