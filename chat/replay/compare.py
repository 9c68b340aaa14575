"""The answers then and now, side by side. Pure but for reading messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from chat.prompting import context
from chat.protocol.lanes import last_answers
from conversations.export.outline import title_of
from conversations.records import AnswerMessage
from conversations.store.conversation import ConversationFile
from conversations.tree import Tree

QUOTED = 200
"""Characters of a question that a comparison shows."""


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """Of one answer, or summed. None: nobody knows."""

    words: int
    tokens: int | None
    usd: float | None
    total_ms: int | None


@dataclass(frozen=True, slots=True)
class Side:
    message: str
    model: str
    status: str
    figures: AnswerFigures


@dataclass(frozen=True, slots=True)
class Pair:
    """`before` is None where there was no answer to compare with; `removed` and `added` count words."""

    question: str
    text: str
    before: Side | None
    after: Side
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class LaneComparison:
    conversation: str
    title: str
    pairs: list[Pair]
    before: AnswerFigures
    after: AnswerFigures


def compare(old: ConversationFile, new: ConversationFile, first: str) -> LaneComparison:
    """`first`: the message from which on the new conversation asked again. Slow for long answers."""
    pairs = list(pairs_of(old, new, first))
    once = {pair.before.message: pair.before.figures for pair in pairs if pair.before is not None}
    return LaneComparison(
        old.id,
        title_of(old),
        pairs,
        sum_figures(list(once.values())),
        sum_figures([pair.after.figures for pair in pairs]),
    )


def pairs_of(old: ConversationFile, new: ConversationFile, first: str) -> Iterator[Pair]:
    path = new.tree.path()
    asked = path[path.index(first) if first in path else len(path) :]
    for question in (message for message in asked if new.tree.messages[message]["role"] == "user"):
        text = context.text_of(new.messages([question])[0])[:QUOTED]
        for answer in answers_to(new.tree, question):
            (record,) = new.messages([answer])
            found = find_counterpart(old.tree, question, new.tree.messages[answer]["lane"])
            earlier = old.messages([found])[0] if found is not None else None
            yield pair_of(question, text, earlier, record)  # type: ignore[arg-type]


def answers_to(tree: Tree, question: str) -> list[str]:
    """Those that were given, however they ended; the last of each lane."""
    given = {
        tree.messages[answer]["lane"]: answer
        for answer in tree.children(question)
        if "synthesis" not in tree.messages[answer]
    }
    return list(given.values())


def find_counterpart(tree: Tree, question: str, lane: str) -> str | None:
    """The same lane's old answer, else the one that the conversation went on from, else the first."""
    if question not in tree.messages or question in tree.deleted:
        return None
    answers = last_answers(tree, question)
    own = [answer for answer in answers if tree.messages[answer]["lane"] == lane]
    shown = [answer for answer in tree.path() if answer in answers]
    return next(iter([*own, *shown, *answers]), None)


def pair_of(question: str, text: str, before: AnswerMessage | None, after: AnswerMessage) -> Pair:
    removed, added = (
        (0, 0) if before is None else count_changed_words(context.text_of(before), context.text_of(after))
    )
    return Pair(question, text, None if before is None else side_of(before), side_of(after), removed, added)


def side_of(answer: AnswerMessage) -> Side:
    usage: dict[str, Any] = dict(answer["usage"])
    counted = [usage[name] for name in ("input", "output") if usage.get(name) is not None]
    words = len(context.text_of(answer).split())
    figures = AnswerFigures(
        words, sum(counted) if counted else None, answer["cost"]["usd"], answer["timing"]["total_ms"]
    )
    return Side(answer["id"], answer["model"], answer["status"], figures)


def count_changed_words(before: str, after: str) -> tuple[int, int]:
    """How many words of the first text went, and how many came in the second."""
    one, other = before.split(), after.split()
    same = sum(block.size for block in SequenceMatcher(None, one, other).get_matching_blocks())
    return len(one) - same, len(other) - same


def sum_figures(all_of: list[AnswerFigures]) -> AnswerFigures:
    def total(values: list[Any]) -> Any:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    return AnswerFigures(
        sum(one.words for one in all_of),
        total([one.tokens for one in all_of]),
        total([one.usd for one in all_of]),
        total([one.total_ms for one in all_of]),
    )
