"""DOCX: the main part, then notes, comments, headers and footers. Headings by their style, whatever language
Word was set to; pages as Word last laid them out."""

from collections.abc import Iterator
from pathlib import Path

from rag.load import archive, html, office, xml
from rag.load.blocks import Block, Progress
from rag.load.plain import decode_file
from rag.load.word_numbers import Numbering
from rag.load.word_styles import Styles
from rag.load.word_text import WordReader

BESIDE = ("footnotes", "endnotes", "comments", "header", "footer", "diagramData")
"""Kinds of other parts that hold text, in the order in which they are read."""


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.open_archive(path) as members:
        _, main = office.main_part(members)
        styles = Styles(_first(members, main, "styles"))
        numbering = Numbering(_first(members, main, "numbering"))
        parts = [main, *office.find_related_parts(members, main, *BESIDE)]
        seen: set[str] = set()
        for done, part in enumerate(parts):
            blocks = list(_blocks(members, part, styles, numbering, is_main=part == main))
            if part == main:
                yield from blocks
            else:
                # First pages and even pages have headers of their own, which mostly say the same.
                yield from (block for block in blocks if block.text not in seen)
                seen.update(block.text for block in blocks)
            yield Progress(done + 1, len(parts))


def _first(members: archive.ArchiveMembers, main: str, kind: str) -> bytes:
    """The part of that kind; empty where there is none."""
    folder = main.rpartition("/")[0]
    names = [*office.find_related_parts(members, main, kind), f"{folder}/{kind}.xml"]
    return next((members.read(name) for name in names if name in members), b"")


def _blocks(
    members: archive.ArchiveMembers, part: str, styles: Styles, numbering: Numbering, *, is_main: bool
) -> Iterator[Block]:
    data = members.read(part)
    reader = WordReader(styles, numbering, is_laid_out=is_main and b"lastRenderedPageBreak" in data)
    xml.parse(data, reader.start, reader.end, reader.characters)
    relations = office.find_relations(members, part) if reader.holds_chunks else {}
    for block in reader.finish(is_paged=is_main):
        if isinstance(block, Block):
            yield block
        elif block in relations and relations[block][1] in members:
            yield from _chunk(members, relations[block][1])


def _chunk(members: archive.ArchiveMembers, name: str) -> Iterator[Block]:
    """A page or text that the document holds as a whole."""
    ending = name.rpartition(".")[2].lower()
    if ending in ("html", "htm", "xhtml", "mht"):
        yield from html.html_blocks(decode_file(members.read(name)))
    elif ending == "txt":
        yield Block(decode_file(members.read(name)).strip())
