"""All conversations of a person in one download."""

from typing import Annotated

from django.conf import settings
from django.http import StreamingHttpResponse
from ninja import Query, Router

from chat.attachments import store as attachments
from chat.engine import current_engine
from chat.rest.request import ApiRequest
from conversations.export import FormatName, Scope
from conversations.export.archive import documents, streamed, zipped
from conversations.models import Conversation
from conversations.store import FileStore

router = Router(tags=["conversations"])


@router.get("", response=None)
async def export_all(
    request: ApiRequest, name: Annotated[FormatName, Query(alias="format")] = "json", scope: Scope = "all"
) -> StreamingHttpResponse:
    """A zip of all conversations, archived ones too, each a document; with the attachments they link to."""
    await current_engine().index.settled()
    mine = Conversation.objects.filter(owner=request.auth.username).order_by("pk")
    ids = [conversation async for conversation in mine.values_list("pk", flat=True)]
    found = documents(FileStore(settings.DATA_DIR), ids, name, scope, failed=[])
    response = StreamingHttpResponse(streamed(zipped(found, attachments())), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="divan-conversations.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
