from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from conversations.records import Record


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, encoded once for all its readers.

    `message` and `seq` are set on a delta; `offset` (bytes of the file up to and with it) on a record, with
    `message` where the record is one. An SSE stream makes its cursor of them. `short`: of a delta its `seq`
    and words, as ShortDeltas puts them behind the answer's number.
    """

    body: str
    message: str | None = None
    seq: int | None = None
    offset: int | None = None
    short: str | None = None

    @property
    def is_delta(self) -> bool:
        return self.seq is not None


def encode(event: Mapping[str, Any]) -> str:
    return orjson.dumps(event).decode()


def join_encoded(items: Iterable[bytes]) -> orjson.Fragment:
    """A part of an event, of what is JSON already."""
    return orjson.Fragment(b"[" + b",".join(items) + b"]")


def make_frame(event: Mapping[str, Any]) -> Frame:
    return Frame(encode(event))


def record_frame(conversation: str, record: Record, offset: int) -> Frame:
    event = {"type": "record", "conversation": conversation, "record": record}
    message = record["id"] if record["type"] == "message" else None
    return Frame(encode(event), message=message, offset=offset)


def removed_frame(conversation: str) -> Frame:
    """Tells readers of a conversation that is in no list that it is gone."""
    return make_frame({"type": "activity", "conversation": conversation, "removed": True})
