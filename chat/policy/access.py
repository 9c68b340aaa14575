"""The only way to a conversation: by its id and whose it is. What is somebody else's is not found."""

from channels.db import database_sync_to_async
from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.engine.room import Room
from chat.protocol.errors import ConflictError, NotFoundError, map_store_errors
from conversations.models import Conversation
from core.owners import Person

User = Person


async def access_file(user: User, conversation: str) -> Room:
    """For what makes something lasting of it. Raises ConflictError where it is temporary."""
    room = await access_conversation(user, conversation)
    if room.temporary:
        raise ConflictError(_("This chat is temporary. Keep it first."))
    return room


async def access_conversation(user: User, conversation: str, *, to_show: bool = False) -> Room:
    """`to_show`: a reader of it is opened next."""
    with map_store_errors():
        room = await current_engine().rooms.open(conversation, to_show=to_show)
    if (room.owner or await last_known_owner(room)) != user.owner_id:
        raise NotFoundError
    return room


async def last_known_owner(room: Room) -> str | None:
    """Whose it was while its file still said so."""
    owners = Conversation.objects.filter(pk=room.id).values_list("owner", flat=True)
    found: str | None = await database_sync_to_async(owners.first, thread_sensitive=False)()
    return found


def refuse_read_only(room: Room) -> None:
    if room.file.damaged is not None:
        raise ConflictError(_("The file of this conversation is damaged: it can be read, but not continued."))
