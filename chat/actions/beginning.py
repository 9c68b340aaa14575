"""A conversation begins, within what its owner may keep."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy.access import User
from chat.policy.quotas import beginning_temporary_chat
from conversations.records import AnswerHeader, ConversationRecord, Record
from conversations.store.base import Journal
from conversations.store.conversation import Placed


class Created(NamedTuple):
    """`records`: its first. `journals`: of the answers that follow."""

    room: Room
    records: list[Placed]
    journals: Sequence[Journal] = ()


async def create(
    user: User,
    record: ConversationRecord,
    *more: Record,
    temporary: bool,
    answers: Sequence[AnswerHeader] = (),
) -> Created:
    """A new conversation, with its first records and, unless it is temporary, the journals of the `answers`
    to them, all in one step. Raises ConflictError where it is one temporary chat too many."""
    engine = current_engine()
    if not temporary:
        begin = partial(engine.begin_journals, record["id"], answers)
        return Created(*await engine.rooms.create_then(record, more, begin))
    async with beginning_temporary_chat(user.owner_id):
        return Created(*await engine.rooms.create(record, *more, temporary=True))
