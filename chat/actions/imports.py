"""Exports that a person uploaded: kept while they look at what would be imported, so that a large one is
sent once. Each person has one at most; it goes when it has been imported, or an hour later. While it is taken
in it has another name, and a file beside it says, in whichever process, that this is to stop."""

import asyncio
import hashlib
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from chat.protocol.errors import ChatError, InvalidError, NotFoundError, TooLargeError, map_store_errors
from conversations.errors import StorageError
from conversations.importers import ImportRefusedError, ImportReport
from conversations.importers.child_process import import_in_child
from core import disk
from core.originals import handoff
from core.originals.base import OriginalsAwayError

logger = logging.getLogger(__name__)

KEPT = 3600.0
RUNNING = ".running"
STOP = ".stop"
LEFT_S = 86_400.0
"""Of an import whose process died, the file goes later: it may have taken long."""
NAMED = 100
"""At most so many of what could not be taken, and of what was mended, are named."""
STEP = 0.3
"""Seconds between two reports of how far an import is."""

_UPLOAD = re.compile(r"[A-Za-z0-9_-]{22}")


def keep_upload(owner: str, file: "UploadedFile[Any]") -> str:
    """Keeps what was uploaded and gives its id. Raises TooLargeError, ChatError."""
    if (file.size or 0) > settings.MAX_IMPORT_BYTES:
        raise TooLargeError
    upload = secrets.token_urlsafe(16)
    path = _path(owner, upload)
    with map_store_errors(), _told():
        try:
            _make_room(path.parent, owner)
            path.touch(disk.FILE_MODE, exist_ok=False)
            with path.open("wb") as copy:
                for block in file.chunks():
                    copy.write(block)
            handoff.publish_file(_name(path), path)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return upload


def forget_upload(owner: str, upload: str) -> None:
    """One that is being taken in stops before the next conversation. Raises NotFoundError."""
    with map_store_errors(), _told():
        try:
            path = find_upload(owner, upload)
            handoff.claim_file(_name(path))
            path.unlink(missing_ok=True)
        except NotFoundError:
            running, stop = _path(owner, upload, RUNNING), _path(owner, upload, STOP)
            if not _UPLOAD.fullmatch(upload):
                raise
            if handoff.is_marked(_name(running)):
                handoff.set_mark(_name(stop))
            elif not running.is_file():
                raise
            else:
                stop.touch(disk.FILE_MODE)


def forget_uploads(owner: str) -> None:
    """Removes what this person uploaded and did not import."""
    folder = Path(settings.DATA_DIR) / "imports"
    for path in folder.glob(f"{_prefix(owner)}*"):
        path.unlink(missing_ok=True)
    for name in handoff.find_older_files(_name(folder / _prefix(owner)), -KEPT):
        handoff.claim_file(name)


def count_conversations(owner: str, upload: str) -> ImportReport:
    """What would be imported; the upload stays. Raises NotFoundError, and InvalidError where it cannot be
    read."""
    return _import(find_upload(owner, upload), owner, ImportReport(), dry_run=True)


def import_upload(owner: str, upload: str, report: ImportReport) -> ImportReport:
    """Fills the report on its way; then the upload is gone. Raises as `count` does."""
    running, stop = _path(owner, upload, RUNNING), _path(owner, upload, STOP)
    with map_store_errors(), _told():
        path = find_upload(owner, upload)
        if not handoff.claim_file(_name(path)):
            path.unlink(missing_ok=True)
            raise _gone()
        try:
            path.rename(running)
        except FileNotFoundError as error:
            raise _gone() from error
        handoff.set_mark(_name(running))
    try:
        return _import(running, owner, report, dry_run=False, stop=stop)
    finally:
        for left in (running, stop):
            left.unlink(missing_ok=True)
            handoff.claim_file(_name(left))


async def import_events(owner: str, upload: str) -> AsyncIterator[dict[str, Any]]:
    """The import as events: how far it is; at the end its report, or why it failed. It goes on when nobody
    listens any more."""
    report = ImportReport()
    # Unlike asyncio.to_thread it takes the reader's language along.
    run = asyncio.create_task(sync_to_async(import_upload, thread_sensitive=False)(owner, upload, report))
    while not run.done():
        await asyncio.wait({run}, timeout=STEP)
        await asyncio.to_thread(_hear_stop, owner, upload)
        yield {"type": "progress", "conversations": report.conversations}
    match run.exception():
        case None:
            yield {"type": "imported", **report_fields(run.result())}
        case ChatError() as error:
            yield failure_fields(error)
        case fault:
            logger.error("an import failed", exc_info=fault)
            yield failure_fields(ChatError())


def _hear_stop(owner: str, upload: str) -> None:
    """What another process was told is heard here. Where it cannot be asked for, the import goes on."""
    stop = _path(owner, upload, STOP)
    with suppress(OSError, DatabaseError):
        if not stop.exists() and handoff.is_marked(_name(stop)):
            stop.touch(disk.FILE_MODE)


def failure_fields(error: ChatError) -> dict[str, Any]:
    return {"type": "error", **error.fields()}


def report_fields(report: ImportReport) -> dict[str, Any]:
    return {
        "conversations": report.conversations,
        "messages": report.messages,
        "attachments": report.attachments,
        "skipped": report.reasons(),
        "unread": named_remarks(report.unread),
        "mended": named_remarks(report.mended),
        "nothing_new": report.nothing_new,
        "ids": report.ids,
        "stopped": report.stopped,
    }


def named_remarks(told: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "reason": reason} for name, reason in islice(told, NAMED)]


def _import(
    path: Path,
    owner: str,
    report: ImportReport,
    *,
    dry_run: bool,
    stop: Path | None = None,
) -> ImportReport:
    try:
        with map_store_errors():
            return import_in_child(
                settings.DATA_DIR,
                path,
                owner,
                dry_run=dry_run,
                report=report,
                stop=stop,
                label=str(_("this file")),
            )
    except ImportRefusedError as error:
        raise InvalidError(str(error)) from error


def find_upload(owner: str, upload: str) -> Path:
    """Raises NotFoundError, also for what somebody else uploaded."""
    path = _path(owner, upload)
    with map_store_errors(), _told():
        if not _UPLOAD.fullmatch(upload) or not _bring(path):
            raise _gone()
    return path


def _bring(path: Path) -> bool:
    """What another process was sent."""
    disk.make_folder(path.parent)
    return handoff.fetch_file(_name(path), path)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OriginalsAwayError:
        raise
    except OSError as error:
        raise StorageError from error


def _name(path: Path) -> str:
    """By which all processes know it."""
    return f"{path.parent.name}/{path.name}"


def _gone() -> NotFoundError:
    return NotFoundError(_("This upload is not there any more. Choose the file again."))


def _path(owner: str, upload: str, state: str = "") -> Path:
    return Path(settings.DATA_DIR) / "imports" / f"{_prefix(owner)}{upload}{state}"


def _prefix(owner: str) -> str:
    return f"{hashlib.sha256(owner.encode()).hexdigest()[:16]}-"


def _make_room(folder: Path, owner: str) -> None:
    folder.mkdir(disk.FOLDER_MODE, parents=True, exist_ok=True)
    theirs = handoff.find_older_files(_name(folder / _prefix(owner)), -KEPT)
    for name in {*theirs, *handoff.find_older_files(f"{folder.name}/", KEPT)}:
        if not name.endswith((RUNNING, STOP)):
            handoff.claim_file(name)
    for path in folder.iterdir():
        waits = path.suffix not in (RUNNING, STOP)
        old = path.stat().st_mtime < time.time() - (KEPT if waits else LEFT_S)
        if old or (waits and path.name.startswith(_prefix(owner))):
            path.unlink(missing_ok=True)
