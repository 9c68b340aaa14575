"""A message of a conversation is found, or deleted."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.actions.registry import handles
from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy.access import User, access_conversation, refuse_read_only
from chat.protocol import commands
from chat.protocol.errors import ConflictError, NotFoundError
from core.times import timestamp

NO_MESSAGE = _("There is no such message in this conversation.")
STILL_GIVEN = _("This answer is still being written.")


async def known_message(user: User, conversation: str, message: str) -> Room:
    """Raises ConflictError where it is an answer that streams: it is no record yet."""
    room = await access_conversation(user, conversation)
    refuse_read_only(room)
    if message in room.live:
        raise ConflictError(STILL_GIVEN)
    if message not in room.file.tree.messages:
        raise NotFoundError(NO_MESSAGE)
    return room


@handles(commands.Delete)
async def delete(user: User, command: commands.Delete) -> dict[str, Any]:
    """Hides a message and what hangs below it; answers that stream there are stopped first."""
    room = await known_message(user, command.conversation, command.message)
    tree = room.file.tree
    below = tree.subtree(command.message)
    for live in list(room.live.values()):
        if live.header["parent"] in below:
            # What was sent while it streams hangs below it, and waits for it.
            below |= tree.subtree(live.header["id"])
            current_engine().stop(room, live.header["id"])
    await room.append({"type": "delete", "at": timestamp(), "message": command.message})
    return {"conversation": room.id, "message": command.message}
