"""A file's lines with their places, for all who read one from the disk."""

from collections.abc import Iterator
from typing import Any, cast

from conversations.errors import InvalidRecordError
from conversations.files import disk
from conversations.files.lines import decode, is_whole, split

Line = tuple[int, bytes, int]
"""Offset, the line without its end, and the offset after it."""


def lines_between(fd: int, offset: int, end: int) -> Iterator[Line]:
    """Blank lines too. A last line without a newline is given if it is a whole record; else it is torn,
    or still being written, and is not."""
    lines = split(disk.read_blocks(fd, offset, end))
    line = next(lines)
    for following in lines:
        after = offset + len(line) + 1
        yield offset, line, after
        line, offset = following, after
    if line and is_whole(line):
        yield offset, line, offset + len(line)


def message_ids(fd: int, offset: int, end: int) -> Iterator[str]:
    """Of the messages that stand there; lines that cannot be read have none."""
    for _, line, _ in lines_between(fd, offset, end):
        try:
            record = cast(dict[str, Any], decode(line))
        except InvalidRecordError:
            continue
        if record["type"] == "message":
            yield str(record.get("id"))


def ends_record(fd: int, offset: int) -> bool:
    """Whether a record ends there, its newline counted or not (yet)."""
    return offset == 0 or b"\n" in disk.read_at(fd, offset - 1, 2) or offset == disk.size_of(fd)
