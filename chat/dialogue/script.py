"""Who speaks next in a dialogue, what a speaker is sent, and when it is over. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from chat.prompting.context import ReadAttachment, user_parts
from conversations.records import AttachmentPart
from providers.types import Message, Text

SAME = 0.92
"""How alike two lines of one speaker are when they count as a repetition (difflib's ratio)."""
LOOKED_BACK = 4
"""Lines of the same speaker."""
TIMES = 2
"""How many of these a line has to be like, to end the dialogue."""
LONG = 40
"""Characters of the shortest line that counts: assent and refusal are shorter."""
COMPARED = 2_000
"""Characters of a line that are compared."""

MODERATE = """These people are talking: {names}.
Read what was said and decide who should speak next. Answer with that one name alone, or with END if the
conversation has come to its end."""

INTRODUCTION = (
    "You are {name}. You are talking with {others}. Say only what {name} says next; do not speak for others."
)

Over = Literal["turns", "tokens", "usd", "seconds", "repetition", "moderator"]


@dataclass(frozen=True, slots=True)
class Line:
    """`speaker` is None for what a person said."""

    id: str
    speaker: str | None
    text: str
    attached: Sequence[AttachmentPart] = ()


@dataclass(slots=True)
class DialogueUsage:
    """Since the dialogue was begun or taken up again. Unknown tokens and costs count as nothing."""

    turns: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0


def messages_for(name: str, lines: Sequence[Line], attach: ReadAttachment) -> list[Message]:
    """A speaker's own lines are the assistant's; the others' are the user's, with their names."""
    messages: list[Message] = []
    for line in lines:
        if line.speaker == name:
            messages.append(Message("assistant", (Text(line.text),)))
        else:
            said = f"{line.speaker}: {line.text}" if line.speaker else line.text
            words = (Text(said),) if said else ()
            messages.append(Message("user", (*words, *user_parts(line.attached, attach))))
    return messages


def system_for(name: str, names: Sequence[str], system: str) -> str:
    others = ", ".join(other for other in names if other != name)
    introduction = INTRODUCTION.format(name=name, others=others)
    return f"{introduction}\n\n{system}" if system else introduction


def next_in_turn(lines: Sequence[Line], names: Sequence[str]) -> str:
    """Round robin; the first begins. What a person said in between changes nothing in whose turn it is."""
    last = next((line.speaker for line in reversed(lines) if line.speaker in names), None)
    return names[0] if last is None else names[(names.index(last) + 1) % len(names)]


def named_speaker(said: str, names: Sequence[str]) -> str | None:
    """The name that a moderator named first, or None where it ended the dialogue. Any other answer says
    nothing: the first participant speaks."""
    found = [(match.start(), name) for name in names if (match := word_pattern(name).search(said))]
    end = word_pattern("END").search(said)
    if found:
        return min(found)[1]
    return None if end else names[0]


def word_pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)


def repeats_itself(lines: Sequence[Line]) -> bool:
    """Whether the last speaker goes round in circles: it has said the same long thing several times of late.
    What is short ("No.") is said again in any talk, and a person may repeat anything."""
    if not lines or lines[-1].speaker is None:
        return False
    last = lines[-1]
    if len(fold_line(last.text)) < LONG:
        return False
    earlier = [line for line in lines[:-1] if line.speaker == last.speaker][-LOOKED_BACK:]
    return sum(are_alike(last.text, line.text) for line in earlier) >= TIMES


def fold_line(text: str) -> str:
    return " ".join(text.casefold().split())[:COMPARED]


def are_alike(one: str, other: str) -> bool:
    a, b = fold_line(one), fold_line(other)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.quick_ratio() >= SAME and matcher.ratio() >= SAME


def limit_reached(spent: DialogueUsage, limits: Mapping[str, float | None]) -> Over | None:
    for name in ("turns", "tokens", "usd", "seconds"):
        most = limits.get(name)
        if most is not None and getattr(spent, name) >= most:
            return name
    return None
