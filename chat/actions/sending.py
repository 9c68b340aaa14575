"""What a person may do, whichever way it was asked: over a WebSocket, REST or a command line.

Each takes the user and a parsed command, raises ChatError, and gives the fields of the `ack`.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypedDict, cast

from django.conf import settings as django_settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.actions import auto
from chat.actions.asking import answer_headers, ask_lanes
from chat.actions.beginning import create
from chat.actions.completion import run_to_completion
from chat.actions.folder_choice import folder_records, refuse_other_folder
from chat.actions.lookups import look_up_together
from chat.actions.records import conversation_record, settings_record, title_of, user_message
from chat.actions.registry import handles
from chat.actions.turns import answers_to, see_answers
from chat.engine import current_engine
from chat.engine.answers.plan import Plan
from chat.engine.room import Room
from chat.policy import idempotency
from chat.policy.access import User, access_conversation
from chat.policy.model_refs import require_new
from chat.policy.quotas import refuse_files, refuse_longer_temporary_chat
from chat.policy.running import place_for_answers
from chat.policy.spending import check_budget
from chat.prompting import retrieval
from chat.prompting.attachments import attachment_parts
from chat.prompting.projects import inherited_settings
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from conversations.errors import MessageExistsError, OvertakenError
from conversations.records import (
    AnswerHeader,
    AskedDocument,
    Part,
    Record,
)
from conversations.settings import LISTED, SENT, Lane, Settings, changed_settings, defaults
from conversations.store.conversation import Placed
from core.times import timestamp
from providers.catalogue.viewers import viewer_for
from providers.registry import default_model

NO_MESSAGE = _("There is no such message in this conversation.")
STILL_GIVEN = _("This answer is still being written.")
NO_ANSWER = _("No such answer is being written.")

OVERTAKEN = 5
"""How often a message looks anew for what it follows, where other processes go on posting."""


class Sent(TypedDict):
    """`posted`: the message is new. `began`: the first records, where it began a conversation."""

    room: Room
    message: str
    answers: list[str]
    posted: bool
    began: list[Placed]


@run_to_completion
async def send(user: User, command: commands.Send) -> Sent:
    """Posts a message once, however often it is sent with the same id, and asks the lanes."""
    parts = await message_parts(user, command.text, command.attachments)
    documents = await retrieval.find_documents(user.owner_id, command.documents)
    if command.conversation is None:
        return await begin_conversation(user, command, parts, documents)
    if command.temporary:
        raise InvalidError(_("Only a new conversation can be temporary."))
    room = await access_conversation(user, command.conversation)
    refuse_other_folder(room, command.folder)
    async with room.command_lock:
        if (known := await posted_before(room, command.id)) is not None:
            return known
        given: Settings = {**room.file.tree.settings, **sent_settings(command)}
        await look_up_together(user.owner_id, given, command.lanes or ())
        await check_budget(user, room)
        for _attempt in range(OVERTAKEN):
            try:
                return await post_message(room, command, parts, documents)
            except (MessageExistsError, OvertakenError):
                # Another process was sent the same, or another message, at the same moment.
                await room.catch_up()
                if (known := await posted_before(room, command.id)) is not None:
                    return known
        return await post_message(room, command, parts, documents, patient=False)


async def posted_before(room: Room, message: str | None) -> Sent | None:
    """Raises ConflictError where an answer has that id."""
    if message is None or (message not in room.file.tree.messages and message not in room.live):
        return None
    if room.file.tree.messages.get(message, {}).get("role") != "user":
        raise ConflictError(_("Another message of this conversation has that id."))
    await see_answers(room, message)
    answers = known_answers(room, message)
    return {"room": room, "message": message, "answers": answers, "posted": False, "began": []}


async def begin_conversation(
    user: User, command: commands.Send, parts: list[Part], documents: list[AskedDocument]
) -> Sent:
    if command.parent is not None:
        raise InvalidError(_("A new conversation has no message to follow."))
    end = idempotency.derive_ending(user, command)
    async with idempotency.begin_once(user, end, temporary=command.temporary is True) as room:
        known = None if room is None else await posted_before(room, command.id)
        return known or await begin(user, command, parts, documents, end)


async def begin(
    user: User, command: commands.Send, parts: list[Part], documents: list[AskedDocument], end: str
) -> Sent:
    inherited = await inherited_settings(user.owner_id, command.folder)
    given: Settings = {**inherited, **sent_settings(command)}
    await look_up_together(user.owner_id, given, command.lanes or ())
    await check_budget(user, folder=command.folder or "")
    known = inherited.get("lanes", []) if command.lanes is None else []
    row = await asked_lanes(command, known, user.owner_id)
    given["lanes"] = row
    title = title_of(command, parts)
    record = conversation_record(user, title, given, ending=end)
    message = user_message(command, None, parts, {**defaults(), **given}, documents)
    temporary = command.temporary is True
    if temporary:
        refuse_files(command.attachments)
    async with place_for_answers(user.owner_id, len(record["lanes"])):
        where = auto.Where(user.owner_id, folder=command.folder or "", tools=given.get("tools", False))
        asked = await auto.choose_lanes(where, message, record["lanes"], command.choices)
        headers = answer_headers(message, asked)
        first: list[Record] = [*folder_records(command.folder), message]
        async with current_engine().take_turn(temporary=temporary):
            room, began, journals = await create(user, record, *first, temporary=temporary, answers=headers)
            answers = await ask_lanes(room, message, asked, headers, journals)
    return {"room": room, "message": message["id"], "answers": answers, "posted": True, "began": began}


async def post_message(
    room: Room,
    command: commands.Send,
    parts: list[Part],
    documents: list[AskedDocument],
    *,
    patient: bool = True,
) -> Sent:
    """A message without a parent follows what is shown. Raises OvertakenError where `patient` and something
    else came in between."""
    refuse_read_only(room)
    if room.temporary:
        refuse_files(command.attachments)
        await refuse_longer_temporary_chat(room)
    tree = room.file.tree
    await see_answers(room, tree.head)
    seen, chosen = room.file.size, "parent" in command.model_fields_set
    parent = command.parent if chosen else shown_answer(room)
    live = room.live.get(parent or "")
    if parent is not None and live is None and tree.messages.get(parent, {}).get("role") != "assistant":
        raise InvalidError(_("A message follows an answer of this conversation."))
    known = tree.settings["lanes"]
    changed = new_settings(command, tree.settings, await asked_lanes(command, known, room.owner or ""))
    row = changed.get("lanes", known)
    if not tree.settings["title"] and tree.title_by is None and (title := title_of(command, parts)):
        changed["title"] = title
    message = user_message(command, parent, parts, {**tree.settings, **changed}, documents)
    records: list[Record] = [message]
    if changed:
        records.insert(0, settings_record(changed))
    async with place_for_answers(room.owner or "", len(row)):
        asked = await auto.choose_lanes(auto.place_in_room(room, message), message, row, command.choices)
        headers = answer_headers(message, asked)
        overtaken = seen if patient and not chosen else None
        async with current_engine().take_turn(temporary=room.temporary):
            journals = await current_engine().post(room, records, headers, after=overtaken)
            first = answers_to(room, live.header["parent"]) if live else []
            answers = await ask_lanes(room, message, asked, headers, journals, after=first)
    return {"room": room, "message": message["id"], "answers": answers, "posted": True, "began": []}


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


async def begin_answer(room: Room, plan: Plan) -> dict[str, Any]:
    refuse_read_only(room)
    async with place_for_answers(room.owner or "", 1):
        answers = await current_engine().begin(room, [plan], together=True, language=get_language())
    return {"conversation": room.id, "message": plan.header["id"], "answers": answers}


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


async def message_parts(user: User, text: str, attachments: Sequence[str]) -> list[Part]:
    """What a person says. Raises InvalidError where that is nothing, or an attachment is not theirs."""
    if len(text.encode()) > django_settings.MAX_TEXT_BYTES:
        raise TooLargeError(_("The message is too long."))
    parts: list[Part] = [{"type": "text", "text": text}] if text.strip() else []
    parts += await attachment_parts(user.owner_id, attachments)
    if not parts:
        raise InvalidError(_("There is nothing to send."))
    return parts


async def asked_lanes(command: commands.Send, known: list[Lane], owner: str) -> list[Lane]:
    row = known
    if command.lanes is not None:
        await require_new(command.lanes, known, owner)
        row = lanes.merge_lanes(command.lanes, known)
    elif not known:
        model = await default_model(viewer=await viewer_for(owner))
        row = lanes.merge_lanes([commands.Lane(model=model)], [])
    await auto.check_overruled(command.choices, row, owner)
    return row


def sent_settings(given: commands.Send | commands.Beginning) -> Settings:
    """Without the lanes. A temporary chat does without the memory, unless it is asked for."""
    said = {name: value for name, value in commands.asked_settings(given, SENT).items() if value is not None}
    return cast(Settings, {"memory": False, **said} if given.temporary else said)


def new_settings(command: commands.Send, current: Settings, row: list[Lane]) -> Settings:
    """What the message changes in the conversation's settings."""
    return changed_settings({**sent_settings(command), "lanes": row}, current)


def shown_answer(room: Room) -> str | None:
    """The answer that a message without a parent follows; where lanes still stream, that which goes on of
    them and of those that have ended."""
    tree = room.file.tree
    shown = tree.messages.get(tree.head or "")
    if shown is not None and (coming := coming_after(room, shown)):
        return min(coming, key=tree.rank)["id"]
    for message in reversed(tree.path()):
        if tree.messages[message]["role"] == "assistant":
            return message
    return None


def coming_after(room: Room, shown: Mapping[str, Any]) -> list[AnswerHeader]:
    """What streams and will be shown next, or instead."""
    asked = shown["id"] if shown["role"] == "user" else shown["parent"]
    coming = [room.live[answer].header for answer in answers_to(room, asked)]
    if shown["role"] == "user":
        return coming
    others = [header for header in coming if header["lane"] != shown["lane"]]
    return [header for header in others if room.file.tree.gives_way(header)]


def known_answers(room: Room, message: str) -> list[str]:
    tree = room.file.tree
    lane = {answer: tree.messages[answer].get("lane") for answer in tree.children(message)}
    lane |= {answer: room.live[answer].header["lane"] for answer in answers_to(room, message)}
    asked: list[str] = tree.messages[message].get("lanes", [])
    place = {name: number for number, name in enumerate(asked)}
    return sorted(lane, key=lambda answer: place.get(str(lane[answer]), len(place)))


async def known_message(user: User, conversation: str, message: str) -> Room:
    """Raises ConflictError where it is an answer that streams: it is no record yet."""
    room = await access_conversation(user, conversation)
    refuse_read_only(room)
    if message in room.live:
        raise ConflictError(STILL_GIVEN)
    if message not in room.file.tree.messages:
        raise NotFoundError(NO_MESSAGE)
    return room


def refuse_read_only(room: Room) -> None:
    if room.file.damaged is not None:
        raise ConflictError(_("The file of this conversation is damaged: it can be read, but not continued."))
