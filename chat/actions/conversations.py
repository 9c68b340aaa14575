"""Conversations are made, kept, removed and restored, and their settings changed."""

from typing import Any, cast

from chat.actions.beginning import create
from chat.actions.records import conversation_record, settings_record
from chat.actions.registry import handles
from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy.access import User, access_conversation, refuse_read_only
from chat.policy.model_refs import require_new
from chat.prompting import retrieval
from chat.prompting.projects import inherited_settings
from chat.protocol import commands, lanes
from conversations.settings import LISTED, SENT, Settings, changed_settings, defaults


async def make_conversation(user: User, asked: commands.Beginning) -> Room:
    """Makes a conversation that has no message yet."""
    await require_new(asked.lanes or [], [], user.owner_id)
    given = commands.asked_settings(asked, LISTED)
    inherited = await inherited_settings(user.owner_id, given.get("folder"))
    row = lanes.merge_lanes(asked.lanes, []) if asked.lanes else inherited.get("lanes", [])
    first: Settings = {**inherited, **sent_settings(asked), "lanes": row}
    record = conversation_record(user, given.pop("title", ""), first)
    if asked.title is not None:
        record["title_by"] = "person"
    place = changed_settings(given, defaults())
    more = [settings_record(place, by_person=True)] if place else []
    return (await create(user, record, *more, temporary=asked.temporary is True)).room


@handles(commands.Keep)
async def keep_conversation(user: User, command: commands.Keep) -> dict[str, Any]:
    """Keeping what is kept already changes nothing."""
    room = await access_conversation(user, command.conversation)
    async with room.command_lock:
        if room.temporary:
            await current_engine().keep_temporary(room)
    return {"conversation": room.id}


async def trash_conversation(user: User, conversation: str) -> None:
    room = await access_conversation(user, conversation)
    await current_engine().trash(room)


async def restore_conversation(user: User, conversation: str) -> Room:
    """Raises NotFoundError too for what is in the trash but somebody else's."""
    return await current_engine().restore(conversation, owner=user.owner_id)


@handles(commands.Settings)
async def change_settings(user: User, command: commands.Settings) -> dict[str, Any]:
    room = await access_conversation(user, command.conversation)
    refuse_read_only(room)
    given = commands.asked_settings(command)
    current = room.file.tree.settings
    if command.lanes is not None:
        await require_new(command.lanes, current["lanes"], user.owner_id)
        given["lanes"] = lanes.merge_lanes(command.lanes, current["lanes"])
    if changed := changed_settings(given, current):
        await room.append(settings_record(changed, by_person=True))
        if changed.get("rag"):
            retrieval.prepare_documents(room)
    return {"conversation": room.id}


def sent_settings(given: commands.Send | commands.Beginning) -> Settings:
    """Without the lanes. A temporary chat does without the memory, unless it is asked for."""
    said = {name: value for name, value in commands.asked_settings(given, SENT).items() if value is not None}
    return cast(Settings, {"memory": False, **said} if given.temporary else said)
