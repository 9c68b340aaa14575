"""What happens in this process, told to the others that serve the same conversations.

A `Room` and the list of conversations tell it whether there are others or not: `NoPeers` stands where there
are none; `peers/redis_broadcast.py` where there is a REDIS_URL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from chat.engine.frames import Frame
from conversations.store.conversation import Placed


@dataclass(frozen=True, slots=True)
class Approval:
    """`message`: the answer that made the `calls` (ids)."""

    conversation: str
    message: str
    calls: Sequence[str]
    decision: Literal["allow", "always", "deny"]


class Broadcast(Protocol):
    """Nothing but `follow`, `look` and `find_answering` waits, and no failure of theirs is raised: files and
    journals are the truth, and what did not arrive is found by looking."""

    @property
    def alone(self) -> bool:
        """Whether no other process serves these conversations."""

    async def follow(self, conversation: str) -> None:
        """From now on its room, where it is open, shows what other processes answer in it, for as long as it
        `needs_other_processes`."""

    def begin_to_follow(self, conversation: str) -> None:
        """As `follow`, which is done a little later."""

    async def look(self, conversation: str) -> None:
        """Returns once its room, where it is open, knows what other processes answer in it."""

    def send_frame(self, conversation: str, frame: Frame) -> None:
        """Sends a frame to the readers of other processes."""

    def send_records(self, conversation: str, place: tuple[str, int], placed: Sequence[Placed]) -> None:
        """Sends what was just appended, for `take_told` of a ConversationFile, to where it is followed."""

    def send_activity(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        """Says that the file has grown, or that its row of the owner's list has changed."""

    def send_stop(self, conversation: str, message: str | None) -> None:
        """The answer is to end, or the answers to that message, or all that stream in the conversation now,
        whichever process gives them."""

    def send_approval(self, approval: Approval) -> None:
        """What a person said of calls, for the process that gives the answer which waits for it."""

    async def find_answering(self, message: str) -> dict[str, set[str]]:
        """Conversations in which the answer of that id is given, or answers to the message of that id: these,
        in whichever process."""

    async def aclose(self) -> None: ...


class NoPeers:
    """One process alone: there is nobody to tell."""

    alone = True

    async def follow(self, conversation: str) -> None:
        pass

    def begin_to_follow(self, conversation: str) -> None:
        pass

    async def look(self, conversation: str) -> None:
        pass

    def send_frame(self, conversation: str, frame: Frame) -> None:
        pass

    def send_records(self, conversation: str, place: tuple[str, int], placed: Sequence[Placed]) -> None:
        pass

    def send_activity(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        pass

    def send_stop(self, conversation: str, message: str | None) -> None:
        pass

    def send_approval(self, approval: Approval) -> None:
        pass

    async def find_answering(self, message: str) -> dict[str, set[str]]:
        return {}

    async def aclose(self) -> None:
        pass
