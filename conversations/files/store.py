"""The folder of conversations: making, opening, appending, trash.

    DATA_DIR/conversations/<id>.jsonl     a conversation
    DATA_DIR/conversations/<id>.live/     journals of its answers that stream (journal.py)
    DATA_DIR/conversations/<id>.torn-<n>  torn ends of it that were set aside
    DATA_DIR/trash/                       all of these, for 30 days

Synchronous, and safe between threads and processes of one machine. Every id is checked before it becomes a
path. Knows nothing of the database (conversations/index/). What is done to one conversation costs the
same however many others there are.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

from conversations import signals
from conversations.errors import (
    ConversationExistsError,
    InvalidIdError,
    InvalidRecordError,
    StorageError,
)
from conversations.files import disk
from conversations.files.file import ConversationFile, Damage
from conversations.files.lines import decode, encode_all
from conversations.files.locked import LockedFile, locked
from conversations.ids import is_conversation_id, random_id
from conversations.owners import owner_of
from conversations.records import ConversationRecord, Record
from conversations.tree import check_records

__all__ = ["TRASH_KEPT", "ConversationFile", "Damage", "FileStore"]

TRASH_KEPT = timedelta(days=30)

Stamp = tuple[int, int]
"""Size, and time of the last change in ns."""


class FileStore:
    """Makes its folders when something is first written."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "conversations"
        self.trash_folder = data_dir / "trash"

    def path(self, conversation: str) -> Path:
        """Raises InvalidIdError. The file need not be there."""
        return self._named(self.folder, conversation, ".jsonl")

    def live_folder(self, conversation: str) -> Path:
        return self._named(self.folder, conversation, ".live")

    def create(self, record: ConversationRecord, *more: Record) -> ConversationFile:
        """On disk when it returns, whole or not at all. Raises ConversationExistsError."""
        path = self.path(record["id"])
        if record["type"] != "conversation":
            raise InvalidRecordError("a conversation begins with its own record")
        data = encode_all(check_records([record, *more]))
        try:
            if not self.folder.is_dir():
                disk.make_folder(self.folder)
                disk.sync_folder(self.folder.parent)
            self._put(path, data)
        except FileExistsError as error:
            raise ConversationExistsError(f"conversation {record['id']} is there already") from error
        except OSError as error:
            raise StorageError(f"could not make {record['id']}: {error.strerror}") from error
        return self.open(record["id"])

    def append(self, conversation: str, records: Iterable[Record], *, durable: bool = True) -> int:
        """Gives the file's new size. All records or none; on disk, when `durable`. Its cost does not
        grow with the file. Raises ConversationNotFoundError, ConversationDamagedError, StorageError."""
        with locked(self.path(conversation)) as file:
            return file.append(records, durable=durable)

    def locked(self, conversation: str) -> AbstractContextManager[LockedFile]:
        """For what must look and append in one step. Not re-entrant, also not through `append`."""
        return locked(self.path(conversation))

    def open(self, conversation: str) -> ConversationFile:
        """Opens a damaged file too (see `damaged`)."""
        return ConversationFile(self.path(conversation), lambda: self.locked(conversation))

    def exists(self, conversation: str) -> bool:
        return self.path(conversation).is_file()

    def ids(self) -> Iterator[str]:
        """Oldest first."""
        return iter(sorted(name for name, _ in _files_in(self.folder)))

    def stamps(self) -> Iterator[tuple[str, Stamp]]:
        """All ids, in no order, with what changes when the file does."""
        for name, entry in _files_in(self.folder):
            with suppress(OSError):
                yield name, _stamp(entry.stat())

    def stamp(self, conversation: str) -> Stamp | None:
        """None where there is no such file."""
        try:
            return _stamp(self.path(conversation).stat())
        except OSError:
            return None

    def in_trash(self, conversation: str) -> bool:
        return self._named(self.trash_folder, conversation, ".jsonl").is_file()

    def trashed(self) -> Iterator[str]:
        return iter(sorted(name for name, _ in _files_in(self.trash_folder)))

    def trash(self, conversation: str) -> None:
        """Raises ConversationNotFoundError. Whoever waits to append finds no conversation."""
        path = self.path(conversation)
        with locked(path), _storage(conversation):
            disk.make_folder(self.trash_folder)
            target = self.trash_folder / path.name
            # Purging goes by this time; the file's own times say nothing about when it was thrown away.
            os.utime(path)
            path.replace(target)
            self._move_belongings(conversation, self.folder, self.trash_folder)

    def open_trashed(self, conversation: str) -> ConversationFile:
        """For reading. Raises ConversationNotFoundError."""
        path = self._named(self.trash_folder, conversation, ".jsonl")
        return ConversationFile(path, lambda: locked(path))

    def trashed_owner(self, conversation: str) -> str | None:
        """None where the file does not say. Raises ConversationNotFoundError."""
        with disk.open_for_reading(self._named(self.trash_folder, conversation, ".jsonl")) as fd:
            line = disk.first_line(fd)
        try:
            first = decode(line)
        except InvalidRecordError:
            return owner_of(None)
        return owner_of(first if first["type"] == "conversation" else None)

    def trashed_at(self, conversation: str) -> float:
        """Seconds since 1970. Raises StorageError."""
        with _storage(conversation):
            return self._named(self.trash_folder, conversation, ".jsonl").stat().st_mtime

    def restore(self, conversation: str) -> None:
        """Raises ConversationNotFoundError, ConversationExistsError."""
        path = self.path(conversation)
        with locked(self.trash_folder / path.name) as trashed, _storage(conversation):
            disk.make_folder(self.folder)
            try:
                disk.move_new(trashed.path, path)
            except FileExistsError as error:
                raise ConversationExistsError(f"conversation {conversation} is there already") from error
            self._move_belongings(conversation, self.trash_folder, self.folder)

    def purge(self, conversation: str) -> None:
        """What is in the trash under that id is gone for ever. Raises ConversationNotFoundError, also where
        somebody restored it while we waited."""
        path = self._named(self.trash_folder, conversation, ".jsonl")
        with locked(path), _storage(conversation):
            path.unlink()
            for belonging in _belongings(self.trash_folder, conversation):
                shutil.rmtree(belonging) if belonging.is_dir() else belonging.unlink()
        signals.purged.send_robust(type(self), conversation=conversation)

    @staticmethod
    def _named(folder: Path, conversation: str, suffix: str) -> Path:
        if not is_conversation_id(conversation):
            raise InvalidIdError(f"{conversation!r:.80} is no conversation's id")
        return folder / f"{conversation}{suffix}"

    def _put(self, path: Path, data: bytes) -> None:
        """Written under another name first, so that nobody ever sees half a first line."""
        draft = path.with_name(f".{path.stem}.{random_id()}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            disk.write_all(fd, data)
            os.fsync(fd)
            disk.move_new(draft, path)
        finally:
            os.close(fd)
            draft.unlink(missing_ok=True)
        disk.sync_folder(path.parent)

    def _move_belongings(self, conversation: str, source: Path, target: Path) -> None:
        for belonging in _belongings(source, conversation):
            if (free := _free_name(target / belonging.name)) is not None:
                belonging.rename(free)
        disk.sync_folder(source)
        disk.sync_folder(target)


def _belongings(folder: Path, conversation: str) -> Iterator[Path]:
    """Found by their names: to look through the folder takes longer the more conversations there are."""
    live = folder / f"{conversation}.live"
    if live.exists():
        yield live
    for number in count(1):
        torn = folder / f"{conversation}.torn-{number}"
        if not torn.exists():
            return
        yield torn


def _free_name(wanted: Path) -> Path | None:
    """A torn end that is there already keeps its number. None: of journals there is one folder."""
    if not wanted.exists():
        return wanted
    if wanted.suffix == ".live":
        return None
    torn = (wanted.with_suffix(f".torn-{number}") for number in count(1))
    return next(path for path in torn if not path.exists())


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns


def _files_in(folder: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            name, dot, suffix = entry.name.partition(".")
            if dot and suffix == "jsonl" and is_conversation_id(name):
                yield name, entry


@contextmanager
def _storage(conversation: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{conversation}: {error.strerror}") from error
