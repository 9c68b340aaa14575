"""A conversation's bytes as they stand at one moment, and its lines with their places, for all who read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Protocol, cast

from conversations.errors import ConversationDamagedError, InvalidRecordError
from conversations.records import FORMAT, Record
from conversations.store.lines import decode_record, is_complete_record, split_lines

Line = tuple[int, bytes, int]
"""Offset, the line without its end, and the offset after it."""


class Content(Protocol):
    """`identity`: another one where what was read before may have been replaced by something else.
    `changed_ns`: when it last changed, in ns since 1970, by its home's clock. `temporary`: on no disk."""

    temporary: ClassVar[bool]

    @property
    def identity(self) -> object: ...

    @property
    def size(self) -> int: ...

    @property
    def changed_ns(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Fewer where it ends before. Raises StorageError, as `blocks` does."""
        ...

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        """What stands from `offset` to `end`, never whole in memory."""
        ...


class WrittenContent:
    """As a `Content`, what has just been written, for who wrote it."""

    temporary: ClassVar[bool] = False

    def __init__(self, data: bytes, identity: object, changed_ns: int) -> None:
        self._data = data
        self.identity = identity
        self.size = len(data)
        self.changed_ns = changed_ns

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]

    def blocks(self, offset: int, end: int) -> Iterator[bytes]:
        yield self._data[offset:end]


class LockedContent(Content, Protocol):
    """While nobody else may write to it."""

    def append(self, records: Iterable[Record], *, durable: bool) -> int:
        """Gives the new size. Either all records stand in it afterwards or none; on disk, when `durable`.
        Raises InvalidRecordError, ConversationDamagedError, StorageError."""
        ...

    def append_lines(self, lines: Sequence[bytes], *, durable: bool) -> int:
        """As `append`, records that were encoded already."""
        ...


def lines_between(content: Content, offset: int, end: int) -> Iterator[Line]:
    """Blank lines too. A last line without a newline is given if it is a whole record; else it is torn,
    or still being written, and is not."""
    lines = split_lines(content.blocks(offset, end))
    line = next(lines)
    for following in lines:
        after = offset + len(line) + 1
        yield offset, line, after
        line, offset = following, after
    if line and is_complete_record(line):
        yield offset, line, offset + len(line)


def message_ids(content: Content, offset: int, end: int) -> Iterator[str]:
    """Of the messages that stand there; lines that cannot be read have none."""
    for _, line, _ in lines_between(content, offset, end):
        try:
            record = cast(dict[str, Any], decode_record(line))
        except InvalidRecordError:
            continue
        if record["type"] == "message":
            yield str(record.get("id"))


def holds_message(content: Content, message: str) -> bool:
    """Looks only at the lines that hold the id: the rest of a long conversation is not parsed."""
    needle = message.encode()
    for line in split_lines(content.blocks(0, content.size)):
        if needle not in line:
            continue
        try:
            record = cast(dict[str, Any], decode_record(line))
        except InvalidRecordError:
            continue
        if record["type"] == "message" and record.get("id") == message:
            return True
    return False


def ends_record(content: Content, offset: int) -> bool:
    """Whether a record ends there, its newline counted or not (yet)."""
    return offset in (0, content.size) or b"\n" in content.read(offset - 1, 2)


def first_line(content: Content) -> bytes:
    line = b""
    while block := content.read(len(line), 65536):
        head, newline, _ = block.partition(b"\n")
        line += head
        if newline:
            break
    return line


def check_header(line: bytes, conversation: str) -> None:
    """Raises ConversationDamagedError for a first line that this version must not write behind."""
    if reason := read_only_because(line):
        raise ConversationDamagedError(f"{conversation}: {reason}")


def read_only_because(line: bytes) -> str:
    """As `damage_of`, of a first line as it stands."""
    try:
        return damage_of(decode_record(line))
    except InvalidRecordError:
        return "the first line cannot be read"


def damage_of(header: Record) -> str:
    """Why nothing may be written behind this first record; empty where it may. What it says is shown all the
    same."""
    if header["type"] != "conversation":
        return "the first line is no conversation"
    version = header.get("format")
    if type(version) is not int or version > FORMAT:
        return f"format {version!r:.40} is not known to this version"
    return ""
