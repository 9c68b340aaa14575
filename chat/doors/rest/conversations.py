"""Conversations as resources: list, make, change, delete, restore, read, follow."""

import asyncio
from typing import Annotated, Any, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status

from chat.actions import branches, sending
from chat.actions import conversations as actions
from chat.actions.messages import NO_MESSAGE
from chat.doors import sse
from chat.doors.rest import rows
from chat.doors.rest.exports import export_room
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import ASKS, CHANGES, EVENTS, NAMES_MODELS, media_types
from chat.doors.rest.schemas import (
    Answered,
    ConversationList,
    ConversationOut,
    Messages,
    NewBranch,
    NewMessage,
)
from chat.engine import current_engine
from chat.engine.frames import make_frame, record_frame
from chat.engine.reader import Reader
from chat.policy.access import access_conversation
from chat.protocol import commands
from chat.protocol.errors import InvalidError, NotFoundError
from conversations.errors import InvalidCursorError
from conversations.export import FORMATS, FormatName, Scope
from conversations.listing import Filters, list_conversations
from providers.rest.schemas import ErrorOut

router = Router(tags=["conversations"])
MOST_IDS = 200
NOTHING = commands.Beginning()
EXPORTED = media_types(*(chosen.mime.partition(";")[0] for chosen in FORMATS.values()))
AnyCommand = TypeVar("AnyCommand", bound=commands.Command)


@router.get("", response=ConversationList)
async def conversations(
    request: ApiRequest,
    filters: Query[Filters],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
    q: str = "",
) -> Any:
    """Newest first, pinned before all; without archived ones, unless they are asked for.

    `next` is the cursor of the page after this one."""
    await current_engine().file_watch.wait_for_first_look()
    await current_engine().index.wait_until_written()
    try:
        page = await sync_to_async(list_conversations)(
            request.auth.owner_id,
            cursor=cursor or None,
            limit=limit,
            q=q,
            archived=bool(filters.archived),
            filters=filters,
        )
    except InvalidCursorError as error:
        raise InvalidError from error
    return {"conversations": [rows.conversation_row(row) for row in page.rows], "next": page.next}


@router.post("", response={201: ConversationOut, **CHANGES, **NAMES_MODELS})
async def make_conversation(request: ApiRequest, body: commands.Beginning = NOTHING) -> Any:
    """An empty conversation, to which messages can be posted."""
    room = await actions.make_conversation(request.auth, body)
    return Status(201, await rows.conversation_json(room))


@router.get("/{conversation}", response=ConversationOut)
async def conversation(request: ApiRequest, conversation: str) -> Any:
    return await rows.conversation_json(await access_conversation(request.auth, conversation))


@router.patch("/{conversation}", response={200: ConversationOut, **CHANGES})
async def change_conversation(request: ApiRequest, conversation: str, body: commands.Changes) -> Any:
    fields = body.model_dump(exclude_unset=True, by_alias=True)
    command = await command_on(request, conversation, commands.Settings, fields)
    await actions.change_settings(request.auth, command)
    return await rows.conversation_json(await access_conversation(request.auth, conversation))


@router.delete("/{conversation}", response={204: None, **CHANGES})
async def delete_conversation(request: ApiRequest, conversation: str) -> Any:
    """To the trash, from which it can be restored for 30 days. Answers that stream are stopped."""
    await actions.trash_conversation(request.auth, conversation)
    return Status(204, None)


@router.post("/{conversation}/restore", response={200: ConversationOut, **CHANGES})
async def restore_conversation(request: ApiRequest, conversation: str) -> Any:
    return await rows.conversation_json(await actions.restore_conversation(request.auth, conversation))


@router.get("/{conversation}/messages", response=Messages)
async def messages(
    request: ApiRequest,
    conversation: str,
    ids: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_IDS)] = 50,
    cursor: str = "",
) -> Any:
    """Whole messages by id (with commas between, or `ids` several times): those that a snapshot left out.
    Without `ids` those of the shown path from its beginning; `next` is the cursor of the page after this."""
    room = await access_conversation(request.auth, conversation)
    following = None
    if ids is None:
        asked, following = page_of(room.file.tree.path(), limit, cursor)
    else:
        asked = [message for message in ",".join(ids).split(",") if message][:MOST_IDS]
    found = await sync_to_async(room.file.stored_messages, thread_sensitive=False)(asked)
    if not found and asked:
        raise NotFoundError(NO_MESSAGE)
    return {"messages": found, "next": following}


def page_of(path: list[str], limit: int, cursor: str) -> tuple[list[str], str | None]:
    """`cursor`: the message before the page. Raises InvalidError where it is not on the path."""
    if cursor and cursor not in path:
        raise InvalidError(_("That page is not there any more: another branch is shown."))
    start = path.index(cursor) + 1 if cursor else 0
    page = path[start : start + limit]
    return page, page[-1] if start + limit < len(path) else None


@router.post(
    "/{conversation}/messages", response={200: Answered, 201: Answered, **ASKS}, openapi_extra=EVENTS
)
async def post_message(request: ApiRequest, conversation: str, body: NewMessage) -> Any:
    """`send`. With `stream`: Server-Sent Events until all lanes have ended; without, their records: 201, or
    200 where the message had been posted before."""
    fields = body.model_dump(exclude={"stream"}, exclude_unset=True, by_alias=True)
    command = await command_on(request, conversation, commands.Send, fields)
    if not body.stream:
        sent = await sending.send(request.auth, command)
        return Status(201 if sent["posted"] else 200, await rows.answered_json(sent))
    return await stream_answers(request.auth, command)


async def command_on(
    request: ApiRequest, conversation: str, kind: type[AnyCommand], fields: dict[str, Any]
) -> AnyCommand:
    """Raises NotFoundError for a conversation that is not there, before its id is looked at as a field."""
    await access_conversation(request.auth, conversation)
    return kind.model_validate({**fields, "conversation": conversation})


async def stream_answers(user: Any, command: commands.Send) -> StreamingHttpResponse:
    reader = Reader()
    sent = await sending.send(user, command)
    room, answers = sent["room"], sent["answers"]
    room.follow(reader, sent["began"])
    ack = make_frame(
        {"type": "ack", "ref": None, "conversation": room.id, "message": sent["message"], "answers": answers}
    )
    live = [answer for answer in answers if answer in room.live]
    ended = await asyncio.to_thread(room.file.stored_messages, set(answers).difference(live))
    for record in ended:
        reader.put(record_frame(room.id, record, room.file.size))
    waiting = [*live, *(record["id"] for record in ended)]
    return sse.sse_response(sse.until_answered(room, reader, ack, waiting))


@router.get("/{conversation}/events", response=None, openapi_extra=EVENTS)
async def events(request: ApiRequest, conversation: str) -> StreamingHttpResponse:
    """Server-Sent Events: a snapshot, then all that happens; `Last-Event-ID` goes on where it broke off."""
    cursor = request.headers.get("Last-Event-ID", "")
    room = await access_conversation(request.auth, conversation, to_show=not cursor)
    return sse.sse_response(sse.follow_room(room, cursor))


@router.post("/{conversation}/branches", response={201: dict[str, Any], **CHANGES})
async def make_branch(request: ApiRequest, conversation: str, body: NewBranch) -> Any:
    command = await command_on(request, conversation, commands.Branch, body.model_dump())
    return Status(201, await branches.branch(request.auth, command))


@router.get("/{conversation}/export", response={200: None, 413: ErrorOut}, openapi_extra=EXPORTED)
async def export_conversation(
    request: ApiRequest,
    conversation: str,
    name: Annotated[FormatName, Query(alias="format")] = "markdown",
    scope: Scope = "all",
) -> HttpResponse:
    """A download: markdown, html, json (lossless), jsonl (OpenAI's training form) or text; the whole tree or
    the shown path."""
    room = await access_conversation(request.auth, conversation)
    made = await export_room(room, name, scope)
    response = HttpResponse(made.data, content_type=made.mime)
    response["Content-Disposition"] = content_disposition_header(True, made.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response
