import asyncio
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from ninja import File, Router
from ninja.files import UploadedFile

from chat.engine import current_engine
from chat.errors import InvalidError, TooLargeError
from chat.rest.request import ApiRequest
from chat.rest.schemas import Imported
from conversations.importers import ImportRefusedError, Report, import_file

router = Router(tags=["conversations"])


@router.post("", response=Imported)
async def import_conversations(request: ApiRequest, file: File[UploadedFile], dry_run: bool = False) -> Any:
    """What ChatGPT, Claude, Open WebUI, LibreChat or Divan exported. Taken in once, however often it is sent;
    `dry_run` only counts."""
    if (file.size or 0) > settings.MAX_IMPORT_BYTES:
        raise TooLargeError
    await current_engine().index.settled()
    try:
        report = await asyncio.to_thread(take_in, file, request.auth.username, dry_run)
    except ImportRefusedError as error:
        raise InvalidError(str(error)) from error
    return {
        "conversations": report.conversations,
        "messages": report.messages,
        "attachments": report.attachments,
        "skipped": report.reasons(),
        "ids": report.ids,
    }


def take_in(file: UploadedFile, owner: str, dry_run: bool) -> Report:
    """The importer wants a path: what is streamed twice, or is a zip, cannot be read from a request."""
    with tempfile.NamedTemporaryFile(suffix=Path(file.name or "").suffix) as copy:
        for block in file.chunks():
            copy.write(block)
        copy.flush()
        return import_file(settings.DATA_DIR, Path(copy.name), owner, dry_run=dry_run)
