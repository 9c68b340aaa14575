"""The only way to a conversation: by its id and whose it is. What is somebody else's is not found."""

from typing import Protocol

from chat.engine import current_engine
from chat.engine.room import Room
from chat.errors import NotFoundError, store_errors_told


class User(Protocol):
    @property
    def username(self) -> str: ...


async def access_conversation(user: User, conversation: str) -> Room:
    with store_errors_told():
        room = await current_engine().room(conversation)
    if room.owner != user.username:
        raise NotFoundError
    return room
