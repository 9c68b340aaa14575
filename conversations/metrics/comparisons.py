"""Which answers a person compared, and what came of it: from the index."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from django.db.models import Q, QuerySet

from conversations.models import COMPARED, MessageEntry, Response

Result = Literal["won", "tied"]


class Compared(NamedTuple):
    """What comparing needs of an answer: a tenth of what a whole row costs, and there may be thousands."""

    pk: int
    conversation_id: str
    message: str
    at: datetime
    server: str
    model: str
    preferred_over: list[str] | None
    tie: list[str] | None
    both_bad: list[str] | None
    revealed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers to one message: `answer` won, or both tied. Two that are as bad tie. `blind`: which model
    gave which was not shown. `kind` and `language`: of the message that both answer."""

    answer: Compared
    other: Compared
    result: Result
    blind: bool
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Question:
    """The message that an answer answers, as far as comparing needs it."""

    message: str | None
    blind: bool = False
    kind: str = ""
    language: str = ""


def find_comparisons(answers: QuerySet[Response]) -> list[Comparison]:
    """What was compared with `answers`, the oldest first. The others may lie outside of them: an answer is
    compared with any to its message. Answers that a person deleted do not count."""
    # A conversation with several tags may bring an answer several times.
    found = {row.pk: row for row in read_compared(answers.filter(COMPARED).order_by("at", "pk"))}
    compared = list(found.values())
    named = {name for row in compared for name, _result in results_of(row)}
    places = {(row.conversation_id, row.message): row for row in compared}
    conversations = {row.conversation_id for row in compared}
    others = Response.objects.filter(conversation__in=conversations, message__in=named)
    places |= {(row.conversation_id, row.message): row for row in read_compared(others)}
    asked = _asked(places)
    made: list[Comparison] = []
    for row in compared:
        own = asked.get((row.conversation_id, row.message))
        for name, result in results_of(row):
            place = (row.conversation_id, name)
            # Files come from other programs too: only answers to the same message can be compared.
            if own is not None and name != row.message and asked.get(place) == own:
                blind = own.blind and not row.revealed
                made.append(Comparison(row, places[place], result, blind, own.kind, own.language))
    return made


def read_compared(answers: QuerySet[Response]) -> Iterator[Compared]:
    for values in answers.values_list(*Compared._fields).iterator(chunk_size=2_000):
        yield Compared(*values)


def results_of(row: Compared) -> Iterator[tuple[str, Result]]:
    """The ids of the answers that it was compared with, and what came of it."""
    yield from ((name, "won") for name in row.preferred_over or ())
    yield from ((name, "tied") for name in (*(row.tie or ()), *(row.both_bad or ())))


def _asked(places: Mapping[tuple[str, str], Compared]) -> dict[tuple[str, str], Question]:
    """Of each answer that stands the message that it answers."""
    within = Q(conversation__in={conversation for conversation, _ in places})
    rows = MessageEntry.objects.filter(within, message__in={message for _, message in places}, hidden=False)
    parents = {
        (conversation, message): parent
        for conversation, message, parent in rows.values_list("conversation_id", "message", "parent")
    }
    questions = MessageEntry.objects.filter(within, message__in=set(parents.values()))
    facts = questions.values_list("conversation_id", "message", "blind", "kind", "language")
    asked = {
        (conversation, message): Question(message, blind, kind, language)
        for conversation, message, blind, kind, language in facts
    }
    return {place: asked.get((place[0], parent or ""), Question(parent)) for place, parent in parents.items()}
