"""A file in the words that a model is sent: whole, or as an outline, notes and the sections that fit the
question. Pure; large files take a moment, so call it in a thread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chat.engine.answers.shortening import shorten_evenly, shorten_middle
from conversations.records import FileRead
from providers.tokens import IMAGE_TOKENS, estimate_tokens
from rag.whole.notes import token_cost
from rag.whole.pictures import MOST as MOST_PICTURES
from rag.whole.search import find_best_sections
from rag.whole.sections import (
    MOST,
    Place,
    Section,
    excerpts_of,
    limit_sections,
    make_sections,
    outline_of,
    source_fields,
)
from rag.whole.text import FileText, page_ranges

OUTLINE_SHARE = 8
"""An outline may take an eighth of what a file is given."""
NOTES_SHARE = 0.6
LEAST_NOTE = 60
FENCE_TOKENS = 80
SECTION_TOKENS = 16


NOTED = (
    "This file is too long to be given whole. Below are its outline, notes of its parts in their order, and "
    "the passages that fit the question best."
)
NOT_READ = (
    "This file is too long to be given whole, and nobody has read all of it. Below are its outline and "
    "the passages that fit the question best. Say so in your answer."
)


@dataclass(frozen=True, slots=True)
class TurnFile:
    """`is_new`: it came with the message that is answered. `document`: the number of one that was picked."""

    sha256: str
    name: str
    path: Path
    text: FileText
    is_new: bool
    document: int | None = None

    @property
    def tokens(self) -> int:
        """What it takes whole, at the most."""
        count = max(self.text.pages or 0, self.text.tokens // 350)
        return self.text.tokens + FENCE_TOKENS + SECTION_TOKENS * min(MOST, 1 + count)

    @property
    def of_source(self) -> dict[str, Any]:
        return {"attachment": self.sha256} if self.document is None else {"document": self.document}

    def sections(self, **how: Any) -> list[Section]:
        return make_sections(self.text.blocks, between="\n" if self.text.kind == "xlsx" else "\n\n", **how)


@dataclass(frozen=True, slots=True)
class Written:
    """`text` as a model is sent it."""

    text: str
    read: FileRead
    sources: Sequence[dict[str, Any]] = ()
    pictures: Sequence[int] = ()


@dataclass(slots=True)
class Shares:
    """Tokens that each file may take, by its place among the files; None: it is given whole."""

    of: dict[int, int | None] = field(default_factory=dict)
    left: int = 0


def share_room(files: Sequence[TurnFile], room: int) -> Shares:
    """Those of this message first; what they leave goes to earlier ones. Of several that do not fit, each
    has an equal share of what shorter ones leave."""
    given = Shares(left=room)
    for is_new in (True, False):
        group = [place for place, file in enumerate(files) if file.is_new == is_new]
        shortest_first = sorted(group, key=lambda place: files[place].tokens)
        for taken, place in enumerate(shortest_first):
            share = given.left // (len(group) - taken)
            tokens = files[place].tokens
            given.of[place] = None if tokens <= share else share
            given.left -= min(tokens, share)
    return given


def pages_as_pictures(file: TurnFile, tokens: int) -> list[int]:
    """Pages without text that are to be sent as pictures, as far as `tokens` hold them."""
    return list(file.text.textless)[: min(MOST_PICTURES, max(tokens, 0) // IMAGE_TOKENS)]


def write_unreadable(file: TurnFile) -> Written:
    reason = f"it could not be read ({file.text.error}); only its name is known"
    return Written(
        f"[File {file.name!r}: {reason}. Say so where it matters.]",
        {"name": file.name, "given": "name", "error": file.text.error},
    )


def write_whole(file: TurnFile, first: int, pictures: Sequence[int]) -> Written:
    """`first`: the number of its first section."""
    found = limit_sections(file.sections())
    body = "\n\n".join(label_section(first + n, section) for n, section in enumerate(found))
    given: FileRead = {"name": file.name, "given": "whole" if found else "pictures" if pictures else "name"}
    if file.text.error and not pictures:
        given["error"] = file.text.error
    read = with_pages(file, given, pictures)
    sources = [
        source_fields(first + n, file.name, section.place, excerpt, **file.of_source)
        for n, (section, excerpt) in enumerate(zip(found, excerpts_of(found), strict=True))
    ]
    return Written(fence_text(file, [remark_on_pages(read), body]), read, sources, pictures)


def write_abridged(
    file: TurnFile,
    first: int,
    share: int,
    question: str,
    notes: Sequence[Section],
    unread: Sequence[Place],
    pictures: Sequence[int],
) -> Written:
    """An outline, `notes` (as long as they are) and the sections that fit the question best, within `share`
    tokens. `unread`: places of which there are no notes."""
    read: FileRead = {"name": file.name, "given": "notes" if notes else "passages"}
    if notes:
        read["parts"] = len(notes)
    if unread:
        read["unread"] = ", ".join(place.pages or place.heading or "…" for place in unread[:20])
    read = with_pages(file, read, pictures)
    room = share - FENCE_TOKENS - estimate_tokens(remark_on(read))
    listed = outline_of(file.text.blocks)
    headings = shorten_middle("\n".join(listed), room // OUTLINE_SHARE)
    room -= estimate_tokens(headings)
    noted = fit_notes(notes, int(room * NOTES_SHARE))
    room -= token_cost(noted)
    found = limit_sections(file.sections(longest=max(400, min(2_000, room))))
    chosen = [found[place] for place in find_best_sections(found, question, room)]
    if not chosen and not noted:
        chosen = (
            [replace(found[0], text=shorten_middle(found[0].text, room - SECTION_TOKENS))] if found else []
        )
    if noted != list(notes) or headings != "\n".join(listed):
        read["cut"] = True
    shown = [*noted, *chosen]
    texts = [label_section(first + n, section) for n, section in enumerate(shown)]
    body = [
        remark_on(read),
        f"Outline:\n{headings}" if headings else "",
        "\n\n".join(["Notes of its parts:", *texts[: len(noted)]]) if noted else "",
        "\n\n".join(["Passages of it:", *texts[len(noted) :]]) if chosen else "",
    ]
    sources = [
        source_fields(first + n, file.name, section.place, excerpt, **file.of_source)
        for n, (section, excerpt) in enumerate(zip(shown, excerpts_of(shown), strict=True))
    ]
    return Written(fence_text(file, body), read, sources, pictures)


def fit_notes(notes: Sequence[Section], tokens: int) -> list[Section]:
    """Where they are too long together, neighbours as one and each without its middle; none where there is no
    room for a word."""
    if token_cost(notes) <= tokens:
        return list(notes)
    if tokens < LEAST_NOTE:
        return []
    fewer = limit_sections(notes, tokens // LEAST_NOTE)
    beside = token_cost([replace(note, text="") for note in fewer])
    texts = shorten_evenly([note.text for note in fewer], max(tokens - beside, 0))
    return [replace(note, text=text) for note, text in zip(fewer, texts, strict=True)]


def label_section(number: int, section: Section) -> str:
    return f"[{number}] {section.place}".rstrip() + f"\n{section.text}"


def fence_text(file: TurnFile, body: Sequence[str]) -> str:
    """Between marks that the text itself does not hold."""
    text = "\n\n".join(filter(None, body))
    mark = "document"
    while f"</{mark}" in text:
        mark += "-"
    name = json.dumps(file.name.replace("<", "‹").replace(">", "›"), ensure_ascii=False)
    pages = f' pages="{file.text.pages}"' if file.text.pages else ""
    return f"<{mark} name={name}{pages}>\n{text}\n</{mark}>"


def with_pages(file: TurnFile, read: FileRead, pictures: Sequence[int]) -> FileRead:
    if file.text.textless:
        read["textless"] = page_ranges(file.text.textless)
        if pictures:
            read["shown"] = page_ranges(pictures)
    return read


def remark_on(read: FileRead) -> str:
    """What a model must know of what it is not given."""
    lines = [NOTED if read["given"] == "notes" else NOT_READ]
    if "unread" in read:
        lines.append(f"There are no notes of these parts or pages: {read['unread']}.")
    return "\n".join(filter(None, [*lines, remark_on_pages(read)]))


def remark_on_pages(read: FileRead) -> str:
    if "textless" not in read:
        return ""
    said = f"These pages hold no text and may be scans: {read['textless']}."
    if "shown" not in read:
        return f"{said} You cannot see them. Say so where it matters."
    follows = f"Pictures of these follow: {read['shown']}."
    return f"{said} {follows}"
