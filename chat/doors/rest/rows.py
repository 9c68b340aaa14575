"""The rows in which REST shows conversations and answers."""

import asyncio
from typing import Any

from chat.actions.sending import Sent
from chat.engine import current_engine
from chat.engine.room import Room
from chat.protocol.errors import NotFoundError
from conversations.index.indexing import row_of
from conversations.models import Conversation
from conversations.settings import LISTED
from conversations.tree import Tree
from core.times import timestamp


def conversation_row(row: Conversation) -> dict[str, Any]:
    return {
        "id": row.id,
        "created": timestamp(row.created),
        "updated": timestamp(row.updated),
        "models": row.models,
        "messages": row.message_count,
        **{name: getattr(row, name) for name in LISTED},
        "answering": current_engine().count_answering(row.id),
        "waiting": current_engine().count_waiting(row.id),
    }


async def conversation_json(room: Room) -> dict[str, Any]:
    """The row of the index, once it knows all that the file says, and what only the file says."""
    return {**conversation_row(await row_of_room(room)), **settings_of(room.file.tree)}


async def row_of_room(room: Room) -> Conversation:
    if room.temporary:
        return await asyncio.to_thread(row_of, room.file)
    await current_engine().index.wait_until_written()
    row = await Conversation.objects.filter(pk=room.id).afirst()
    if row is None:
        raise NotFoundError
    return row


def settings_of(tree: Tree) -> dict[str, Any]:
    """All of them as they are now, and where the conversation stands."""
    return {"dialogue": None, **tree.settings, "head": tree.head, "branches": tree.branches}


async def answered_json(sent: Sent) -> dict[str, Any]:
    """The records of all the answers, once the last has ended."""
    room, running = sent["room"], current_engine().answers
    await asyncio.gather(*(running[answer].ended.wait() for answer in sent["answers"] if answer in running))
    records = await asyncio.to_thread(room.file.stored_messages, sent["answers"])
    return {"conversation": room.id, "message": sent["message"], "answers": records}
