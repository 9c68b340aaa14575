"""The messages that a room has shown last, in memory as long as they are short: the next answer's request is
then made without the disk."""

from collections.abc import Iterable, Sequence

from conversations.records import MessageRecord, Record
from conversations.shapes import read_message
from conversations.store.conversation import ConversationFile

MOST = 16 * 1024
"""Bytes of the lines of one conversation."""


class NotRecentError(Exception):
    """A message is not at hand any more."""


class RecentMessages:
    """The last messages of a file as it was last read from its beginning: a file that was replaced has other
    messages."""

    def __init__(self) -> None:
        self._messages: dict[str, tuple[MessageRecord, int]] = {}
        self._bytes = 0
        self._readings = 0

    def keep_messages(self, file: ConversationFile, records: Iterable[Record]) -> None:
        """Keeps the messages among records that the room shows."""
        if self._readings != file.readings:
            self._messages.clear()
            self._bytes, self._readings = 0, file.readings
        for record in records:
            place = file.tree.places.get(record["id"]) if record["type"] == "message" else None
            if place is not None and record["type"] == "message":
                self._keep(record, place[1])

    def read(self, file: ConversationFile, ids: Sequence[str]) -> list[MessageRecord]:
        """Reads messages as the file's `messages` does. Raises NotRecentError where one of them has to be
        read from the disk."""
        if self._readings != file.readings or any(message not in self._messages for message in ids):
            raise NotRecentError
        return [read_message(self._messages[message][0]) for message in ids]

    def _keep(self, message: MessageRecord, length: int) -> None:
        self._bytes += length - self._messages.pop(message["id"], (message, 0))[1]
        self._messages[message["id"]] = message, length
        while self._bytes > MOST:
            _, gone = self._messages.pop(next(iter(self._messages)))
            self._bytes -= gone
