"""A file's text in sections: its pages, or what stands under its headings. An answer names them by number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from providers.tokens import estimate_tokens
from rag.load.blocks import Block
from rag.split import MAX_HEADING, PATH

LONGEST = 6_000
"""Characters of a section where neither pages nor headings end it."""
SHORTEST = 1_500
"""Characters from which a heading begins a new section."""
MOST = 100
"""Sections that are numbered; of a longer file neighbours are put together."""
EXCERPTS = 24_000
"""Characters of all sections together that an answer's record keeps, to show what was meant."""
EXCERPT = 1_500


@dataclass(frozen=True, slots=True)
class Place:
    """`heading`: the path of headings above its beginning."""

    page: int | None = None
    last_page: int | None = None
    heading: str = ""

    @property
    def pages(self) -> str:
        first, last = self.page, self.last_page
        return "" if first is None else str(first) if last in (None, first) else f"{first}-{last}"

    def through(self, end: "Place") -> "Place":
        """From where this begins to where `end` ends."""
        last = end.last_page or end.page
        return Place(self.page, last if last != self.page else None, self.heading)

    def __str__(self) -> str:
        return " · ".join(filter(None, (f"p. {self.pages}" if self.pages else "", self.heading)))


@dataclass(frozen=True, slots=True)
class Section:
    place: Place
    text: str

    @property
    def tokens(self) -> int:
        return estimate_tokens(self.text)


@dataclass(slots=True)
class _Open:
    place: Place
    texts: list[str] = field(default_factory=list)
    length: int = 0


def make_sections(blocks: Sequence[Block], *, longest: int = LONGEST, between: str = "\n\n") -> list[Section]:
    """In reading order; headings stand in the text too. `longest`: characters."""
    return list(_sections(blocks, longest, between))


def _sections(blocks: Sequence[Block], longest: int, between: str) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    now: _Open | None = None
    for block in _cut(blocks, longest):
        if block.level:
            path = [(level, title) for level, title in path if level < block.level]
            path.append((block.level, " ".join(block.text.split())))
        if now is not None and _ends_before(now, block, longest):
            yield Section(now.place, between.join(now.texts))
            now = None
        if now is None:
            heading = PATH.join(title for _, title in path)[:MAX_HEADING]
            now = _Open(Place(block.page, None, heading))
        now.texts.append(f"{'#' * block.level} {block.text}" if block.level else block.text)
        now.length += len(block.text)
    if now is not None:
        yield Section(now.place, between.join(now.texts))


def _ends_before(now: _Open, block: Block, longest: int) -> bool:
    is_next_page = block.page is not None and block.page != now.place.page
    begins_anew = bool(block.level) and now.length >= min(SHORTEST, longest)
    return is_next_page or begins_anew or now.length + len(block.text) > longest


def _cut(blocks: Sequence[Block], longest: int) -> Iterator[Block]:
    """A block that is longer than a section, in pieces that end where a line, a sentence or a word does."""
    for block in blocks:
        start, text = 0, block.text
        while len(text) - start > longest:
            end = _pause(text, start + longest // 2, start + longest)
            yield Block(text[start:end], block.level, block.page)
            start = end
        yield Block(text[start:], block.level, block.page) if start else block


def _pause(text: str, least: int, most: int) -> int:
    for mark in ("\n", ". ", " "):
        if (found := text.rfind(mark, least, most)) != -1:
            return found + len(mark)
    return most


def limit_sections(found: Sequence[Section], most: int = MOST) -> list[Section]:
    """At most so many; where neighbours are put together, the text says where each page begins."""
    size = -(-len(found) // most)
    if size <= 1:
        return list(found)
    return [_joined(found[at : at + size]) for at in range(0, len(found), size)]


def _joined(group: Sequence[Section]) -> Section:
    texts = [group[0].text]
    for before, section in pairwise(group):
        is_new_page = section.place.page is not None and section.place.page != before.place.page
        texts.append(f"(p. {section.place.page})\n{section.text}" if is_new_page else section.text)
    return Section(group[0].place.through(group[-1].place), "\n\n".join(texts))


def outline_of(blocks: Sequence[Block]) -> list[str]:
    """The file's headings, each with its page."""
    return [
        f"{'  ' * (block.level - 1)}- {' '.join(block.text.split())[:200]}"
        + (f" (p. {block.page})" if block.page else "")
        for block in blocks
        if block.level
    ]


def join_sections(found: Sequence[Section], tokens: int) -> list[Section]:
    """Neighbours put together to texts that one request can hold."""
    made: list[Section] = []
    gathered: list[Section] = []
    left = tokens
    for section in found:
        if gathered and section.tokens > left:
            made.append(_joined(gathered))
            gathered, left = [], tokens
        gathered.append(section)
        left -= section.tokens
    if gathered:
        made.append(_joined(gathered))
    return made


def excerpts_of(found: Sequence[Section]) -> list[str]:
    """What a record keeps of each to show what was meant; a cut one ends in an ellipsis."""
    most = min(EXCERPT, max(EXCERPTS // max(len(found), 1), 100))
    return [one.text if len(one.text) <= most else f"{one.text[:most].rstrip()} …" for one in found]


def source_fields(number: int, name: str, place: Place, passage: str, **of_file: Any) -> dict[str, Any]:
    """As rag.context.source_fields, of what was not searched for. `of_file`: `document` or `attachment`."""
    return {
        "n": number,
        "document": None,
        "name": name,
        "page": place.page,
        "last_page": place.last_page,
        "heading": place.heading,
        "passage": passage,
        "score": None,
        "words": None,
        "cosine": None,
        "matches": [],
        **of_file,
    }
