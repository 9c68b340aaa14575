"""A file that is longer than a model can read: a model reads it part by part and notes what stands in each.
The notes are kept beside the file; where they are too long themselves, notes of the notes are made.

Which model is asked, and how, is the caller's business.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from providers.tokens import estimate_tokens
from rag.whole import side_files
from rag.whole.sections import Place, Section

VERSION = 1
MOST_PARTS = 120
"""Requests for one file. Of a longer one, parts at equal distances are read; the others are named."""
MOST_LEVELS = 3

Ask = Callable[[str, Section], Awaitable[str | None]]
"""What is asked for (`part` or `notes`) and of which text: the notes, or None where this text gives none.
Raises PassEndedError."""
Tell = Callable[[int, int], None]
"""How many of how many parts are read."""


class PassEndedError(Exception):
    """Nothing more is to be asked: the server has gone, or the money."""


@dataclass(slots=True)
class Notes:
    """`parts`: where each part stands in the file. `read`: the notes of part n. `levels`: notes of these
    notes, each level shorter than the one before. `chosen`: the parts that are to be read."""

    portion: int
    parts: Sequence[Place]
    read: dict[int, str] = field(default_factory=dict)
    levels: list[list[Section]] = field(default_factory=list)

    @property
    def chosen(self) -> Sequence[int]:
        count = len(self.parts)
        if count <= MOST_PARTS:
            return range(count)
        return [number * count // MOST_PARTS for number in range(MOST_PARTS)]

    @property
    def missing(self) -> Sequence[int]:
        return [number for number in self.chosen if number not in self.read]

    @property
    def unread(self) -> Sequence[Place]:
        """The parts without notes, neighbours put together."""
        found: list[Place] = []
        before = -2
        for number in (number for number in range(len(self.parts)) if number not in self.read):
            place = self.parts[number]
            if number == before + 1:
                found[-1] = found[-1].through(place)
            else:
                found.append(place)
            before = number
        return found

    @property
    def of_parts(self) -> list[Section]:
        return [Section(self.parts[number], self.read[number]) for number in sorted(self.read)]

    @property
    def shortest(self) -> list[Section]:
        return self.levels[-1] if self.levels else self.of_parts

    def choose_within(self, tokens: int) -> list[Section] | None:
        """The most detailed notes that fit into so many tokens."""
        for level in (self.of_parts, *self.levels):
            if token_cost(level) <= tokens:
                return level
        return None


def token_cost(notes: Sequence[Section]) -> int:
    return sum(note.tokens + estimate_tokens(str(note.place)) + 8 for note in notes)


def place_of(path: Path, kind: str) -> Path:
    return side_files.path_beside(path, f"{kind}.notes")


async def take_notes(place: Path, notes: Notes, texts: Sequence[Section], ask: Ask, tell: Tell) -> None:
    """Reads the parts that are missing. What was read is kept, however this ends: after each part, so that
    nothing is asked twice when somebody stops it."""
    total, before = len(notes.chosen), len(notes.read)
    for number in notes.missing:
        tell(len(notes.read), total)
        try:
            said = await ask("part", texts[number])
        except PassEndedError:
            break
        if said is not None:
            notes.read[number] = said
            write_notes(place, notes)
    if len(notes.read) != before:
        notes.levels.clear()
    tell(len(notes.read), total)


async def condense_notes(place: Path, notes: Notes, ask: Ask, groups: Sequence[Section]) -> bool:
    """Another level, shorter than the last, of which `groups` are neighbours put together. False where that
    is not to be had."""
    if len(notes.levels) == MOST_LEVELS:
        return False
    made: list[Section] = []
    for group in groups:
        try:
            said = await ask("notes", group)
        except PassEndedError:
            return False
        if said is None:
            return False
        made.append(Section(group.place, said))
    if not made or token_cost(made) >= token_cost(notes.shortest):
        return False
    notes.levels.append(made)
    write_notes(place, notes)
    return True


def read_notes(place: Path) -> Notes | None:
    """What is kept. Blocks on the disk."""
    found = side_files.read_kept(place, VERSION)
    return None if found is None else _from_json(found)


def write_notes(place: Path, notes: Notes) -> None:
    side_files.write_kept(
        place,
        VERSION,
        {
            "portion": notes.portion,
            "parts": [asdict(part) for part in notes.parts],
            "read": [[number, text] for number, text in notes.read.items()],
            "levels": [[[asdict(note.place), note.text] for note in level] for level in notes.levels],
        },
    )


def _from_json(found: Mapping[str, Any]) -> Notes:
    return Notes(
        found["portion"],
        [Place(**part) for part in found["parts"]],
        dict(found["read"]),
        [[Section(Place(**place), text) for place, text in level] for level in found["levels"]],
    )
