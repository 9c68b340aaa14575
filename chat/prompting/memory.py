"""What a person tells every model: who they are, how they want answers, and what is to be remembered. Kept by
their name, sent with the system prompt, never written into a conversation's file."""

import re
from functools import partial
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import StringConstraints

from chat.engine.answers.shortening import shorten_evenly
from chat.engine.room import Room
from chat.models import Memory, Remembered
from chat.policy.access import User
from chat.prompting.memory_cache import MemoryTexts, known_texts, texts_of
from chat.protocol.errors import NotFoundError, TooLargeError
from core.schemas import Strict
from core.shared_work import SharedWork
from providers.tokens import estimate_tokens

MOST = 100
BUDGET = 3_000
"""Tokens of all of it, however large the window."""
WINDOW_SHARE = 8
"""Of a small window it takes an eighth."""
LINE_END = 2
"""Tokens of a line's end, amply."""
LEAST = 96
"""In fewer tokens nothing can be said."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_500, pattern=r"^[^\x00]*$")]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00]*$")
]

BEGIN = "<memory>"
END = "</memory>"
SAID = (
    "What the user wants every assistant to know. Use what helps with the question, and do not speak of it "
    "unless asked."
)
ABOUT = "About the user:"
STYLE = "How the user wants answers:"
REMEMBERED = "To be remembered:"
FRAME = f"{BEGIN}\n{SAID}\n\n{ABOUT}\n\n{STYLE}\n\n{REMEMBERED}\n\n{END}"
MARKS = re.compile(r"<(?=\s*+/?\s*+memory\s*+>)", re.IGNORECASE)


class Texts(Strict):
    """A text that is absent is empty."""

    about: Text = ""
    style: Text = ""


class NewLine(Strict):
    text: Line
    on: bool = True


class LineChange(Strict):
    """A field that is absent stays as it is."""

    text: Line | None = None
    on: bool | None = None


class Recall:
    """The memory of a conversation's owner, read once for all lanes of a turn."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._told: MemoryTexts | None = None
        self._reading = SharedWork(partial(texts_of, owner))

    async def get(self) -> MemoryTexts:
        if self._told is None and not self._reading.is_running:
            self._told = known_texts(self._owner)
        if self._told is None:
            self._told = await self._reading.get()
        return self._told


def for_turn(room: Room) -> Recall | None:
    """What a model is told for this turn; None where the conversation does without a memory."""
    return Recall(room.owner or "") if room.file.tree.settings["memory"] else None


def shorten_memory(told: MemoryTexts, window: int | None = None) -> MemoryTexts:
    """What of it a model is told: where it is too much, the texts lose their middles and the oldest lines are
    left out."""
    budget = BUDGET if window is None else min(BUDGET, window // WINDOW_SHARE)
    if not told or budget < LEAST:
        return MemoryTexts()
    left = budget - estimate_tokens(FRAME)
    about, style = (MARKS.sub("‹", text) for text in shorten_evenly([told.about, told.style], left))
    left -= estimate_tokens(about) + estimate_tokens(style)
    lines: list[str] = []
    for line in reversed(told.remembered):
        lines.append(MARKS.sub("‹", f"- {line}"))
        left -= estimate_tokens(lines[-1]) + LINE_END
        if left < 0:
            lines.pop()
            break
    return MemoryTexts(about, style, tuple(lines[::-1]))


def format_memory(told: MemoryTexts) -> str:
    """As it stands in a system prompt; '' where nothing is told."""
    sections = [(ABOUT, told.about), (STYLE, told.style), (REMEMBERED, "\n".join(told.remembered))]
    said = [f"{title}\n{text}" for title, text in sections if text]
    return "\n\n".join([f"{BEGIN}\n{SAID}", *said]) + f"\n{END}" if said else ""


async def find_texts(owner: str) -> Memory:
    return await Memory.objects.filter(owner=owner).afirst() or Memory(owner=owner)


async def list_lines(owner: str) -> list[Remembered]:
    return [line async for line in Remembered.objects.filter(owner=owner)]


async def write_texts(user: User, texts: Texts) -> None:
    await Memory.objects.aupdate_or_create(owner=user.owner_id, defaults=texts.model_dump())


async def delete_memory(user: User) -> None:
    await Memory.objects.filter(owner=user.owner_id).adelete()
    await Remembered.objects.filter(owner=user.owner_id).adelete()


async def remember_line(user: User, new: NewLine) -> Remembered:
    """What is remembered already is not kept twice."""
    own = Remembered.objects.filter(owner=user.owner_id)
    text = in_one_line(new.text)
    known = await own.filter(text=text).afirst()
    if known is None and await own.acount() >= MOST:
        raise TooLargeError(_("Your memory is full. Delete something from it first."))
    line = known or Remembered(owner=user.owner_id, text=text)
    line.on = new.on
    await line.asave()
    return line


async def change_line(user: User, number: int, to: LineChange) -> Remembered:
    line = await Remembered.objects.filter(owner=user.owner_id, pk=number).afirst()
    if line is None:
        raise nothing_remembered()
    if to.text is not None:
        line.text = in_one_line(to.text)
    if to.on is not None:
        line.on = to.on
    await line.asave()
    return line


async def remove_line(user: User, number: int) -> None:
    gone, _rows = await Remembered.objects.filter(owner=user.owner_id, pk=number).adelete()
    if not gone:
        raise nothing_remembered()


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def nothing_remembered() -> NotFoundError:
    return NotFoundError(_("This is not remembered any more."))
