"""What a person says of the calls of tools for which an answer waits."""

import asyncio
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.actions.messages import NO_MESSAGE
from chat.actions.registry import handles
from chat.engine import current_engine
from chat.engine.broadcast import Approval
from chat.engine.room import Room
from chat.policy.access import User, access_conversation
from chat.protocol import commands
from chat.protocol.errors import NotFoundError
from conversations.records import Part
from conversations.shapes import parts_of

NO_CALL = _("This answer has made no such call.")


@handles(commands.Approve)
async def approve(user: User, command: commands.Approve) -> dict[str, Any]:
    """What was decided already, or is over, stays as it is. Raises NotFoundError where one of the calls is
    none of that answer; then nothing is decided."""
    room = await access_conversation(user, command.conversation)
    async with room.following_other_processes():
        parts = await parts_so_far(room, command.message)
    made = {part["id"]: part for part in parts if part["type"] == "tool_call"}
    if not made.keys() >= set(command.calls):
        raise NotFoundError(NO_CALL)
    if command.decision == "always":
        await allow_always(user, {made[call]["name"] for call in command.calls})
    approval = Approval(room.id, command.message, command.calls, command.decision)
    current_engine().approve(approval)
    return {"conversation": room.id, "message": command.message}


async def allow_always(user: User, names: Iterable[str]) -> None:
    """These tools need not ask this person again."""
    from chat.tools.catalogue import find_tool
    from chat.tools.policy import set_policy

    for name in names:
        if (tool := await find_tool(user.owner_id, name)) is not None and tool.policy == "ask":
            await set_policy(user.owner_id, tool, "allow")


async def parts_so_far(room: Room, answer: str) -> list[Part]:
    """Raises NotFoundError where there is no such answer."""
    if (live := room.live.get(answer)) is not None:
        return live.parts()
    if room.file.tree.messages.get(answer, {}).get("role") != "assistant":
        raise NotFoundError(NO_MESSAGE)
    (record,) = await asyncio.to_thread(room.file.messages, [answer])
    return list(parts_of(record))
