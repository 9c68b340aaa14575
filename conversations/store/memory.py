"""A temporary conversation of one process alone: the same lines as in a file, in its memory."""

import threading
from collections.abc import Iterable, Iterator
from typing import cast

from conversations.errors import InvalidCursorError
from conversations.records import ConversationRecord, MessageRecord, Record
from conversations.store.conversation import ConversationFile, Placed
from conversations.store.lines import decode_record, encode_record
from conversations.tree import check_records


class MemoryFile(ConversationFile):
    """Offsets are those that its file would have, so a reader's place stays good when it is kept."""

    temporary = True

    def __init__(self, record: ConversationRecord, *more: Record) -> None:
        self.id = record["id"]
        self._guard = threading.RLock()
        self.readings = 0
        self._start_over()
        self._lines_by_end: dict[int, bytes] = {}
        self.append([record, *more])

    @classmethod
    def of_lines(cls, lines: bytes) -> "MemoryFile":
        """The file whose `lines` were given in another process."""
        first, *more = (decode_record(line) for line in lines.split(b"\n") if line)
        return cls(cast(ConversationRecord, first), *more)

    def lines(self) -> list[bytes]:
        with self._guard:
            return list(self._lines_by_end.values())

    def refresh_placed(self) -> list[Placed]:
        """Always empty: no other process can write to a conversation that has no file."""
        return []

    def is_behind(self) -> bool:
        return False

    def append_placed(
        self, records: Iterable[Record], durable: bool = True, after: int | None = None
    ) -> list[Placed]:
        """Nobody else appends to it, so nothing comes after what its room has seen."""
        with self._guard:
            news: list[Placed] = []
            for record in check_records(records):
                line = encode_record(record)
                self.tree.apply(record, (self.size, len(line)))
                self.size += len(line)
                self._lines_by_end[self.size] = line
                news.append((self.size, decode_record(line)))
            return news

    def stored_messages(self, ids: Iterable[str]) -> list[MessageRecord]:
        with self._guard:
            places = [self.tree.places[message] for message in ids if message in self.tree.places]
            lines = [self._lines_by_end[offset + length] for offset, length in places]
        return [cast(MessageRecord, decode_record(line)) for line in lines]

    def records_from(self, offset: int) -> Iterator[tuple[int, Record]]:
        with self._guard:
            lines = list(self._lines_by_end.items())
        if offset != 0 and offset not in self._lines_by_end:
            raise InvalidCursorError(f"{self.id}: {offset} is no record's end")
        for end, line in lines:
            if end > offset:
                yield end, decode_record(line)
