"""What a person says of answers: of one alone, or of several to the same message."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from chat.actions.messages import known_message
from chat.actions.registry import handles
from chat.policy.access import User
from chat.protocol import commands
from chat.protocol.errors import InvalidError
from conversations.blind import was_revealed
from conversations.records import VoteRecord
from conversations.votes import COMPARISONS, compared_with, compares
from core.times import timestamp
from providers.suggestions.experience import forget_experience


@handles(commands.Vote)
async def vote(user: User, command: commands.Vote) -> dict[str, Any]:
    """On one answer alone (`value`), or against others to the same message."""
    room = await known_message(user, command.conversation, command.message)
    said = command.model_dump(include={"value", *COMPARISONS}, exclude_none=True)
    if len(said) != 1:
        raise InvalidError(
            _("A vote has either a value, or the answers it was preferred over, ties with or is as bad as.")
        )
    tree = room.file.tree
    others = set(tree.siblings(command.message)) - {command.message}
    if not others.issuperset(compared_with(said)):
        raise InvalidError(_("An answer can only be compared with others to the same message."))
    if compares(said) and was_revealed(tree, command.message):
        said["revealed"] = True
    record = {"type": "vote", "at": timestamp(), "message": command.message, **said}
    await room.append(cast(VoteRecord, record))
    forget_experience(user.owner_id)
    return {"conversation": room.id, "message": command.message}
