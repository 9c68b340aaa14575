"""Pictures that a model makes: each is kept before it is shown, and stands where it came."""

from collections.abc import Awaitable, Callable

from chat.engine.room import Room
from conversations.records import AttachmentPart

KeepPicture = Callable[[Room, int, bytes], Awaitable[AttachmentPart | None]]
"""The `number`th picture of an answer; None where it is none, or cannot be kept."""

MOST = 16
"""Of one answer."""
keepers: list[KeepPicture] = []
"""The one who keeps them. What stands above puts itself here (chat/apps.py)."""


class Pictures:
    """Keeps the pictures that the model of one answer makes."""

    def __init__(self, room: Room, answer: str) -> None:
        self._room = room
        self._answer = answer
        self._number = 0

    async def keep_picture(self, data: bytes) -> AttachmentPart | None:
        """Returns the part that shows the picture; None, and a note to the readers, where it could not be
        kept."""
        self._number += 1
        for keep in keepers if self._number <= MOST else ():
            if (part := await keep(self._room, self._number, data)) is not None:
                return part
        self._room.note("picture_lost", message=self._answer)
        return None
