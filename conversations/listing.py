"""The pages of the list of conversations: pinned ones first, then the newest."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from django.db.models import Q, QuerySet

from conversations.errors import InvalidCursorError
from conversations.models import Conversation
from conversations.search import NO_FILTERS, Filters, find_matches

__all__ = ["Filters", "ListPage", "list_conversations"]


@dataclass(frozen=True, slots=True)
class ListPage:
    """`next`: the cursor of the page after this one."""

    rows: list[Conversation]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    pinned: bool
    updated: datetime
    id: str

    @classmethod
    def of(cls, row: Conversation) -> "_Place":
        return cls(row.pinned, row.updated, row.id)

    def __str__(self) -> str:
        micros = round(self.updated.timestamp() * 1_000_000)
        return base64.urlsafe_b64encode(orjson.dumps([self.pinned, micros, self.id])).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str) -> "_Place":
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            pinned, micros, row = orjson.loads(raw)
            updated = datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
            if type(pinned) is not bool or type(row) is not str:
                raise TypeError("a cursor has another shape")
            return cls(pinned, updated, row)
        except (ValueError, TypeError, OverflowError, OSError, binascii.Error) as error:
            raise InvalidCursorError("not a cursor of this list") from error


def list_conversations(
    owner: str,
    *,
    cursor: str | None = None,
    limit: int = 50,
    q: str = "",
    archived: bool | None = False,
    filters: Filters = NO_FILTERS,
) -> ListPage:
    """`q`: words that stand in the title or in any message. `archived` None: both. Raises
    InvalidCursorError."""
    rows = filters.narrow(Conversation.objects.filter(owner=owner))
    if archived is not None:
        rows = rows.filter(archived__in=[archived])
    if q.strip():
        rows = rows.filter(pk__in={match.conversation for match in find_matches(owner, q)})
    place = _Place.parse(cursor) if cursor else None
    found: list[Conversation] = []
    # Two ranges of one index: as a single condition, the database would sort all of a person's rows. And
    # `__in`, because Django says NOT for false, which no index answers.
    for pinned in (True, False):
        if len(found) <= limit and not (pinned and place and not place.pinned):
            part = rows.filter(pinned__in=[pinned])
            if place is not None and place.pinned == pinned:
                part = _after(part, place)
            found += part.order_by("-updated", "-id")[: limit + 1 - len(found)]
    return ListPage(found[:limit], str(_Place.of(found[limit - 1])) if len(found) > limit else None)


def _after(rows: "QuerySet[Conversation]", place: _Place) -> "QuerySet[Conversation]":
    return rows.filter(updated__lte=place.updated).exclude(Q(updated=place.updated, id__gte=place.id))
