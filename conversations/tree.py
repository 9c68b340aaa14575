"""What the records of a conversation add up to. Pure: no files, no clock.

Of a message only a header is kept: `id`, `parent`, `role`, `at`, and `lanes` (a tuple), `blind` and `files`
(whether it brought some), or `lane`, `model`, `status`, `speaker`, `continues`, `synthesis`, `finish`,
`chosen` (Auto chose its model) and `broke_off` where a failed answer has text. Headers hold no containers,
so they are small and nothing for the garbage collector to walk, which is half the time of opening a long
conversation. `places` says where the whole message stands.

Which leaf is shown (`head`), where no `head` record says so, docs/file-format.md fixes for every reader.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from conversations.errors import InvalidRecordError
from conversations.records import ConversationRecord, Record, SummaryRecord
from conversations.roles import order_of
from conversations.settings import Settings, defaults, read_settings
from conversations.shapes import says_something
from conversations.votes import lay_vote

Header = dict[str, Any]

Place = tuple[int, int]
"""Offset and length in bytes of a line in the file, its end not counted."""


class Tree:
    """`deleted` holds every hidden id, those below a deleted message too; `children`, `siblings` and
    `head` never name one of them. `votes` has one record for each message, later ones laid over. `settings`
    has all but `dialogue` from the beginning: the defaults."""

    def __init__(self) -> None:
        self.conversation: ConversationRecord | None = None
        self.settings: Settings = defaults()
        self.title_by: str | None = None
        self.messages: dict[str, Header] = {}
        self.places: dict[str, Place] = {}
        self.branches: dict[str, str] = {}
        self.votes: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.summaries: list[SummaryRecord] = []
        self._children: dict[str | None, str | list[str]] = {}
        self._head: str | None = None
        self._head_chosen = False
        self._same: dict[Any, Any] = {}

    def apply(self, record: Record, place: Place | None = None) -> None:
        """Takes in the file's next record. One of unknown type changes nothing. Raises
        InvalidRecordError, and changes nothing, where a known type lacks what its meaning needs."""
        fold = _FOLDS.get(record["type"])
        if fold is not None:
            fold(self, record, place)  # type: ignore[arg-type]

    @property
    def head(self) -> str | None:
        """The leaf that is shown at this moment."""
        return self._head

    def path(self, leaf: str | None = None) -> list[str]:
        """Ids from the root to `leaf` (to the head, if None). Starts below a message that is missing."""
        return list(reversed(list(self._walk_up(self._head if leaf is None else leaf))))

    def path_end(self, count: int) -> list[str]:
        """The last ids of the path to the head; costs as many steps, however long that is."""
        return list(reversed(list(islice(self._walk_up(self._head), count))))

    def _walk_up(self, leaf: str | None) -> Iterator[str]:
        passed: set[str] = set()
        at = leaf
        while at is not None and at not in passed and (header := self.messages.get(at)) is not None:
            yield at
            passed.add(at)
            at = header["parent"]

    def children(self, parent: str | None) -> list[str]:
        """In the order they came; of None, the roots."""
        children = self.all_children(parent)
        return [child for child in children if child not in self.deleted] if self.deleted else children

    def all_children(self, parent: str | None) -> list[str]:
        """The children of a message, also those that are hidden."""
        children = self._children.get(parent, [])
        return [children] if isinstance(children, str) else list(children)

    def _add_child(self, parent: str | None, message: str) -> None:
        """An only child stands without a list around it: most are, and lists cost as headers do."""
        children = self._children.setdefault(parent, message)
        if isinstance(children, list):
            children.append(message)
        elif children != message:
            self._children[parent] = [children, message]

    def siblings(self, message: str) -> list[str]:
        """With the message itself, if it is not hidden."""
        return self.children(self.messages[message]["parent"])

    def subtree(self, message: str) -> set[str]:
        """The message and all that hangs below it, hidden or not."""
        found: set[str] = set()
        ahead = [message]
        while ahead:
            at = ahead.pop()
            if at not in found:
                found.add(at)
                ahead.extend(self.all_children(at))
        return found

    def _add_conversation(self, fields: Header, place: Place | None) -> None:
        if self.conversation is None:
            self.conversation = cast(ConversationRecord, fields)
            self._change_settings(fields, place)

    def _change_settings(self, fields: Header, place: Place | None) -> None:
        said = read_settings(fields)
        self.settings = {**self.settings, **said}
        if "title" in said:
            self.title_by = fields.get("title_by", "person" if fields["type"] == "settings" else None)

    def _add_message(self, fields: Header, place: Place | None) -> None:
        message, parent, role = fields.get("id"), fields.get("parent"), fields.get("role")
        if type(message) is not str or not message or not (parent is None or type(parent) is str):
            raise InvalidRecordError("a message without a usable id and parent")
        if role != "user" and role != "assistant":
            raise InvalidRecordError("a message that is neither a user's nor an answer")
        if parent == message:
            parent = None
        tell = self._make_question if role == "user" else self._make_answer
        header = tell(message, parent, fields)
        known = self.messages.get(message)
        self.messages[message] = header
        if place is not None:
            self.places[message] = place
        if known is not None:
            # The same id again (a merge of two copies): the later words, in the earlier place.
            header["parent"] = known["parent"]
            return
        self._add_child(parent, message)
        if parent in self.deleted:
            self._hide(message)
        elif self._moves_head(header):
            self._head = message
            self._head_chosen = False

    def _make_question(self, message: str, parent: str | None, fields: Header) -> Header:
        """The same few models, lanes and words stand in every message: one object for each is enough."""
        get = fields.get
        lanes = get("lanes")
        asked = tuple(map(str, lanes)) if type(lanes) is list else ()
        asked = self._same.setdefault(asked, asked)
        header = {"id": message, "parent": parent, "role": "user", "at": get("at"), "lanes": asked}
        if get("blind") is True:
            header["blind"] = True
        if get("documents") or _has_attachment(get("parts")):
            header["files"] = True
        return header

    def _make_answer(self, message: str, parent: str | None, fields: Header) -> Header:
        get, same = fields.get, self._same.setdefault
        lane, model, status = str(get("lane")), str(get("model")), str(get("status"))
        header = {
            "id": message,
            "parent": parent,
            "role": "assistant",
            "at": get("at"),
            "lane": same(lane, lane),
            "model": same(model, model),
            "status": same(status, status),
        }
        for name in ("speaker", "continues", "synthesis", "finish"):
            if type(word := get(name)) is str:
                header[name] = word
        if type(get("choice")) is dict:
            header["chosen"] = True
        if status == "failed" and says_something(fields):
            header["broke_off"] = True
        return header

    def _moves_head(self, header: Header) -> bool:
        """A person's words are always shown next. An answer is, where it goes on from what is shown; of
        several answers to one message the lanes' roles and then their asked order decide, not who was
        faster, and a failed one only stands where there is no better. What a person chose gives way only to
        the same lane."""
        parent = header["parent"]
        if header["role"] == "user" or parent == self._head or parent not in self.messages:
            return True
        shown = self.messages.get(self._head or "", {})
        if shown.get("role") != "assistant" or shown["parent"] != parent:
            return False
        if shown.get("lane") == header.get("lane"):
            return header.get("status") != "failed" or shown.get("status") == "failed"
        return self.gives_way(header)

    def gives_way(self, answer: Mapping[str, Any]) -> bool:
        """Whether what is shown, an answer to the same message, is left for that of another lane."""
        shown = self.messages.get(self._head or "", {})
        return not self._head_chosen and self.rank(answer) < self.rank(shown)

    def rank(self, answer: Mapping[str, Any]) -> tuple[bool, int, int]:
        """Of answers to one message the least is the one that the conversation goes on from."""
        asked = self.messages.get(answer["parent"] or "", {}).get("lanes", ())
        lane = answer.get("lane", "")
        place = asked.index(lane) if lane in asked else len(asked)
        return answer.get("status") == "failed", order_of(self.settings["lanes"], lane), place

    def _name_branch(self, fields: Header, place: Place | None) -> None:
        self.branches[_text(fields, "name")] = _text(fields, "head")

    def _choose_head(self, fields: Header, place: Place | None) -> None:
        message = _text(fields, "message")
        if message in self.messages and message not in self.deleted:
            self._head = message
            self._head_chosen = True

    def _add_summary(self, fields: Header, place: Place | None) -> None:
        _text(fields, "covers")
        self.summaries.append(cast(SummaryRecord, fields))

    def _vote(self, fields: Header, place: Place | None) -> None:
        message = _text(fields, "message")
        lay_vote(self.votes, message, fields)

    def _delete(self, fields: Header, place: Place | None) -> None:
        message = _text(fields, "message")
        if message in self.messages and message not in self.deleted:
            self._hide(message)

    def _hide(self, message: str) -> None:
        self.deleted |= self.subtree(message)
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
        if not isinstance(cast(Header, record).get("type"), str):
            raise InvalidRecordError("a record without a type")
        Tree().apply(record)
    return checked


def _has_attachment(parts: Any) -> bool:
    if type(parts) is list:
        for part in parts:
            if type(part) is dict and part.get("type") in ("image", "file"):
                return True
    return False


def _text(fields: Header, name: str) -> str:
    value = fields.get(name)
    if type(value) is not str:
        raise InvalidRecordError(f"a {fields['type']} record without {name}")
    return value


_FOLDS: dict[str, Callable[[Tree, Header, Place | None], None]] = {
    "conversation": Tree._add_conversation,
    "settings": Tree._change_settings,
    "message": Tree._add_message,
    "branch": Tree._name_branch,
    "head": Tree._choose_head,
    "summary": Tree._add_summary,
    "vote": Tree._vote,
    "delete": Tree._delete,
}
