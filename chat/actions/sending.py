"""A person's message is sent: it is stored once, with the beginnings of its answers, and its lanes asked."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol, TypedDict

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from chat.actions import auto
from chat.actions.asking import answer_headers, ask_lanes
from chat.actions.beginning import Created, create
from chat.actions.completion import run_to_completion
from chat.actions.conversations import sent_settings
from chat.actions.folder_choice import folder_records, refuse_other_folder
from chat.actions.lookups import look_up_together
from chat.actions.records import conversation_record, settings_record, title_of, user_message
from chat.actions.turns import answers_to, known_answers, see_answers, shown_answer
from chat.engine import current_engine
from chat.engine.away import try_until_back
from chat.engine.room import Room
from chat.policy import idempotency
from chat.policy.access import User, access_conversation, refuse_read_only
from chat.policy.model_refs import require_new
from chat.policy.quotas import refuse_files, refuse_longer_temporary_chat
from chat.policy.running import place_for_answers
from chat.policy.spending import check_budget
from chat.prompting import retrieval
from chat.prompting.attachments import attachment_parts
from chat.prompting.projects import inherited_settings
from chat.protocol import commands, lanes
from chat.protocol.errors import ConflictError, InvalidError, TooLargeError
from conversations.errors import MessageExistsError, OvertakenError
from conversations.records import AnswerHeader, AskedDocument, Part, Record, UserMessage
from conversations.settings import Lane, Settings, changed_settings, defaults
from conversations.store.conversation import Placed
from providers.catalogue.viewers import viewer_for
from providers.registry import default_model

OVERTAKEN = 5
"""How often a message looks anew for what it follows, where other processes go on posting."""


class Sent(TypedDict):
    """`posted`: the message is new. `began`: the first records, where it began a conversation."""

    room: Room
    message: str
    answers: list[str]
    posted: bool
    began: list[Placed]


class StoreMessage(Protocol):
    """Puts a message where it is kept, and the journals of its `answers`, in one step."""

    async def __call__(self, *, answers: Sequence[AnswerHeader]) -> Created: ...


@run_to_completion
async def send(user: User, command: commands.Send) -> Sent:
    """Posts a message once, however often it is sent with the same id, and asks the lanes. One that has an id
    waits for a database that is away for a moment."""
    if command.id is None:
        return await post(user, command)
    return await try_until_back(
        lambda: post(user, command), is_whole=lambda sent: sent["posted"] or sent["answers"]
    )


async def post(user: User, command: commands.Send) -> Sent:
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
    where = auto.Where(user.owner_id, folder=command.folder or "", tools=given.get("tools", False))
    first: list[Record] = [*folder_records(command.folder), message]
    store = partial(create, user, record, *first, temporary=temporary)
    return await store_and_ask(message, record["lanes"], where, command, store, temporary=temporary)


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
    overtaken = seen if patient and not chosen else None

    async def store(*, answers: Sequence[AnswerHeader]) -> Created:
        return Created(room, [], await current_engine().post(room, records, answers, after=overtaken))

    where = auto.place_in_room(room, message)
    beside = live.header["parent"] if live else None
    return await store_and_ask(message, row, where, command, store, temporary=room.temporary, beside=beside)


async def store_and_ask(
    message: UserMessage,
    row: Sequence[Lane],
    where: auto.Where,
    command: commands.Send,
    store: StoreMessage,
    *,
    temporary: bool,
    beside: str | None = None,
) -> Sent:
    """The message is stored with the beginnings of its answers in one step, then each lane of `row` is asked:
    once the answers to `beside` that still stream have ended."""
    async with place_for_answers(where.owner, len(row)):
        asked = await auto.choose_lanes(where, message, row, command.choices)
        headers = answer_headers(message, asked)
        async with current_engine().take_turn(temporary=temporary):
            room, began, journals = await store(answers=headers)
            after = answers_to(room, beside) if beside else []
            answers = await ask_lanes(room, message, asked, headers, journals, after=after)
    return {"room": room, "message": message["id"], "answers": answers, "posted": True, "began": began}


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


def new_settings(command: commands.Send, current: Settings, row: list[Lane]) -> Settings:
    """What the message changes in the conversation's settings."""
    return changed_settings({**sent_settings(command), "lanes": row}, current)
