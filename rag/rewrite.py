"""A follow-up question as one that stands by itself: `And in winter?` is about what was asked before. A rule
and no model: it costs nothing, and its mistakes are only extra words."""

from collections.abc import Sequence

from rag.words import content_words, stems, words

SHORT = 2
"""Content words up to which a question is taken to lean on the one before."""
MOST_BORROWED = 8
_POINTING = """
it its that this these those they them their he him his she her there then same former latter such one
ones
o onu ona onda ondan onun onlar onları onların onlara bu bunu buna bunda bundan bunun bunlar bunları
bunların şu şunu şunun orada oradan oraya burada buradan aynı kendisi öbürü diğeri peki
он она оно они его ее её их ему ей им нем нём ней них этот эта это эти этого этой этих этом тот та те того
там туда оттуда тогда такой такая такие
"""
POINTING = frozenset(_POINTING.split())
OPENING = frozenset(
    ["and", "but", "also", "then", "so", "or", "ve", "ama", "peki", "ya", "а", "и", "но", "или"]
)


def rewrite_question(question: str, history: Sequence[str]) -> str:
    """`question`, with the content words of the questions before it where it needs them. `history`: the
    person's questions in this conversation, the oldest first."""
    if not history or not needs_context(question):
        return question
    borrowed: list[str] = []
    known = stems_of(question)
    for earlier in reversed(history):
        for word in content_words(earlier):
            kinds = stems_of(word)
            if kinds and known.isdisjoint(kinds):
                known |= kinds
                borrowed.append(word)
        if not needs_context(earlier):
            break
    return " ".join([question, *borrowed[:MOST_BORROWED]])


def needs_context(question: str) -> bool:
    said = [word for _, _, word in words(question)]
    carried = content_words(question)
    if len(carried) <= SHORT:
        return True
    return len(carried) <= SHORT * 3 and (not POINTING.isdisjoint(said) or said[0] in OPENING)


def stems_of(text: str) -> set[str]:
    return {stem for _, _, small in words(text) for stem in stems(small)}
