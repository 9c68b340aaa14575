"""What is removed for ever: conversations that lay in the trash for 30 days, and attachments that nothing
names.

A hash is looked for in the bytes of every file in `conversations/` and `trash/` (journals and torn ends too),
as JSON writes it, so that a damaged file keeps what it names. Who wants an attachment for another reason (a
draft, a document) says so to `signals.attachments_wanted`. Whatever was uploaded, or was about to be named,
within the last day stays; where a file cannot be read every attachment does.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from conversations import signals
from conversations.errors import ConversationNotFoundError, StorageError
from conversations.files import disk
from conversations.files.attachments import AttachmentStore
from conversations.files.locked import try_lock
from conversations.files.store import TRASH_KEPT, FileStore
from core.hashes import is_sha256

DAY = timedelta(days=1)
STAMP = ".purged"
"""In DATA_DIR: locked by who purges, and as old as the last time that it was done."""
NAMED = re.compile(rb'"([0-9a-f]{64})"')
BLOCK = 1 << 16
"""Bytes that are searched without letting another thread run: a fraction of a millisecond."""
OVERLAP = 65

ShouldStop = Callable[[], bool]


@dataclass(slots=True)
class Purged:
    conversations: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


def purge_if_due(data_dir: Path, should_stop: ShouldStop) -> Purged | None:
    """None where it was done within the last day, or another process is at it. What was stopped half-way is
    due again. Raises StorageError."""
    with _stamp(data_dir, wait=False) as fd:
        if fd is None or 0 <= time.time() - os.fstat(fd).st_mtime < DAY.total_seconds():
            return None
        purged = _purge(data_dir, TRASH_KEPT, should_stop)
        if not should_stop():
            os.utime(fd)
        return purged


def purge_files(data_dir: Path, older_than: timedelta = TRASH_KEPT) -> Purged:
    """Waits for who is at it. Raises StorageError."""
    with _stamp(data_dir, wait=True) as fd:
        purged = _purge(data_dir, older_than, lambda: False)
        if fd is not None:
            os.utime(fd)
        return purged


def purge_at_once(data_dir: Path, conversations: Iterable[str], let_go: set[str]) -> Purged:
    """These of the trash, whenever they were thrown away, and the attachments that they named or that are
    `let_go`, where nothing else names them. Raises StorageError."""
    with _stamp(data_dir, wait=True):
        began, purged = _now_on_disk(data_dir), Purged()
        store, attachments = FileStore(data_dir), AttachmentStore(data_dir)
        for conversation in conversations:
            with suppress(ConversationNotFoundError):
                let_go = let_go | _named_in(store.trash_folder / f"{conversation}.jsonl")
                store.purge(conversation)
                purged.conversations.append(conversation)
        purged.attachments = _purge_attachments(store, attachments, let_go, began, lambda: False)
        return purged


@contextmanager
def _stamp(data_dir: Path, *, wait: bool) -> Iterator[int | None]:
    """Locked; None where another process holds it."""
    try:
        disk.make_folder(data_dir)
        path = data_dir / STAMP
        is_new = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            if is_new:
                os.utime(fd, (0, 0))
            if wait:
                fcntl.flock(fd, fcntl.LOCK_EX)
            yield fd if wait or try_lock(fd) else None
        finally:
            os.close(fd)
    except OSError as error:
        raise StorageError(f"could not empty the trash: {error.strerror}") from error


def _purge(data_dir: Path, older_than: timedelta, should_stop: ShouldStop) -> Purged:
    began = _now_on_disk(data_dir)
    purged = Purged()
    store, attachments = FileStore(data_dir), AttachmentStore(data_dir)
    let_go: set[str] = set()
    for conversation in store.trashed():
        if should_stop():
            return purged
        with suppress(ConversationNotFoundError):
            if time.time() - store.trashed_at(conversation) >= older_than.total_seconds():
                named = _named_in(store.trash_folder / f"{conversation}.jsonl")
                store.purge(conversation)
                purged.conversations.append(conversation)
                let_go |= named
    purged.attachments = _purge_attachments(store, attachments, let_go, began, should_stop)
    return purged


def _purge_attachments(
    store: FileStore,
    attachments: AttachmentStore,
    let_go: set[str],
    began: float,
    should_stop: ShouldStop,
) -> list[str]:
    """`let_go`: what was named until now, and need not wait for a day."""
    yesterday = began - DAY.total_seconds()
    old = {
        sha256
        for sha256, changed in _kept(attachments)
        if changed < (began if sha256 in let_go else yesterday)
    }
    for _, wanted in signals.attachments_wanted.send(purge_files) if old else ():
        old.difference_update(wanted or ())
    # What is moved or written while we read may be missed in the one folder and in the other.
    for since in (0, began):
        for path in _files_changed(store, since):
            if should_stop():
                return []
            if old:
                old.difference_update(_named_in(path))
    gone = [sha256 for sha256 in sorted(old) if _remove(attachments, sha256, began)]
    _sweep(attachments, yesterday)
    if gone:
        signals.attachments_removed.send_robust(purge_files, hashes=gone)
    return gone


def _files_changed(store: FileStore, since: float) -> Iterator[Path]:
    for folder in (store.folder, store.trash_folder):
        for path in _files_below(folder):
            with suppress(FileNotFoundError):
                if path.stat().st_ctime >= since:
                    yield path


def _named_in(path: Path) -> set[str]:
    """Of a file that is gone by now, nothing."""
    named: set[str] = set()
    with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
        rest = b""
        while block := file.read(BLOCK):
            block = rest + block
            named.update(found.decode() for found in NAMED.findall(block))
            rest = block[-OVERLAP:]
    return named


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for parent, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            yield Path(parent, name)


def _kept(attachments: AttachmentStore) -> Iterator[tuple[str, float]]:
    """Hashes, and when each was last given or about to be named."""
    with suppress(FileNotFoundError), os.scandir(attachments.folder) as entries:
        for entry in entries:
            if is_sha256(entry.name):
                with suppress(FileNotFoundError):
                    yield entry.name, entry.stat().st_mtime


def _remove(attachments: AttachmentStore, sha256: str, began: float) -> bool:
    with attachments.locked(), suppress(FileNotFoundError):
        path = attachments.folder / sha256
        if path.stat().st_mtime < began:
            path.unlink()
            return True
    return False


def _sweep(attachments: AttachmentStore, yesterday: float) -> None:
    """What was made from attachments that are gone, and drafts that nobody finished."""
    with suppress(FileNotFoundError), os.scandir(attachments.folder) as entries:
        for entry in entries:
            sha256, dot, _ = entry.name.partition(".")
            derived = bool(dot) and is_sha256(sha256)
            if derived and not (attachments.folder / sha256).exists():
                shutil.rmtree(entry) if entry.is_dir() else Path(entry).unlink(missing_ok=True)
            elif entry.name.startswith(".") and entry.name != ".lock" and entry.stat().st_mtime < yesterday:
                Path(entry).unlink(missing_ok=True)


def _now_on_disk(data_dir: Path) -> float:
    """By the clock that gives files their times: another machine's, where the folder is a network's."""
    path = data_dir / f"{STAMP}.{os.getpid()}"
    path.touch(disk.FILE_MODE)
    try:
        return path.stat().st_ctime
    finally:
        path.unlink()
