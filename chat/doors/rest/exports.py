"""Many conversations of a person in one download."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import StreamingHttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import media_types
from chat.engine import current_engine
from chat.engine.room import Room
from chat.prompting.attachments import attachment_store as attachments
from chat.protocol.commands import ConversationId
from chat.protocol.errors import NotFoundError, RateLimitedError, TooLargeError
from conversations.export import ExportDocument, FormatName, Scope
from conversations.export.archive import export_documents, stream_archive, zip_documents
from conversations.export.child_process import ExportRefusedError, ExportsBusyError, export_in_child
from conversations.models import Conversation, Response
from conversations.search import Filters
from core.schemas import Strict
from providers.rest.schemas import ErrorOut

router = Router(tags=["conversations"])
MOST = 1_000
RETRY_S = 10.0
ZIP = "application/zip"


TrainingKind = Literal["preferences", "liked"]


class TrainingCount(Schema):
    """`failed`: conversations that could not be read, or not wholly, and why."""

    rows: int
    conversations: int
    failed: list[str]


class Chosen(Strict):
    ids: Annotated[list[ConversationId], Field(min_length=1, max_length=MOST)]
    format: FormatName = "json"
    scope: Scope = "all"


@router.get("", response=None, openapi_extra=media_types(ZIP))
async def export_all(
    request: ApiRequest,
    filters: Query[Filters],
    name: Annotated[FormatName, Query(alias="format")] = "json",
    scope: Scope = "all",
) -> StreamingHttpResponse:
    """A zip of all conversations, or of those that the filters leave: each a document, and the attachments
    that they link to."""
    ids = await owned_ids(request, lambda: filters.narrow(Conversation.objects.all()))
    return download_response(ids, name, scope)


@router.get(
    "/training",
    response={200: TrainingCount},
    openapi_extra=media_types("application/json", "application/jsonl"),
)
async def export_for_training(
    request: ApiRequest, filters: Query[Filters], kind: TrainingKind = "preferences", dry_run: bool = False
) -> Any:
    """One file of lines: `preferences` (`prompt`, `chosen`, `rejected`) from comparisons that somebody won,
    or `liked` (`messages`) from answers that were liked. With `dry_run` only how many lines."""
    ids = await owned_ids(request, lambda: with_judgements(filters.narrow(Conversation.objects.all()), kind))
    failed: list[str] = []
    found = export_documents(settings.DATA_DIR, ids, kind, "all", failed=failed, export=export_in_child)
    if dry_run:
        count = sync_to_async(lambda: sum(one.data.count(b"\n") for one in found), thread_sensitive=False)
        return {"rows": await count(), "conversations": len(ids), "failed": failed}
    lines = stream_archive(document.data for document in found if document.data)
    response = StreamingHttpResponse(lines, content_type="application/jsonl")
    response["Content-Disposition"] = f'attachment; filename="divan-{kind}.jsonl"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def with_judgements(rows: QuerySet[Conversation], kind: TrainingKind) -> QuerySet[Conversation]:
    """Those in which a vote of that kind stands."""
    said = Q(preferred_over__isnull=False) if kind == "preferences" else Q(vote=1)
    return rows.filter(Exists(Response.objects.filter(said, conversation=OuterRef("pk"))))


@router.post("", response={200: None, 404: ErrorOut}, openapi_extra=media_types(ZIP))
async def export_chosen(request: ApiRequest, body: Chosen) -> StreamingHttpResponse:
    """The same of some; 404 where one of them is not there."""
    ids = await owned_ids(request, lambda: Conversation.objects.filter(pk__in=body.ids))
    if len(ids) < len(set(body.ids)):
        raise NotFoundError
    return download_response(ids, body.format, body.scope)


async def export_room(room: Room, name: FormatName, scope: Scope) -> ExportDocument:
    """Counts the request and makes the document. Raises TooLargeError, RateLimitedError."""
    records = await asyncio.to_thread(room.file.lines) if room.temporary else ()
    # Unlike asyncio.to_thread it takes the reader's language along.
    export = sync_to_async(export_in_child, thread_sensitive=False)
    try:
        return (await export(settings.DATA_DIR, room.id, name, scope, records=records)).document
    except ExportsBusyError as error:
        raise RateLimitedError(str(error), retry_after=RETRY_S) from error
    except ExportRefusedError as error:
        raise TooLargeError(str(error)) from error


async def owned_ids(request: ApiRequest, choose: Callable[[], QuerySet[Conversation]]) -> list[str]:
    """`choose` may ask the database already, for what its filters mean."""
    await current_engine().index.wait_until_written()

    def read() -> list[str]:
        mine = choose().filter(owner=request.auth.owner_id).order_by("pk")
        return list(mine.values_list("pk", flat=True))

    found: list[str] = await database_sync_to_async(read, thread_sensitive=False)()
    return found


def download_response(ids: Sequence[str], name: FormatName, scope: Scope) -> StreamingHttpResponse:
    failed: list[str] = []
    found = export_documents(settings.DATA_DIR, ids, name, scope, failed=failed, export=export_in_child)
    response = StreamingHttpResponse(
        stream_archive(zip_documents(found, attachments(), failed)), content_type=ZIP
    )
    response["Content-Disposition"] = 'attachment; filename="divan-conversations.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
