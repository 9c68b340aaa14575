"""What a reader is shown of a conversation that opens."""

from collections.abc import Iterable
from typing import Any, cast

from conversations.records import MessageRecord, Record
from core.json_text import dump_json


class ShownRecords:
    """The records of a conversation as JSON, gathered while its file is read. What messages say is left out
    (`elided`) until they are known to be near: kept as objects, those of a long conversation would be half of
    what opening it costs, for the garbage collector walks them.
    """

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._last: dict[str, int] = {}
        """Where each message stands in `lines`: of those with the same id the last."""

    def add_record(self, record: Record, *, whole: bool = False) -> None:
        """Takes the file's next record, and what it says out of it."""
        if record["type"] == "message":
            self._last[record["id"]] = len(self.lines)
            if not whole:
                _leave_words_out(cast(dict[str, Any], record))
        self.lines.append(dump_json(record))

    def complete_messages(self, messages: Iterable[MessageRecord]) -> None:
        """Shows these whole in their places."""
        for message in messages:
            self.lines[self._last[message["id"]]] = dump_json(message)


def _leave_words_out(message: dict[str, Any]) -> None:
    message.pop("parts", None)
    message.pop("sources", None)
    message["elided"] = True
