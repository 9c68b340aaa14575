"""A conversation begins, within what its owner may keep."""

from chat.engine import current_engine
from chat.engine.room import Placed, Room
from chat.policy.access import User
from chat.policy.quotas import beginning_temporary_chat
from conversations.records import ConversationRecord, Record


async def create(
    user: User, record: ConversationRecord, *more: Record, temporary: bool
) -> tuple[Room, list[Placed]]:
    """A new conversation, with its first records. Raises ConflictError where it is one temporary chat too
    many."""
    rooms = current_engine().rooms
    if not temporary:
        return await rooms.create(record, *more)
    async with beginning_temporary_chat(user.owner_id):
        return await rooms.create(record, *more, temporary=True)
