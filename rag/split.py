"""From blocks to passages: cut where the text itself pauses, never across a heading, nor across a page unless
a sentence is; each with the path of headings above it and the page on which it begins."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.load.blocks import Block, Piece

SIZE = 1_200
"""Characters, at most, where nobody says otherwise."""
PATH = " › "
MAX_HEADING = 300
SENTENCE_ENDS = ".!?…:;"


@dataclass(slots=True)
class _Section:
    """The text under one heading, and where in it pages begin."""

    heading: str
    texts: list[str] = field(default_factory=list)
    length: int = 0
    starts: list[int] = field(default_factory=list)
    pages: list[int | None] = field(default_factory=list)

    def add(self, block: Block) -> None:
        if self.texts:
            self.length += 2
        self.starts.append(self.length)
        self.pages.append(block.page)
        self.texts.append(block.text)
        self.length += len(block.text)

    def ends_before(self, block: Block) -> bool:
        """Whether a new page begins with `block`, and no sentence runs on into it."""
        if self.pages[-1] == block.page:
            return False
        return self.texts[-1].rstrip()[-1:] in SENTENCE_ENDS or not block.text.lstrip()[:1].islower()

    def page_at(self, offset: int) -> int | None:
        return self.pages[max(0, bisect_right(self.starts, offset) - 1)]


def split(blocks: Iterable[Block], kind: str, size: int = SIZE) -> Iterator[Piece]:
    splitter = _splitter(kind, size)
    for section in split_into_sections(blocks):
        text = ("\n" if kind in ("csv", "xlsx") else "\n\n").join(section.texts)
        if kind in ("csv", "xlsx"):
            section.starts = [start - number for number, start in enumerate(section.starts)]
        for offset, part in splitter.chunk_indices(text):
            if part.strip():
                yield Piece(part, section.heading, section.page_at(offset))


def split_into_sections(blocks: Iterable[Block]) -> Iterator[_Section]:
    """A heading with nothing below it stands in its children's path, or for itself at the end."""
    path: list[tuple[int, str]] = []
    section: _Section | None = None
    bare: Block | None = None
    for block in blocks:
        if not block.level:
            if section is not None and section.ends_before(block):
                yield section
                section = None
            if section is None:
                section = _Section(PATH.join(title for _, title in path)[:MAX_HEADING])
            section.add(block)
            bare = None
            continue
        if section is not None:
            yield section
            section = None
        elif bare is not None and bare.level >= block.level:
            yield _of_heading(path, bare)
        path = [(level, title) for level, title in path if level < block.level]
        path.append((block.level, " ".join(block.text.split())))
        bare = block
    if section is not None:
        yield section
    elif bare is not None:
        yield _of_heading(path, bare)


def _of_heading(path: list[tuple[int, str]], block: Block) -> _Section:
    section = _Section(PATH.join(title for _, title in path)[:MAX_HEADING])
    section.add(block)
    return section


def _splitter(kind: str, size: int) -> Any:
    from semantic_text_splitter import MarkdownSplitter, TextSplitter

    return MarkdownSplitter(size) if kind == "md" else TextSplitter(size)
