"""What the records of a conversation add up to. Pure: no files, no clock.

Messages are kept without `parts` and `sources` (a header), so that a conversation of many megabytes costs
little memory; `places` says where in the file the whole of each stands.

Which leaf is shown (`head`), where no `head` record says so, docs/file-format.md fixes for every reader.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from .errors import InvalidRecordError
from .records import ConversationRecord, Record, Settings, SummaryRecord

Header = dict[str, Any]

_HEAVY = ("parts", "sources")
_ROLES = {"user": "user", "assistant": "assistant"}
_SETTINGS = ("title", "lanes", "mode", "history", "rag", "pinned", "folder", "tags", "archived")


class Place(NamedTuple):
    """Bytes of a line in the file, without its end."""

    offset: int
    length: int


class Tree:
    """`deleted` holds every hidden id, those below a deleted message too; `children`, `siblings` and
    `head` never name one of them. `votes` has one record for each message, later ones laid over."""

    def __init__(self) -> None:
        self.conversation: ConversationRecord | None = None
        self.settings: Settings = {}
        self.title_by: str | None = None
        self.messages: dict[str, Header] = {}
        self.places: dict[str, Place] = {}
        self.branches: dict[str, str] = {}
        self.votes: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.summaries: list[SummaryRecord] = []
        self._children: dict[str | None, list[str]] = {}
        self._head: str | None = None
        self._head_chosen = False
        self._same: dict[str, str] = {}

    def apply(self, record: Record, place: Place | None = None) -> Header:
        """Takes in the file's next record and gives back what is kept of it. A record of unknown type
        changes nothing. Raises InvalidRecordError, and changes nothing, where a known type lacks what
        its meaning needs."""
        fields = cast(Header, record)
        fold = _FOLDS.get(fields["type"])
        return fields if fold is None else fold(self, fields, place)

    @property
    def head(self) -> str | None:
        """The leaf that is shown."""
        return self._head

    def path(self, leaf: str | None = None) -> list[str]:
        """Ids from the root to `leaf` (to the head, if None). Starts below a message that is missing."""
        path: dict[str, None] = {}
        at = self._head if leaf is None else leaf
        while at is not None and at in self.messages and at not in path:
            path[at] = None
            at = self.messages[at]["parent"]
        return list(reversed(path))

    def children(self, parent: str | None) -> list[str]:
        """In the order they came; of None, the roots."""
        children = self._children.get(parent, [])
        return [child for child in children if child not in self.deleted] if self.deleted else list(children)

    def siblings(self, message: str) -> list[str]:
        """With the message itself, if it is not hidden."""
        return self.children(self.messages[message]["parent"])

    def below(self, message: str) -> set[str]:
        """The message and all that hangs below it, hidden or not."""
        found: set[str] = set()
        ahead = [message]
        while ahead:
            at = ahead.pop()
            if at not in found:
                found.add(at)
                ahead.extend(self._children.get(at, ()))
        return found

    def _add_conversation(self, fields: Header, place: Place | None) -> Header:
        if self.conversation is None:
            self.conversation = cast(ConversationRecord, fields)
            self._change_settings(fields, place)
        return fields

    def _change_settings(self, fields: Header, place: Place | None) -> Header:
        settings = cast(Header, self.settings)
        for name in _SETTINGS:
            if name in fields:
                settings[name] = fields[name]
        if "title" in fields:
            self.title_by = fields.get("title_by")
        return fields

    def _add_message(self, fields: Header, place: Place | None) -> Header:
        header = self._header(fields)
        message, parent = header["id"], header["parent"]
        known = self.messages.get(message)
        self.messages[message] = header
        if place is not None:
            self.places[message] = place
        if known is not None:
            # The same id again (a merge of two copies): the later words, in the earlier place.
            header["parent"] = known["parent"]
            return header
        self._children.setdefault(parent, []).append(message)
        if parent in self.deleted:
            self._hide(message)
        elif self._moves_head(header):
            self._head = message
            self._head_chosen = False
        return header

    def _header(self, fields: Header) -> Header:
        message, parent, role = fields.get("id"), fields.get("parent"), fields.get("role")
        if type(message) is not str or not message or not (parent is None or type(parent) is str):
            raise InvalidRecordError("a message without a usable id and parent")
        if type(role) is not str or role not in _ROLES:
            raise InvalidRecordError("a message that is neither a user's nor an answer")
        header = fields.copy()
        for name in _HEAVY:
            header.pop(name, None)
        header["type"] = "message"
        header["role"] = _ROLES[role]
        header["parent"] = None if parent == message else parent
        for name in ("model", "lane", "status"):
            value = header.get(name)
            if type(value) is str:
                # The same few words stand in every answer; one object for each is enough.
                header[name] = self._same.setdefault(value, value)
        return header

    def _moves_head(self, header: Header) -> bool:
        """A person's words are always shown next. An answer is, where it goes on from what is shown; of
        several answers to one message the asked order of lanes decides, not who was faster, and a failed
        one only stands where there is no better. What a person chose gives way only to the same lane."""
        parent = header["parent"]
        if header["role"] == "user" or parent == self._head or parent not in self.messages:
            return True
        shown = self.messages.get(self._head or "", {})
        if shown.get("role") != "assistant" or shown["parent"] != parent:
            return False
        if shown.get("lane") == header.get("lane"):
            return header.get("status") != "failed"
        return not self._head_chosen and self._rank(header) < self._rank(shown)

    def _rank(self, answer: Header) -> tuple[bool, int]:
        asked = self.messages.get(answer["parent"] or "", {}).get("lanes")
        lanes = asked if isinstance(asked, list) else []
        lane = answer.get("lane")
        return answer.get("status") == "failed", lanes.index(lane) if lane in lanes else len(lanes)

    def _name_branch(self, fields: Header, place: Place | None) -> Header:
        self.branches[_text(fields, "name")] = _text(fields, "head")
        return fields

    def _choose_head(self, fields: Header, place: Place | None) -> Header:
        message = _text(fields, "message")
        if message in self.messages and message not in self.deleted:
            self._head = message
            self._head_chosen = True
        return fields

    def _add_summary(self, fields: Header, place: Place | None) -> Header:
        _text(fields, "covers")
        self.summaries.append(cast(SummaryRecord, fields))
        return fields

    def _vote(self, fields: Header, place: Place | None) -> Header:
        message = _text(fields, "message")
        self.votes[message] = {**self.votes.get(message, {}), **fields}
        return fields

    def _delete(self, fields: Header, place: Place | None) -> Header:
        message = _text(fields, "message")
        if message in self.messages and message not in self.deleted:
            self._hide(message)
        return fields

    def _hide(self, message: str) -> None:
        self.deleted |= self.below(message)
        if self._head in self.deleted:
            self._head = self._last_leaf(self.messages[message]["parent"])
            self._head_chosen = False

    def _last_leaf(self, parent: str | None) -> str | None:
        at = parent if parent in self.messages and parent not in self.deleted else None
        seen: set[str] = set()
        while (children := self.children(at)) and children[-1] not in seen:
            at = children[-1]
            seen.add(at)
        return at


def check_records(records: Iterable[Record]) -> list[Record]:
    """Raises InvalidRecordError for one that no reader could take in, so that it is never written."""
    checked = list(records)
    for record in checked:
        if type(record.get("type")) is not str:
            raise InvalidRecordError("a record without a type")
        Tree().apply(record)
    return checked


def _text(fields: Header, name: str) -> str:
    value = fields.get(name)
    if type(value) is not str:
        raise InvalidRecordError(f"a {fields['type']} record without {name}")
    return value


_FOLDS: dict[str, Callable[[Tree, Header, Place | None], Header]] = {
    "conversation": Tree._add_conversation,
    "settings": Tree._change_settings,
    "message": Tree._add_message,
    "branch": Tree._name_branch,
    "head": Tree._choose_head,
    "summary": Tree._add_summary,
    "vote": Tree._vote,
    "delete": Tree._delete,
}
