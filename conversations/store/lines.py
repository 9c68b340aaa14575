"""Records as lines of bytes and back. Knows nothing of files, locks or trees.

A line is split at b"\\n" and nowhere else: `str.splitlines` would also cut at U+2028 or U+0085, which
JSON leaves as they are inside a text.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from conversations.errors import InvalidRecordError
from conversations.records import Record
from core.json_text import dump_json, parse_json


def encode_record(record: Record) -> bytes:
    """One line with its end. Half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD: an answer is
    not lost for one bad character. Raises InvalidRecordError for what JSON cannot say."""
    try:
        return dump_json(record, as_line=True)
    except TypeError as error:
        raise InvalidRecordError(f"a record that JSON cannot hold: {error}") from error


def encode_records(records: Iterable[Record]) -> bytes:
    return b"".join(map(encode_record, records))


def decode_record(line: bytes) -> Record:
    """Raises InvalidRecordError where the line is no object with a `type`."""
    try:
        record = parse_json(line)
    except ValueError as error:
        raise InvalidRecordError(f"a line that is no JSON: {error}") from error
    if type(record) is not dict or type(record.get("type")) is not str:
        raise InvalidRecordError("a line that is no record")
    return cast(Record, record)


def is_complete_record(line: bytes) -> bool:
    """Whether a last line without its end is nevertheless a complete record (an editor that leaves no
    final newline, or a write that was cut one byte short)."""
    try:
        decode_record(line)
    except InvalidRecordError:
        return False
    return True


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """As `split_lines`, each with its end; the last may have none."""
    before: bytes | None = None
    for line in split_lines(blocks):
        if before is not None:
            yield before + b"\n"
        before = line
    if before:
        yield before


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file read in blocks, without their ends. The last is what follows the last newline:
    b"" if the file ends well, else a torn or still growing line."""
    rest: list[bytes] = []
    for block in blocks:
        first, newline, more = block.partition(b"\n")
        rest.append(first)
        if not newline:
            continue
        yield b"".join(rest)
        *lines, last = more.split(b"\n")
        yield from lines
        rest = [last]
    yield b"".join(rest)
