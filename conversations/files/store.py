"""Conversations in files of a folder: safe between threads and processes of one machine."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from conversations.errors import ConversationExistsError, InvalidRecordError, StorageError
from conversations.files import beginnings, dialogues, ownership, purging, surroundings
from conversations.files.content import FileContent, opened
from conversations.files.folders import Folders, files_beside, files_in, free_name
from conversations.files.journals import FileJournals
from conversations.files.locked import LockedFile, locked, naming_storage_errors
from conversations.files.testsets import FileTestSets
from conversations.files.trash import FileTrash
from conversations.records import ConversationRecord, Record
from conversations.store.base import Stamp
from conversations.store.content import Content, WrittenContent
from conversations.store.conversation import ConversationFile
from conversations.store.lines import encode_records
from conversations.tree import check_records
from core import disk


class FileStore:
    """A `Store`. Makes its folders when something is first written."""

    changes = None

    def __init__(self, data_dir: Path) -> None:
        self.folders = Folders(data_dir)
        self.journals = FileJournals(self.folders)
        self.trashed = FileTrash(self.folders)
        self.testsets = FileTestSets(self.folders)

    def create(self, record: ConversationRecord, *more: Record) -> ConversationFile:
        path = self.folders.path(record["id"])
        if record["type"] != "conversation":
            raise InvalidRecordError("a conversation begins with its own record")
        data = encode_records(check_records([record, *more]))
        folder = self.folders.conversations
        try:
            if not folder.is_dir():
                disk.make_folder(folder)
                disk.sync_folder(folder.parent)
            found = disk.write_new(path, [data])
        except FileExistsError as error:
            raise ConversationExistsError(f"conversation {record['id']} is there already") from error
        except OSError as error:
            raise StorageError(f"could not make {record['id']}: {error.strerror}") from error
        return self._file(record["id"], WrittenContent(data, found.st_ino, found.st_mtime_ns))

    def take_in(self, conversation: str, content: Content, *, trashed_at: float | None) -> None:
        trashed = trashed_at is not None
        path = self.folders.trashed_path(conversation) if trashed else self.folders.path(conversation)
        try:
            disk.make_folder(path.parent)
            disk.write_new(path, content.blocks(0, content.size), changed=trashed_at)
        except FileExistsError as error:
            raise ConversationExistsError(f"conversation {conversation} is there already") from error
        except OSError as error:
            raise StorageError(f"could not make {conversation}: {error.strerror}") from error

    def append(self, conversation: str, records: Iterable[Record], *, durable: bool = True) -> int:
        """Its cost does not grow with the file."""
        with self.locked(conversation) as file:
            return file.append(records, durable=durable)

    def extend(self, conversation: str, identity: object, size: int, lines: Sequence[bytes]) -> bool:
        """Never: a file's lock costs next to nothing."""
        return False

    def locked(self, conversation: str) -> AbstractContextManager[LockedFile]:
        return locked(self.folders.path(conversation))

    def open(self, conversation: str) -> ConversationFile:
        return self._file(conversation)

    def _file(self, conversation: str, written: Content | None = None) -> ConversationFile:
        path = self.folders.path(conversation)
        return ConversationFile(
            conversation, lambda _since: opened(path), lambda: locked(path), written=written
        )

    def reading(self, conversation: str, since: int = 0) -> AbstractContextManager[FileContent]:
        return opened(self.folders.path(conversation))

    def exists(self, conversation: str) -> bool:
        return self.folders.path(conversation).is_file()

    def find_first(self, conversations: Sequence[str]) -> str | None:
        return next(filter(self.exists, conversations), None)

    def ids(self) -> Iterator[str]:
        return iter(sorted(name for name, _ in files_in(self.folders.conversations)))

    def stamps(self, ids: Sequence[str] | None = None) -> Iterator[tuple[str, Stamp]]:
        if ids is not None:
            yield from ((one, stamp) for one in ids if (stamp := self.stamp(one)) is not None)
            return
        for name, entry in files_in(self.folders.conversations):
            with suppress(OSError):
                yield name, _stamp(entry.stat())

    def measure(self, *, trashed: bool) -> tuple[int, int]:
        return disk.measure_folder(self.folders.trash if trashed else self.folders.conversations)

    def stamp(self, conversation: str) -> Stamp | None:
        try:
            return _stamp(self.folders.path(conversation).stat())
        except OSError:
            return None

    def listing_stamp(self) -> int | None:
        try:
            return self.folders.conversations.stat().st_mtime_ns
        except OSError:
            return None

    def trash(self, conversation: str) -> None:
        path, target = self.folders.path(conversation), self.folders.trashed_path(conversation)
        with locked(path), naming_storage_errors(conversation):
            disk.make_folder(target.parent)
            # Purging goes by this time; the file's own times say nothing about when it was thrown away.
            os.utime(path)
            path.replace(target)
            _move_files_beside(conversation, path.parent, target.parent)

    def restore(self, conversation: str) -> None:
        path, source = self.folders.path(conversation), self.folders.trashed_path(conversation)
        with locked(source), naming_storage_errors(conversation):
            disk.make_folder(path.parent)
            try:
                disk.move_new(source, path)
            except FileExistsError as error:
                raise ConversationExistsError(f"conversation {conversation} is there already") from error
            _move_files_beside(conversation, source.parent, path.parent)

    def hand_over(self, conversation: str, owner: str, name: str, *, trashed: bool = False) -> None:
        path = self.folders.trashed_path(conversation) if trashed else self.folders.path(conversation)
        ownership.hand_over(path, owner, name)

    def take_lead(self, conversation: str) -> dialogues.DialogueLock | None:
        with naming_storage_errors(conversation):
            return dialogues.take_lead(self.folders, conversation)

    def is_led(self, conversation: str) -> bool:
        with naming_storage_errors(conversation):
            return dialogues.is_led(self.folders, conversation)

    def try_beginning(self, asked: str) -> AbstractContextManager[bool]:
        return beginnings.try_beginning(self.folders, asked)

    def purging(self, *, wait: bool) -> AbstractContextManager[purging.StampTurn | None]:
        return purging.take_turn(self.folders, wait=wait)

    def texts(self, since: float) -> Iterator[Iterator[bytes]]:
        return purging.texts_since(self.folders, since)

    def clock(self) -> float:
        return disk.time_now(self.folders.data)

    def others_alive(self) -> bool:
        """Not known: servers hold a lock of the data folder (conversations/in_use.py)."""
        return False

    def remarks(self, conversation: str) -> Iterator[str]:
        return surroundings.find_remarks(self.folders, conversation)

    def strays(self) -> Iterator[tuple[str, str]]:
        return surroundings.find_strays(self.folders)


def _move_files_beside(conversation: str, source: Path, target: Path) -> None:
    for beside in files_beside(source, conversation):
        if (free := free_name(target / beside.name)) is not None:
            beside.rename(free)
    disk.sync_folder(source)
    disk.sync_folder(target)


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns
