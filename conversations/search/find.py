"""Finding messages, with the words around what was found. The text is read from the files."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from itertools import pairwise
from typing import Annotated, Any, cast

from django.db import router
from django.db.models import Exists, OuterRef, QuerySet
from pydantic import AfterValidator, BaseModel, ConfigDict

from conversations.errors import InvalidRecordError, StoreError
from conversations.models import Conversation, MessageEntry, Response, Tag
from conversations.store.base import Store
from conversations.store.lines import decode_record
from core.times import in_utc

from .backends import Match, backend_for
from .terms import Phrase, Word, parse_query, words

BEFORE, AROUND = 60, 200
SOME, MANY = 2_000, 10_000
"""Of words that stand everywhere only that many entries, the last ones, are looked at: some at first, and
many where filters leave too little of them."""

OF_CALLS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "tool_call": (("title", "name", "arguments"), 2_000),
    "tool_result": (("content",), 1_000),
}
"""What is found of a call: the fields, and of each so many characters."""

Moment = Annotated[datetime, AfterValidator(in_utc)]


class Filters(BaseModel):
    """What a list, a search or an export can be narrowed by, as REST takes it too. `model`: a model ref, or a
    part of one. `folder`: empty for what is in none. `since` and `until`: of the last message, `until` not
    included; without a zone, UTC. `answered_since` and `answered_until`: of any answer, and with `model` of
    that model's. `archived`: only those, or none of those."""

    model_config = ConfigDict(frozen=True)

    model: str = ""
    since: Moment | None = None
    until: Moment | None = None
    answered_since: Moment | None = None
    answered_until: Moment | None = None
    folder: str | None = None
    tag: str = ""
    has_branches: bool = False
    has_attachments: bool = False
    archived: bool | None = None

    def narrow(self, rows: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        if answered := self.answer_conditions():
            rows = rows.filter(Exists(Response.objects.filter(conversation=OuterRef("pk"), **answered)))
        if self.tag:
            rows = rows.filter(Exists(Tag.objects.filter(conversation=OuterRef("pk"), name=self.tag)))
        exact: dict[str, Any] = {}
        if self.since is not None:
            exact["updated__gte"] = self.since
        if self.until is not None:
            exact["updated__lt"] = self.until
        if self.folder is not None:
            exact["folder"] = self.folder or None
        if self.archived is not None:
            exact["archived"] = self.archived
        for name in ("has_branches", "has_attachments"):
            if getattr(self, name):
                exact[name] = True
        return rows.filter(**exact)

    def answer_conditions(self) -> dict[str, Any]:
        """What one answer has to be; empty where none need be there."""
        wanted: dict[str, Any] = {}
        if self.model:
            wanted["model__in"] = models_like(self.model)
        if self.answered_since is not None:
            wanted["at__gte"] = self.answered_since
        if self.answered_until is not None:
            wanted["at__lt"] = self.answered_until
        return wanted


NO_FILTERS = Filters()


def models_like(part: str) -> list[str]:
    """The refs of all that ever answered and have `part` in them."""
    return list(
        Response.objects.filter(model__icontains=part)
        .order_by("model")
        .values_list("model", flat=True)
        .distinct()
    )


@dataclass(frozen=True, slots=True)
class MessageHit:
    """`message` is None where the title was found. `marks`: start and end in `snippet`, in characters."""

    conversation: Conversation
    message: str | None
    role: str
    at: datetime
    snippet: str
    marks: list[tuple[int, int]] = field(default_factory=list)


def find_matches(owner: str, query: str, most: int = 5_000) -> list[Match]:
    """What has every word of the query; nothing for a query without words. Of words that stand
    everywhere, only the `most` entries that came last."""
    phrases = parse_query(query)
    return backend_for(router.db_for_read(MessageEntry)).matches(owner, phrases, most) if phrases else []


def search_messages(
    store: Store, owner: str, query: str, *, filters: Filters = NO_FILTERS, limit: int = 30
) -> list[MessageHit]:
    """Finds messages with all words of the query, the newest first."""
    found = _narrowed(find_matches(owner, query, SOME), filters)
    if len(found) < limit and filters != NO_FILTERS:
        found = _narrowed(find_matches(owner, query, MANY), filters)
    newest = nlargest(limit, found, key=lambda match: (match.at, match.number))
    # Whose they are is asked of the rows: as a condition it leads SQLite to begin with all of the owner's.
    entries = MessageEntry.objects.select_related("conversation").in_bulk([match.number for match in newest])
    phrases = parse_query(query)
    own = [
        entry
        for match in newest
        if (entry := entries.get(match.number)) is not None and entry.conversation.owner == owner
    ]
    return [_hit(store, entry, phrases) for entry in own]


def _narrowed(found: list[Match], filters: Filters) -> list[Match]:
    if filters == NO_FILTERS:
        return found
    among = Conversation.objects.filter(pk__in={match.conversation for match in found})
    left = set(filters.narrow(among).values_list("pk", flat=True))
    return [match for match in found if match.conversation in left]


def _hit(store: Store, entry: MessageEntry, phrases: Sequence[Phrase]) -> MessageHit:
    text = _text(store, entry) if entry.message else entry.conversation.title
    snippet, marks = cut_snippet(text, phrases)
    return MessageHit(entry.conversation, entry.message or None, entry.role, entry.at, snippet, marks)


def _text(store: Store, entry: MessageEntry) -> str:
    """Empty where the file has changed since it was indexed."""
    try:
        with store.reading(entry.conversation_id) as content:
            record = decode_record(content.read(entry.offset, entry.length))
    except (StoreError, InvalidRecordError):
        return ""
    return searchable_text(cast(dict[str, Any], record)) if record.get("id") == entry.message else ""


def searchable_text(message: dict[str, Any]) -> str:
    """What a person would look for: the words, the names of files, and after them what tools were asked and
    how their results begin; not how a model reasoned."""
    given = message.get("parts")
    parts = [part for part in given if isinstance(part, dict)] if isinstance(given, list) else []
    said = [*map(_said, parts), *map(_called, parts)]
    return "\n".join(text for text in said if isinstance(text, str) and text)


def _said(part: dict[str, Any]) -> Any:
    kind = part.get("type")
    return part.get("text") if kind == "text" else part.get("name") if kind in ("image", "file") else None


def _called(part: dict[str, Any]) -> str:
    """A result may be a whole page of the web, with words that nobody here said."""
    fields, most = OF_CALLS.get(str(part.get("type")), ((), 0))
    texts = (part[name] for name in fields if isinstance(part.get(name), str))
    return " ".join(text[:most] for text in texts)


def cut_snippet(text: str, phrases: Sequence[Phrase]) -> tuple[str, list[tuple[int, int]]]:
    """The surroundings of the first phrase that is found, and where in them any phrase stands. Of a long text
    no more is looked at than it takes."""
    recent = deque[Word](maxlen=BEFORE + max((len(phrase.words) for phrase in phrases), default=0))
    marks: list[tuple[int, int]] = []
    start = 0
    for word in words(text):
        if marks and word[0] >= start + AROUND:
            break
        recent.append(word)
        found = [mark for phrase in phrases if (mark := _ending(recent, phrase)) is not None]
        if found and not marks:
            start = _before(recent, min(found)[0])
        marks += found
    snippet = text[start : start + AROUND]
    inside = [
        (begin - start, end - start)
        for begin, end in sorted(marks)
        if begin >= start and end <= start + AROUND
    ]
    return snippet, _apart(inside)


def _before(recent: Iterable[Word], first: int) -> int:
    """Where a word begins, at most BEFORE characters ahead of `first`."""
    start = max(0, first - BEFORE)
    return next((at for at, _, _ in recent if start <= at <= first), start) if start else 0


def _ending(recent: Sequence[Word], phrase: Phrase) -> tuple[int, int] | None:
    """The mark of a phrase whose last word is the last of `recent`."""
    length = len(phrase.words)
    _, end, last = recent[-1]
    ends = last.startswith(phrase.words[-1]) if phrase.prefix else last == phrase.words[-1]
    if not ends or length > len(recent):
        return None
    stretch = [recent[place] for place in range(len(recent) - length, len(recent))]
    same = all(word == wanted for (_, _, word), wanted in zip(stretch, phrase.words[:-1], strict=False))
    return (stretch[0][0], end) if same else None


def _apart(marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those that lie over the one before."""
    return marks[:1] + [second for first, second in pairwise(marks) if second[0] >= first[1]]
