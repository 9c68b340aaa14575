"""Answers are stopped: those of a conversation, to a message, or one."""

from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.actions.messages import NO_MESSAGE
from chat.actions.registry import handles
from chat.actions.turns import answers_to
from chat.engine import current_engine
from chat.policy.access import User, access_conversation
from chat.protocol import commands
from chat.protocol.errors import NotFoundError

NO_ANSWER = _("No such answer is being written.")


@handles(commands.Stop)
async def stop(user: User, command: commands.Stop) -> dict[str, Any]:
    """One answer, those to a message of a person, or all that stream. What has ended is stopped already."""
    room = await access_conversation(user, command.conversation)
    known = (None, *room.live)
    if command.message not in known and command.message not in room.file.tree.messages:
        raise NotFoundError(NO_MESSAGE)
    current_engine().stop(room, command.message)
    return {"conversation": room.id}


async def stop_answer(user: User, message: str) -> dict[str, Any]:
    """`stop`, by the id alone: of an answer, or of the message whose answers are to stop, in whichever
    process they are given. Raises NotFoundError where none is."""
    engine = current_engine()
    stopped: list[str] = []
    for conversation in sorted(await engine.find_answering(message, user.owner_id)):
        with suppress(NotFoundError):
            room = await access_conversation(user, conversation)
            # A journal outlives its answer by a moment.
            for answer in {message, *answers_to(room, message)}.intersection(room.live):
                engine.stop(room, answer)
                stopped.append(room.id)
    if not stopped:
        raise NotFoundError(NO_ANSWER)
    return {"conversation": stopped[0], "message": message}
