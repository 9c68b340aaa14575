from collections.abc import Mapping, Sequence
from typing import Any

from chat.engine.broadcast import Broadcast
from chat.engine.frames import make_frame
from chat.engine.index_writer import IndexWriter
from chat.engine.reader import Reader
from chat.engine.room import Room
from conversations.records import Record
from conversations.settings import LISTED, read_settings
from conversations.store.conversation import Placed


class Activity:
    """What changes in people's lists of conversations: the pages that watch a list are told, and the index
    in the database follows. Temporary conversations are in no list."""

    def __init__(self, index: IndexWriter, broadcast: Broadcast) -> None:
        self._index = index
        self._broadcast = broadcast
        self._watchers: dict[str, set[Reader]] = {}

    def watch(self, user: str, reader: Reader) -> None:
        """From now on `reader` hears of changes in the user's list."""
        self._watchers.setdefault(user, set()).add(reader)

    def unwatch(self, user: str, reader: Reader) -> None:
        if readers := self._watchers.get(user):
            readers.discard(reader)
            if not readers:
                del self._watchers[user]

    def take_records(self, room: Room, news: Sequence[Placed], own: bool) -> None:
        """What a room has shown. `own`: this process appended it; what another process of ours wrote, it has
        told the index and the watchers itself, and what another program wrote, nobody has."""
        if room.temporary and own:
            # Others hear that it has grown, and nobody's list.
            self._broadcast.send_activity(room.id, "", {})
        if room.temporary or not (own or self._broadcast.alone):
            return
        records = [record for _, record in news]
        self.note_change(room.id, has_grown_only=all(record["type"] == "message" for record in records))
        if self._watchers.get(room.owner or "") or not self._broadcast.alone:
            self.show_row(room, changes_of_row(records))

    def note_change(self, conversation: str, *, has_grown_only: bool = False) -> None:
        """Its row of the index follows. Other processes read that too, and cannot ask for it to be brought
        up: what is new, or called otherwise, does not wait there while answers stream."""
        self._index.note_change(conversation, may_wait=self._broadcast.alone or has_grown_only)

    def show_row(self, room: Room, changed: Mapping[str, Any]) -> None:
        """As `show_change`, for a conversation that is open."""
        if not room.temporary:
            self.show_change(room.id, room.owner or "", changed)

    def show_change(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        """To the pages of all processes that show the owner's list."""
        self.show_change_here(conversation, owner, changed)
        self._broadcast.send_activity(conversation, owner, changed)

    def show_change_here(self, conversation: str, owner: str, changed: Mapping[str, Any]) -> None:
        if readers := self._watchers.get(owner):
            item = make_frame({"type": "activity", "conversation": conversation, **changed})
            for reader in readers:
                reader.put(item)


def changes_of_row(records: Sequence[Record]) -> dict[str, Any]:
    """What the records change in the conversation's row of the list."""
    changed: dict[str, Any] = {}
    for record in records:
        if record["type"] in ("conversation", "message") and "at" in record:
            changed["updated"] = record["at"]
        if record["type"] == "message" and record["role"] == "assistant":
            changed["answered"] = [*changed.get("answered", []), record["model"]]
        if record["type"] in ("conversation", "settings"):
            changed |= {name: value for name, value in read_settings(record).items() if name in LISTED}
    return changed
