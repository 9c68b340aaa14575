"""Answers that stream: what has arrived of each, on disk before a reader sees it.

A journal is `<conversation>.live/<message>.jsonl`: the answer's header, then what arrives
(conversations/store/journal_lines.py).
The process that writes it holds its lock. Not synced to disk but before a tool is called (a killed process
loses nothing, a power cut the last seconds): the finished answer is, in the conversation's file.
"""

import logging
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from conversations.errors import (
    ConversationDamagedError,
    InvalidRecordError,
    StorageError,
    StoreError,
)
from conversations.files.content import FileContent
from conversations.files.folders import Folders
from conversations.files.locked import LockedFile, locked, set_aside
from conversations.ids import check_message_id, is_conversation_id, is_message_id, random_id
from conversations.records import AnswerHeader, AnswerMessage, Record
from conversations.store.base import Journal
from conversations.store.content import first_line, holds_message
from conversations.store.interrupted import make_interrupted_answer
from conversations.store.journal_lines import Journalled, parse_journal
from conversations.store.lines import decode_record, encode_record
from core import disk
from core.disk import try_lock

logger = logging.getLogger(__name__)


class FileJournal:
    """One answer's `Journal` as a file."""

    is_taken = False
    """Never: a lock falls with its process alone."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd
        self._is_named = False
        """Its name outlives a power cut too."""

    def write(self, data: bytes) -> None:
        try:
            disk.write_all(self._fd, data)
        except OSError as error:
            raise StorageError(f"could not write the journal {self._path.name}: {error.strerror}") from error

    def sync(self) -> None:
        try:
            os.fdatasync(self._fd)
            if not self._is_named:
                disk.sync_folder(self._path.parent)
                disk.sync_folder(self._path.parent.parent)
                self._is_named = True
        except OSError as error:
            raise StorageError(f"could not sync the journal {self._path.name}: {error.strerror}") from error

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
        self.close()
        remove_if_empty(self._path.parent)


class FileJournals:
    """The `Journals` of conversations that are files."""

    write_first = False

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def loop_writer(self) -> None:
        return None

    def begin(self, conversation: str, header: AnswerHeader) -> FileJournal:
        path = self._path(conversation, header["id"])
        line = encode_record(cast(Record, header))
        try:
            return FileJournal(path, _open_new(path, line))
        except OSError as error:
            raise StorageError(f"could not start a journal in {conversation}: {error.strerror}") from error

    def write(self, lines: Mapping[Journal, bytes]) -> list[Journal]:
        refused: list[Journal] = []
        for journal, data in lines.items():
            try:
                journal.write(data)
            except StorageError as error:
                logger.warning("A journal cannot be written yet: %s", error)
                refused.append(journal)
        return refused

    def read(self, conversation: str, message: str) -> Journalled:
        path = self._path(conversation, message)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StorageError(f"no journal {message} in {conversation}: {error.strerror}") from error
        return parse_journal(data)

    def answer_ids(self, conversation: str) -> list[str]:
        return [path.stem for path in self._folders.journal_folder(conversation).glob("*.jsonl")]

    def answer_ids_by_conversation(self, conversations: Collection[str]) -> dict[str, list[str]]:
        return {one: found for one in conversations if (found := self.answer_ids(one))}

    def find_left(self, conversations: Collection[str]) -> Collection[str]:
        return conversations

    def find_streaming(self, conversation: str, message: str | None = None) -> set[str]:
        """They are those whose journals somebody holds locked."""
        found: set[str] = set()
        for path in self._folders.journal_folder(conversation).glob("*.jsonl"):
            with suppress(OSError, InvalidRecordError), _opened(path) as fd:
                if message not in (None, path.stem) and _parent(fd) != message:
                    continue
                if not try_lock(fd):
                    found.add(path.stem)
        return found

    def find_streaming_anywhere(self, message: str) -> dict[str, set[str]]:
        """Looks through the folder for journals of that answer, or of answers to that message."""
        if not is_message_id(message):
            return {}
        found = {name: self.find_streaming(name, message) for name in self._live()}
        return {name: answers for name, answers in found.items() if answers}

    def recover(self, conversation: str) -> list[AnswerMessage]:
        folder = self._folders.journal_folder(conversation)
        if not folder.is_dir():
            return []
        answers: list[AnswerMessage] = []
        try:
            with locked(self._folders.path(conversation)) as file:
                for path in _journals(folder):
                    answers += _recover_one(file, path)
        except ConversationDamagedError as error:
            logger.warning("journals are kept: %s", error)
        except OSError as error:
            raise StorageError(f"could not recover {conversation}: {error.strerror}") from error
        remove_if_empty(folder)
        return answers

    def recover_all(self) -> int:
        count = 0
        for conversation in sorted(self._live()):
            try:
                count += len(self.recover(conversation))
            except StoreError as error:
                logger.error("could not recover %s: %s", conversation, error)
        return count

    def _live(self) -> Iterator[str]:
        """Conversations with journals."""
        folders = self._folders.conversations.glob("*.live")
        return (folder.stem for folder in folders if is_conversation_id(folder.stem))

    def _path(self, conversation: str, message: str) -> Path:
        return self._folders.journal_folder(conversation) / f"{check_message_id(message)}.jsonl"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """To be locked, not written: some network file systems lock exclusively only what is open for writing."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _parent(fd: int) -> object:
    return decode_record(first_line(FileContent(fd))).get("parent")


def _journals(folder: Path) -> list[Path]:
    """Drafts that a killed process left are among them."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def _open_new(path: Path, line: bytes) -> int:
    """Locked and with its header before it has the name that recovery looks for."""
    while True:
        disk.make_folder(path.parent)
        draft = path.with_name(f".{random_id()}")
        try:
            fd = os.open(
                draft, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE
            )
        except FileNotFoundError:
            # The last journal of this conversation just ended and its empty folder was removed.
            continue
        try:
            if try_lock(fd):
                disk.write_all(fd, line)
                disk.move_new(draft, path)
                return fd
        except FileNotFoundError:
            os.close(fd)
            continue
        except BaseException:
            draft.unlink(missing_ok=True)
            os.close(fd)
            raise
        os.close(fd)


def remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _recover_one(file: LockedFile, path: Path) -> list[AnswerMessage]:
    with suppress(FileNotFoundError), _opened(path) as fd:
        if not try_lock(fd):
            return []
        found = os.fstat(fd)
        data = b"".join(disk.read_blocks(fd, 0, found.st_size))
        answers = []
        if path.suffix == ".jsonl" and not holds_message(file, path.stem):
            answers = _answer(file, path, data, datetime.fromtimestamp(found.st_mtime, UTC))
        path.unlink(missing_ok=True)
        return answers
    return []


def _answer(file: LockedFile, path: Path, data: bytes, ended: datetime) -> list[AnswerMessage]:
    try:
        journal = parse_journal(data)
        answer = make_interrupted_answer(path.stem, journal, ended)
    except (StorageError, InvalidRecordError):
        kept = set_aside(file.path, data)
        logger.error("the journal %s has no usable first line; kept as %s", path.name, kept.name)
        return []
    if journal.unknown:
        kept = set_aside(file.path, data)
        logger.warning("the journal %s has lines of a newer version; kept as %s", path.name, kept.name)
    file.append([answer], durable=True)
    return [answer]
