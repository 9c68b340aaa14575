"""What a person does to many conversations at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from asgiref.sync import sync_to_async
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chat.actions import conversations
from chat.policy.access import User, access_conversation
from chat.protocol import commands
from chat.protocol.errors import ChatError, map_store_errors
from conversations.models import Conversation
from conversations.settings import MOST_TAGS, Tags
from core.schemas import Name, Strict

MOST = 1_000


class Change(Strict):
    """What becomes of each. `folder` null: in none. Tags are added to, or taken from, those it has."""

    folder: Name | None = None
    pinned: bool | None = None
    archived: bool | None = None
    add_tags: Tags = []
    remove_tags: Tags = []


class Bulk(Strict):
    """Of the conversations in `ids`, or of all in the folder `all_in`."""

    ids: Annotated[list[commands.ConversationId], Field(max_length=MOST)] = []
    all_in: Name | None = None
    action: Literal["change", "trash", "restore"] = "change"
    change: Change = Change()

    @model_validator(mode="after")
    def one_choice(self) -> Self:
        if bool(self.ids) == (self.all_in is not None):
            raise PydanticCustomError("ids_or_folder", "give either ids or all_in")
        return self


@dataclass(slots=True)
class BulkOutcome:
    """`failed`: a sentence for each that stayed as it was."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


async def change_conversations(user: User, bulk: Bulk) -> BulkOutcome:
    """One that fails does not keep the others back."""
    do: dict[str, Callable[[str], Awaitable[object]]] = {
        "change": lambda conversation: change_one(user, conversation, bulk.change),
        "trash": lambda conversation: conversations.trash_conversation(user, conversation),
        "restore": lambda conversation: conversations.restore_conversation(user, conversation),
    }
    outcome = BulkOutcome()
    for conversation in await chosen_ids(user, bulk):
        try:
            with map_store_errors():
                await do[bulk.action](conversation)
        except ChatError as error:
            outcome.failed[conversation] = str(error.message)
        else:
            outcome.done.append(conversation)
    return outcome


async def chosen_ids(user: User, bulk: Bulk) -> Sequence[str]:
    if bulk.all_in is None:
        return list(dict.fromkeys(bulk.ids))
    there = Conversation.objects.filter(owner=user.owner_id, folder=bulk.all_in).order_by("pk")
    return await sync_to_async(lambda: list(there.values_list("pk", flat=True)))()


async def change_one(user: User, conversation: str, change: Change) -> None:
    room = await access_conversation(user, conversation)
    fields: dict[str, Any] = change.model_dump(include={"folder", "pinned", "archived"}, exclude_unset=True)
    if change.add_tags or change.remove_tags:
        known = room.file.tree.settings["tags"]
        tags = [tag for tag in known if tag not in change.remove_tags]
        fields["tags"] = list(dict.fromkeys([*tags, *change.add_tags]))[:MOST_TAGS]
    await conversations.change_settings(user, commands.Settings(conversation=conversation, **fields))
