"""Exports that a person uploaded: kept while they look at what would be imported, so that a large one is
sent once. Each person has one at most; it goes when it has been imported, or an hour later."""

import asyncio
import hashlib
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from chat.errors import ChatError, InvalidError, NotFoundError, TooLargeError, store_errors_told
from conversations import disk
from conversations.errors import StorageError
from conversations.importers import ImportRefusedError, Report, import_file

logger = logging.getLogger(__name__)

KEPT = 3600.0
STEP = 0.3
"""Seconds between two reports of how far an import is."""

_UPLOAD = re.compile(r"[A-Za-z0-9_-]{22}")


def keep(owner: str, file: "UploadedFile[Any]") -> str:
    """The upload's id. Raises TooLargeError, ChatError."""
    if (file.size or 0) > settings.MAX_IMPORT_BYTES:
        raise TooLargeError
    upload = secrets.token_urlsafe(16)
    path = _path(owner, upload)
    with store_errors_told():
        try:
            _make_room(path.parent, owner)
            path.touch(disk.FILE_MODE, exist_ok=False)
            with path.open("wb") as copy:
                for block in file.chunks():
                    copy.write(block)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StorageError from error
    return upload


def forget(owner: str, upload: str) -> None:
    """Raises NotFoundError."""
    find(owner, upload).unlink(missing_ok=True)


def count(owner: str, upload: str) -> Report:
    """What would be imported; the upload stays. Raises NotFoundError, and InvalidError where it cannot be
    read."""
    return _import(find(owner, upload), owner, Report(), dry_run=True)


def take_in(owner: str, upload: str, report: Report) -> Report:
    """Fills the report on its way; then the upload is gone. Raises as `count` does."""
    path = find(owner, upload)
    try:
        return _import(path, owner, report, dry_run=False)
    finally:
        path.unlink(missing_ok=True)


async def taking_in(owner: str, upload: str) -> AsyncIterator[dict[str, Any]]:
    """The import as events: how far it is; at the end its report, or why it failed. It goes on when nobody
    listens any more."""
    report = Report()
    # Unlike asyncio.to_thread it takes the reader's language along.
    run = asyncio.create_task(sync_to_async(take_in, thread_sensitive=False)(owner, upload, report))
    while not run.done():
        await asyncio.wait({run}, timeout=STEP)
        yield {"type": "progress", "conversations": report.conversations}
    try:
        yield {"type": "imported", **reported(await run)}
    except ChatError as error:
        yield failure(error)
    except Exception:
        logger.exception("an import failed")
        yield failure(ChatError())


def failure(error: ChatError) -> dict[str, Any]:
    return {"type": "error", "code": error.code, "message": str(error.message), "retryable": error.retryable}


def reported(report: Report) -> dict[str, Any]:
    return {
        "conversations": report.conversations,
        "messages": report.messages,
        "attachments": report.attachments,
        "skipped": report.reasons(),
        "ids": report.ids,
    }


def _import(path: Path, owner: str, report: Report, *, dry_run: bool) -> Report:
    try:
        with store_errors_told():
            return import_file(settings.DATA_DIR, path, owner, dry_run=dry_run, report=report)
    except ImportRefusedError as error:
        raise InvalidError(str(error)) from error


def find(owner: str, upload: str) -> Path:
    """Raises NotFoundError, also for what somebody else uploaded."""
    path = _path(owner, upload)
    if not _UPLOAD.fullmatch(upload) or not path.is_file():
        raise NotFoundError(_("This upload is not there any more. Choose the file again."))
    return path


def _path(owner: str, upload: str) -> Path:
    return Path(settings.DATA_DIR) / "imports" / f"{_prefix(owner)}{upload}"


def _prefix(owner: str) -> str:
    return f"{hashlib.sha256(owner.encode()).hexdigest()[:16]}-"


def _make_room(folder: Path, owner: str) -> None:
    folder.mkdir(disk.FOLDER_MODE, parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name.startswith(_prefix(owner)) or path.stat().st_mtime < time.time() - KEPT:
            path.unlink(missing_ok=True)
