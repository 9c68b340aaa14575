"""Answers that stream: what has arrived of each, on disk before a reader sees it.

A journal is `<conversation>.live/<message>.jsonl`: the answer's header, then what arrives (journal_lines.py).
The process that writes it holds its lock. Not synced to disk but before a tool is called (a killed process
loses nothing, a power cut the last seconds): the finished answer is, in the conversation's file.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from conversations.answer_parts import count_gaps, fold, missing_results, with_gaps_marked
from conversations.errors import (
    ConversationDamagedError,
    InvalidIdError,
    InvalidRecordError,
    StorageError,
    StoreError,
)
from conversations.files import disk
from conversations.files.journal_lines import Journalled, parse_journal
from conversations.files.lines import decode, encode, split
from conversations.files.locked import LockedFile, set_aside, try_lock
from conversations.files.store import FileStore
from conversations.ids import is_conversation_id, is_message_id, random_id
from conversations.records import AnswerHeader, AnswerMessage, Part, Record, Usage, unmeasured
from conversations.tree import check_records
from core.times import timestamp

logger = logging.getLogger(__name__)

_count_tokens: Callable[[str], int] | None = None


def count_tokens_with(count: Callable[[str], int]) -> None:
    """How long a text is to a model, this app does not know: whoever composes it with another says how.
    Without it an answer whose process died has no count."""
    global _count_tokens
    _count_tokens = count


class Journal:
    """Open until `close` (leaves it to recovery) or `remove` (its answer is in the file)."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd
        self._is_named = False
        """Its name outlives a power cut too."""

    @classmethod
    def start(cls, store: FileStore, conversation: str, header: AnswerHeader) -> "Journal":
        """Raises InvalidIdError, StorageError (also where that answer has a journal)."""
        path = _journal_path(store, conversation, header["id"])
        line = encode(cast(Record, header))
        try:
            return cls(path, _open_new(path, line))
        except OSError as error:
            raise StorageError(f"could not start a journal in {conversation}: {error.strerror}") from error

    def write(self, data: bytes) -> None:
        """`data`: whole lines. Raises StorageError, and then none of them is in the journal."""
        try:
            disk.write_all(self._fd, data)
        except OSError as error:
            raise StorageError(f"could not write the journal {self._path.name}: {error.strerror}") from error

    def sync(self) -> None:
        """What is written outlives a power cut when this returns. Raises StorageError."""
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
        _remove_if_empty(self._path.parent)


def read_journal(store: FileStore, conversation: str, message: str) -> Journalled:
    """What has arrived so far, whoever writes it. Raises StorageError where there is no such journal."""
    path = _journal_path(store, conversation, message)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(f"no journal {message} in {conversation}: {error.strerror}") from error
    return parse_journal(data)


def calls_waiting(store: FileStore, conversation: str, message: str) -> set[str]:
    """Ids of the calls of that answer for which a person is asked now; none where it is not given."""
    try:
        return {call["id"] for call in read_journal(store, conversation, message).waiting}
    except StoreError:
        return set()


def find_given(store: FileStore, message: str) -> dict[str, set[str]]:
    """The answer of that id, or those to the message of that id, that are given at this moment, in whichever
    process, by the conversations in which they are. Looks through the folder."""
    if not is_message_id(message):
        return {}
    names = (folder.stem for folder in store.folder.glob("*.live") if is_conversation_id(folder.stem))
    found = {name: answers_given(store, name, message) for name in names}
    return {name: answers for name, answers in found.items() if answers}


def answers_given(store: FileStore, conversation: str, message: str | None) -> set[str]:
    """As `find_given`, in one conversation; all that are given there where `message` is None. They are those
    whose journals somebody holds locked."""
    found: set[str] = set()
    for path in store.live_folder(conversation).glob("*.jsonl"):
        with suppress(OSError, InvalidRecordError), _opened(path) as fd:
            if message not in (None, path.stem) and decode(disk.first_line(fd)).get("parent") != message:
                continue
            if not try_lock(fd):
                found.add(path.stem)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """To be locked, not written: some network file systems lock exclusively only what is open for writing."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def recover(store: FileStore, conversation: str) -> list[AnswerMessage]:
    """Makes `interrupted` answers of journals that nobody writes any more. Each becomes one exactly once,
    however many processes try. A read-only conversation keeps its journals. Raises
    ConversationNotFoundError, StorageError."""
    folder = store.live_folder(conversation)
    if not folder.is_dir():
        return []
    answers: list[AnswerMessage] = []
    try:
        with store.locked(conversation) as file:
            for path in _journals(folder):
                answers += _recover_one(file, path)
    except ConversationDamagedError as error:
        logger.warning("journals are kept: %s", error)
    except OSError as error:
        raise StorageError(f"could not recover {conversation}: {error.strerror}") from error
    _remove_if_empty(folder)
    return answers


def recover_all(store: FileStore) -> int:
    """The number of answers that were found."""
    count = 0
    if not store.folder.is_dir():
        return 0
    for folder in sorted(store.folder.glob("*.live")):
        if not is_conversation_id(folder.stem):
            continue
        try:
            count += len(recover(store, folder.stem))
        except StoreError as error:
            logger.error("could not recover %s: %s", folder.name, error)
    return count


def _journal_path(store: FileStore, conversation: str, message: str) -> Path:
    if not is_message_id(message):
        raise InvalidIdError(f"{message!r:.80} is no message's id")
    return store.live_folder(conversation) / f"{message}.jsonl"


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


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _recover_one(file: LockedFile, path: Path) -> list[AnswerMessage]:
    with suppress(FileNotFoundError), _opened(path) as fd:
        if not try_lock(fd):
            return []
        found = os.fstat(fd)
        data = b"".join(disk.read_blocks(fd, 0, found.st_size))
        answers = []
        if path.suffix == ".jsonl" and not _in_file(file, path.stem):
            answers = _answer(file, path, data, datetime.fromtimestamp(found.st_mtime, UTC))
        path.unlink(missing_ok=True)
        return answers
    return []


def _answer(file: LockedFile, path: Path, data: bytes, ended: datetime) -> list[AnswerMessage]:
    try:
        journal = parse_journal(data)
        answer = _interrupted(path.stem, journal, ended)
        check_records([answer])
    except (StorageError, InvalidRecordError):
        kept = set_aside(file.path, data)
        logger.error("the journal %s has no usable first line; kept as %s", path.name, kept.name)
        return []
    if journal.unknown:
        kept = set_aside(file.path, data)
        logger.warning("the journal %s has lines of a newer version; kept as %s", path.name, kept.name)
    file.append([answer], durable=True)
    return [answer]


def _in_file(file: LockedFile, message: str) -> bool:
    """Looks only at the lines that hold the id: the rest of a long conversation is not parsed."""
    needle = message.encode()
    for line in split(disk.read_blocks(file.fd, 0, os.fstat(file.fd).st_size)):
        if needle not in line:
            continue
        try:
            record = cast(dict[str, Any], decode(line))
        except InvalidRecordError:
            continue
        if record["type"] == "message" and record.get("id") == message:
            return True
    return False


def _interrupted(message: str, journal: Journalled, ended: datetime) -> AnswerMessage:
    header, parts = journal.header, fold(with_gaps_marked(journal.pieces)).as_list()
    parts += missing_results(parts)
    try:
        lasted = ended - datetime.fromisoformat(header["at"])
        total_ms: int | None = max(0, round(lasted.total_seconds() * 1000))
    except (KeyError, TypeError, ValueError):
        total_ms = None
    answer: dict[str, Any] = {
        "at": timestamp(ended),
        **journal.facts,
        **header,
        "id": message,
        "parts": parts,
        "status": "interrupted",
        **unmeasured(),
        "usage": _estimated(header, parts),
        "timing": {"first_token_ms": None, "total_ms": total_ms},
    }
    for name in ("position", "calls"):
        answer.pop(name, None)
    if gaps := count_gaps(journal.pieces):
        answer["gaps"] = gaps
    return cast(AnswerMessage, answer)


def _estimated(header: AnswerHeader, parts: list[Part]) -> Usage:
    """Of one that continues another it is not known where its own words begin."""
    usage = unmeasured()["usage"]
    said = "".join(str(part.get("text", "")) for part in parts)
    if _count_tokens is None or not said or "continues" in header:
        return usage
    return {**usage, "output": _count_tokens(said), "estimated": True}
