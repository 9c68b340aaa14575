from collections.abc import AsyncIterator
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile

from chat.actions import imports
from chat.doors import sse
from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import EVENTS
from chat.doors.rest.schemas import Imported
from chat.engine import current_engine
from conversations.importers import ImportReport

router = Router(tags=["conversations"])


@router.post("", response=Imported)
async def import_conversations(request: ApiRequest, file: File[UploadedFile], dry_run: bool = False) -> Any:
    """What ChatGPT, Claude, Open WebUI, LibreChat or Divan exported. Taken in once, however often it is sent.
    `dry_run` only counts; the file is kept for an hour as `upload`, so that it need not be sent again."""
    owner = request.auth.owner_id
    upload = await sync_to_async(imports.keep_upload, thread_sensitive=False)(owner, file)
    await current_engine().index.wait_until_written()
    if dry_run:
        counted = await sync_to_async(imports.count_conversations, thread_sensitive=False)(owner, upload)
        return {**imports.report_fields(counted), "upload": upload}
    return imports.report_fields(
        await sync_to_async(imports.import_upload, thread_sensitive=False)(owner, upload, ImportReport())
    )


@router.post("/{upload}", response=None, openapi_extra=EVENTS)
async def import_upload(request: ApiRequest, upload: str) -> StreamingHttpResponse:
    """Takes in what was counted. Server-Sent Events: `progress` with the `conversations` so far, at the end
    `imported` with the report, or `error`. Leaving does not stop it, DELETE does: what was taken in stays."""
    await sync_to_async(imports.find_upload, thread_sensitive=False)(request.auth.owner_id, upload)
    await current_engine().index.wait_until_written()
    return sse.sse_response(import_events(request.auth.owner_id, upload))


async def import_events(owner: str, upload: str) -> AsyncIterator[bytes]:
    async for event in imports.import_events(owner, upload):
        yield b"data: %s\n\n" % orjson.dumps(event)


@router.delete("/{upload}", response={204: None})
async def forget_upload(request: ApiRequest, upload: str) -> Any:
    """Withdraws an upload, or stops it where it is being taken in."""
    await sync_to_async(imports.forget_upload, thread_sensitive=False)(request.auth.owner_id, upload)
    return Status(204, None)
