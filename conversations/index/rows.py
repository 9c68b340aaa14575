"""One conversation's records on their way to rows of the index. Decides what the rows say; indexing.py reads
the files and writes the database."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from conversations.models import Conversation, MessageEntry, Response, Tag
from conversations.owners import owner_of
from conversations.records import ConversationRecord, MessageRecord
from conversations.search.find import searchable_text
from conversations.search.terms import fold_text
from conversations.settings import LISTED, ROWS, read_settings
from conversations.shapes import hashes_in, parts_of, read_message
from conversations.votes import COMPARISONS, OF_COMPARISON, lay_vote
from core.text.questions import kind_of, language_of
from core.times import parse_moment

LONGEST_TITLE, LONGEST_NAME = 1_000, 200


class IndexRows:
    """`row`: the conversation as it stands in the database, or a new one (then `whole`; `is_new` where the
    database has none of that id). Later records are laid over it. `taken`: bytes of the file that were;
    `goes_on`: more of it are left for the next time."""

    def __init__(self, row: Conversation, *, whole: bool, is_new: bool = False) -> None:
        self.row = row
        self.is_whole = whole
        self.is_new = is_new
        self.taken = 0
        self.goes_on = False
        self.entries: dict[str, MessageEntry] = {}
        self.words: dict[str, str] = {}
        """Of each entry the folded ones, with a space between: apart they take five times the memory."""
        self.responses: dict[str, Response] = {}
        self.votes: list[dict[str, Any]] = []
        """In the order of the file."""
        self.deletes: list[str] = []
        self.retagged = whole
        self.asked_below: set[str | None] = set()

    def apply(self, record: dict[str, Any], offset: int, length: int) -> None:
        match record["type"]:
            case "conversation" if offset == 0:
                self._begin(record, offset, length)
            case "settings":
                self._change(record, offset, length)
            case "message":
                self._add(record, offset, length)
            case "branch":
                self.row.has_branches = True
            case "vote":
                self.votes.append(record)
            case "delete":
                if not self.is_whole or record["message"] in self.entries:
                    self.deletes.append(record["message"])

    def tags(self) -> list[Tag]:
        return [Tag(conversation=self.row, name=name) for name in self.row.tags]

    def _begin(self, record: dict[str, Any], offset: int, length: int) -> None:
        row = self.row
        row.owner = storable_text(owner_of(cast(ConversationRecord, record)), 150)
        row.created = row.updated = moment_of(record.get("at"), row.created)
        self._change(record, offset, length)
        if "" not in self.entries:
            self._title_entry(offset, length)

    def _change(self, record: dict[str, Any], offset: int, length: int) -> None:
        said = read_settings(record)
        for name, value in said.items():
            if name in LISTED:
                setattr(self.row, name, column_value(name, value))
        if "title" in said:
            self._title_entry(offset, length)
        self.retagged = self.retagged or "tags" in said
        if "lanes" in said and not self.row.answer_count:
            models = [storable_text(lane["model"], 300) for lane in said["lanes"]]
            self.row.models = list(dict.fromkeys(models))

    def _title_entry(self, offset: int, length: int) -> None:
        self.words[""] = " ".join(fold_text(self.row.title))
        self.entries[""] = MessageEntry(
            conversation=self.row,
            message="",
            parent=None,
            role="title",
            at=self.row.updated,
            offset=offset,
            length=length,
        )

    def _add(self, record: dict[str, Any], offset: int, length: int) -> None:
        row, message = self.row, storable_text(record["id"], 200)
        parent = None if record.get("parent") in (None, message) else storable_text(record["parent"], 200)
        at = moment_of(record.get("at"), row.created)
        again = self.entries.get(message)
        self.entries[message] = MessageEntry(
            conversation=row,
            message=message,
            parent=again.parent if again else parent,
            role=record["role"],
            at=at,
            offset=offset,
            length=length,
            blind=record.get("blind") is True,
            **(question_of(record) if record["role"] == "user" else {}),
        )
        self.words[message] = " ".join(fold_text(searchable_text(record)))
        row.updated = max(row.updated, at)
        if not again and record["role"] == "user":
            row.has_branches = row.has_branches or parent in self.asked_below
            self.asked_below.add(parent)
        if any(hashes_in(part) for part in parts_of(record)):
            row.has_attachments = True
        if record["role"] == "assistant":
            self._answer(message, record, at)

    def _answer(self, message: str, record: dict[str, Any], at: datetime) -> None:
        row, response = self.row, response_of(self.row, message, record, at)
        if message in self.responses:
            self._uncount(self.responses[message])
        elif not row.answer_count:
            row.models = []
        self.responses[message] = response
        row.answer_count += 1
        row.input_tokens += response.input_tokens or 0
        row.output_tokens += response.output_tokens or 0
        if response.cost_usd is not None:
            row.cost_usd = (row.cost_usd or 0.0) + response.cost_usd
        if response.model not in row.models:
            row.models = [*row.models, response.model]

    def _uncount(self, response: Response) -> None:
        row = self.row
        row.answer_count -= 1
        row.input_tokens -= response.input_tokens or 0
        row.output_tokens -= response.output_tokens or 0
        if response.cost_usd is not None and row.cost_usd is not None:
            row.cost_usd -= response.cost_usd


def response_of(row: Conversation, message: str, record: dict[str, Any], at: datetime) -> Response:
    record = cast(dict[str, Any], read_message(cast(MessageRecord, record)))
    usage, cost, timing, error = record["usage"], record["cost"], record["timing"], record.get("error", {})
    model = storable_text(record.get("model"), 300)
    return Response(
        conversation=row,
        owner=row.owner,
        message=message,
        lane=storable_text(record.get("lane"), 200),
        model=model,
        server=model.partition("/")[0],
        status=storable_text(record.get("status"), 20),
        error_code=storable_text(error.get("code"), 50),
        finish=storable_text(record.get("finish"), 50),
        served_by=storable_text(record.get("served_by"), 300),
        version=storable_text(record.get("version"), 200),
        at=at,
        input_tokens=storable_integer(usage.get("input")),
        output_tokens=storable_integer(usage.get("output")),
        reasoning_tokens=storable_integer(usage.get("reasoning")),
        cached_tokens=storable_integer(usage.get("cached")),
        cost_usd=storable_amount(cost.get("usd")),
        cost_source=storable_text(cost.get("source"), 20) or "unknown",
        first_token_ms=storable_integer(timing.get("first_token_ms")),
        total_ms=storable_integer(timing.get("total_ms")),
    )


def question_of(record: dict[str, Any]) -> dict[str, str]:
    asked = "\n".join(part["text"] for part in parts_of(record) if part["type"] == "text")
    return {"kind": kind_of(asked), "language": language_of(asked)}


def column_value(name: str, value: Any) -> Any:
    """A setting as its column of the list holds it."""
    if isinstance(value, list):
        return list(dict.fromkeys(storable_text(one, LONGEST_NAME) for one in value))
    if isinstance(value, str):
        return storable_text(value, LONGEST_TITLE if name == "title" else LONGEST_NAME) or ROWS[name].default
    return value


def count_votes(responses: Iterable[Response], votes: Iterable[Mapping[str, Any]]) -> None:
    """Lays the records of `votes` over what the rows of their answers say."""
    known = {response.message: response for response in responses}
    laid = {message: vote_of(response) for message, response in known.items()}
    for record in votes:
        lay_vote(laid, storable_text(record["message"], 200), record)
    for message, response in known.items():
        said = laid[message]
        response.vote = said["value"] if said.get("value") in (1, -1) else None
        response.revealed = said.get("revealed") is True
        for name in COMPARISONS:
            setattr(response, name, names_of(said.get(name)))


def vote_of(response: Response) -> dict[str, Any]:
    """The vote of an answer's row, as records say it."""
    said = {name: getattr(response, name) for name in OF_COMPARISON if getattr(response, name)}
    return said if response.vote is None else {**said, "value": response.vote}


def names_of(given: Any) -> list[str] | None:
    return (
        [storable_text(one, 200) for one in given if isinstance(one, str)]
        if isinstance(given, list)
        else None
    )


def storable_text(value: Any, longest: int) -> str:
    """The text without NUL, which PostgreSQL does not hold."""
    return value.replace("\0", "")[:longest] if isinstance(value, str) else ""


def storable_integer(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**62 else None


def storable_amount(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e12 else None


def moment_of(value: Any, otherwise: datetime) -> datetime:
    try:
        return parse_moment(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
