"""What a person asks of a dialogue: to begin, pause, go on, say or edit a line, give somebody the word."""

import asyncio
from typing import Any, cast

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.actions.completion import run_to_completion
from chat.actions.folder_choice import folder_records, refuse_other_folder
from chat.actions.messages import NO_MESSAGE, STILL_GIVEN
from chat.actions.records import conversation_record, settings_record
from chat.actions.registry import handles
from chat.actions.sending import message_parts
from chat.actions.turns import answers_to
from chat.dialogue.running import RunningDialogue, running, set_state, speaker_lanes
from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy import idempotency
from chat.policy.access import User, access_conversation, refuse_read_only
from chat.policy.model_refs import require_servers
from chat.policy.quotas import refuse_files
from chat.policy.spending import check_budget
from chat.prompting.attachments import attached_to
from chat.prompting.projects import inherited_settings
from chat.prompting.titles import title_from
from chat.protocol import commands
from chat.protocol.errors import ConflictError, InvalidError, NotFoundError
from chat.protocol.lanes import params_of
from conversations.errors import MessageExistsError
from conversations.ids import random_id
from conversations.records import Part, Record, UserMessage, unmeasured_timing
from conversations.settings import Dialogue, Lane, Settings
from core.times import timestamp


async def check_participants(user: User, command: commands.Dialogue) -> None:
    """Checks that each takes part once and that their servers exist. Raises InvalidError, NotFoundError."""
    names = [participant.name for participant in command.participants]
    if len({name.casefold() for name in names}) < len(names):
        raise InvalidError(_("Each participant needs a name of its own."))
    named = [participant.model for participant in command.participants]
    moderators = [] if command.moderator is None else [command.moderator]
    await require_servers([*named, *moderators], user.owner_id)


@handles(commands.Dialogue)
@run_to_completion
async def begin_dialogue(user: User, command: commands.Dialogue) -> dict[str, Any]:
    """A new conversation that is a dialogue, or an existing one that becomes one."""
    await check_participants(user, command)
    parts = await message_parts(user, command.opening, command.attachments)
    await check_budget(user, folder=command.folder or "")
    row = [lane_for(participant) for participant in command.participants]
    changed: Settings = {"lanes": row, "dialogue": setting_of(command, row)}
    if command.tools is not None:
        changed["tools"] = command.tools
    if command.web is not None:
        changed["web"] = command.web
    if command.conversation is None:
        inherited = await inherited_settings(user.owner_id, command.folder)
        end = idempotency.derive_ending(user, command)
        async with idempotency.begin_once(user, end) as known:
            if known is not None:
                return {"conversation": known.id, "message": command.id}
            first: Settings = {**inherited, **changed}
            record = conversation_record(user, title_from(command.opening), first, ending=end)
            opening = human_line(parts, None, command.id)
            room, _news = await current_engine().rooms.create(
                record, settings_record(changed), *folder_records(command.folder), opening
            )
    else:
        room = await access_conversation(user, command.conversation)
        refuse_other_folder(room, command.folder)
        async with room.command_lock:
            if command.id is not None and command.id in room.file.tree.messages:
                return {"conversation": room.id, "message": command.id}
            refuse_while_busy(room)
            if room.temporary:
                refuse_files(command.attachments)
            opening = human_line(parts, room.file.tree.head, command.id)
            try:
                await room.append(settings_record(changed), opening)
            except MessageExistsError:
                # Another process was asked the same at the same moment, and leads the dialogue.
                return {"conversation": room.id, "message": command.id}
            start_dialogue(room)
            return {"conversation": room.id, "message": opening["id"]}
    start_dialogue(room)
    return {"conversation": room.id, "message": opening["id"]}


@handles(commands.Direct)
@run_to_completion
async def direct_dialogue(user: User, command: commands.Direct) -> dict[str, Any]:
    room = await access_conversation(user, command.conversation)
    refuse_read_only(room)
    setting = room.file.tree.settings.get("dialogue")
    if setting is None:
        raise ConflictError(_("This conversation is no dialogue between models."))
    if command.action == "pause":
        # Whichever process leads the dialogue reads it in the file, after the line that is being spoken.
        if found := running.get(room.id):
            found.end_after_line()
        if setting["state"] == "running":
            await set_state(room, "paused")
        return {"conversation": room.id}
    if command.speaker is not None and command.speaker not in speaker_lanes(room):
        raise InvalidError(_("Nobody of that name takes part."))
    if room.temporary:
        refuse_files(command.attachments)
    said = await parts_said(user, room, command)
    if len(speaker_lanes(room)) < commands.LEAST_PARTICIPANTS:
        raise ConflictError(_("A dialogue needs two models that take part."))
    await check_budget(user, room)
    if goes_back(command):
        await end_dialogue(room)
    async with room.command_lock:
        return {"conversation": room.id, **await follow_command(room, command, said)}


def goes_back(command: commands.Direct) -> bool:
    """Whether it goes on from an earlier line."""
    return command.action == "edit" or command.parent is not None


async def parts_said(user: User, room: Room, command: commands.Direct) -> list[Part]:
    """Of a person's line, said or edited; one that is edited keeps what is attached to it."""
    if command.action == "say":
        return await message_parts(user, command.text, command.attachments)
    if command.action != "edit":
        return []
    if command.message not in room.file.tree.messages:
        raise NotFoundError(NO_MESSAGE)
    [known] = await asyncio.to_thread(room.file.messages, [command.message])
    return [*await message_parts(user, command.text, []), *attached_to(known["parts"])]


async def follow_command(room: Room, command: commands.Direct, said: list[Part]) -> dict[str, str]:
    """What a person says stands after the line that is being said, and is kept at once. Run under the
    room's `commands`."""
    done: dict[str, str] = {}
    if command.id is not None and command.id in room.file.tree.messages:
        return {"message": command.id}
    if room.id not in running or goes_back(command):
        refuse_while_busy(room)
    await show_message(room, command.parent)
    if command.action == "say":
        line = human_line(said, last_line(room), command.id)
        await room.append(line)
        done["message"] = line["id"]
    if command.action == "edit" and command.message is not None:
        done["message"] = await write_anew(room, command.message, said)
    await resume_dialogue(room, command.speaker)
    return done


async def resume_dialogue(room: Room, speaker: str | None) -> None:
    found = running.get(room.id)
    if found is not None and found.give_turn_to(speaker):
        await set_state(room, "running")
        return
    if found is not None:
        await found.ended.wait()
    await set_state(room, "running")
    start_dialogue(room, speaker)


def last_line(room: Room) -> str | None:
    """The line that is being said, if nothing has been said after it yet."""
    head = room.file.tree.head
    return next(iter(answers_to(room, head)), head)


async def write_anew(room: Room, message: str, said: list[Part]) -> str:
    """Puts a line beside `message`, in the same voice but with a person's words, and shows it."""
    header = room.file.tree.messages[message]
    line: dict[str, Any] = {**human_line(said, header["parent"], None), "edited": message}
    if header["role"] == "assistant":
        line |= {name: header[name] for name in ("role", "lane", "model", "speaker") if name in header}
        line |= {"status": "complete", **unmeasured_timing(), "cost": {"usd": 0.0, "source": "free"}}
        del line["lanes"]
    head: Record = {"type": "head", "at": timestamp(), "message": line["id"]}
    await room.append(cast(Record, line), head)
    return str(line["id"])


async def pause_if_abandoned(room: Room) -> None:
    """A dialogue whose process died is not running, whatever its file says: a person may let it go on."""
    setting = room.file.tree.settings.get("dialogue")
    if setting is None or setting["state"] != "running" or room.id in running or room.file.damaged:
        return
    if not await asyncio.to_thread(current_engine().store.is_led, room.id):
        await set_state(room, "paused")


def start_dialogue(room: Room, speaker: str | None = None) -> None:
    found = running[room.id] = RunningDialogue(room, get_language(), speaker)
    current_engine().spawn(found.run())


async def end_dialogue(room: Room) -> None:
    """Ends the line that is being said, which is on the way that is left, and the dialogue with it."""
    if (found := running.get(room.id)) is not None:
        found.end_after_line()
        async with room.command_lock:
            current_engine().stop(room, None)
        await found.ended.wait()


def refuse_while_busy(room: Room) -> None:
    refuse_read_only(room)
    if room.live or room.id in running:
        raise ConflictError(STILL_GIVEN)


async def show_message(room: Room, message: str | None) -> None:
    if message is None or message == room.file.tree.head:
        return
    if message not in room.file.tree.messages:
        raise InvalidError(_("There is no such message in this conversation."))
    await room.append({"type": "head", "at": timestamp(), "message": message})


def lane_for(participant: commands.Participant) -> Lane:
    params = {} if participant.params is None else params_of(participant.params)
    return {
        "id": random_id(8),
        "model": participant.model,
        "role": "secondary",
        "system": participant.system,
        "params": params,
    }


def setting_of(command: commands.Dialogue, row: list[Lane]) -> Dialogue:
    return {
        "participants": [
            {"lane": lane["id"], "name": participant.name}
            for lane, participant in zip(row, command.participants, strict=True)
        ],
        "turn_policy": command.turn_policy,
        "moderator": command.moderator or row[0]["model"],
        "limits": command.limits.model_dump(),
        "state": "running",
    }


def human_line(parts: list[Part], parent: str | None, message: str | None) -> UserMessage:
    return {
        "type": "message",
        "at": timestamp(),
        "id": message or random_id(),
        "parent": parent,
        "role": "user",
        "parts": parts,
        "lanes": [],
    }
