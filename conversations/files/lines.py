"""Records as lines of bytes and back. Knows nothing of files, locks or trees.

A line is split at b"\\n" and nowhere else: `str.splitlines` would also cut at U+2028 or U+0085, which
JSON leaves as they are inside a text.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, cast

import orjson

from conversations.errors import InvalidRecordError
from conversations.records import Record

BOM = b"\xef\xbb\xbf"


def encode(record: Record) -> bytes:
    """One line with its end. Half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD: an answer is
    not lost for one bad character. Raises InvalidRecordError for what JSON cannot say."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        pass
    try:
        return orjson.dumps(whole_characters(record), option=orjson.OPT_APPEND_NEWLINE)
    except TypeError as error:
        raise InvalidRecordError(f"a record that JSON cannot hold: {error}") from error


def encode_all(records: Iterable[Record]) -> bytes:
    return b"".join(map(encode, records))


def decode(line: bytes) -> Record:
    """Raises InvalidRecordError where the line is no object with a `type`."""
    try:
        record = orjson.loads(line)
    except ValueError:
        record = _decode_slowly(line)
    if type(record) is not dict or type(record.get("type")) is not str:
        raise InvalidRecordError("a line that is no record")
    return cast(Record, record)


def _decode_slowly(line: bytes) -> Any:
    """What orjson refuses but other programs write: an escaped half of a surrogate pair, or a byte
    order mark in front."""
    try:
        return whole_characters(json.loads(line.removeprefix(BOM), parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise InvalidRecordError(f"a line that is no JSON: {error}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def whole_characters(value: Any) -> Any:
    """A copy in which surrogate pairs are joined and lone halves are U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [whole_characters(item) for item in value]
    return value


def is_whole(line: bytes) -> bool:
    """Whether a last line without its end is nevertheless a complete record (an editor that leaves no
    final newline, or a write that was cut one byte short)."""
    try:
        decode(line)
    except InvalidRecordError:
        return False
    return True


def split(blocks: Iterable[bytes]) -> Iterator[bytes]:
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
