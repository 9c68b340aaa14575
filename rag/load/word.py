"""DOCX. Headings by their style, whatever language Word was set to; pages as Word last laid them out."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.load import archive, xml
from rag.load.blocks import Block, Progress

MAIN, STYLES, NOTES = "word/document.xml", "word/styles.xml", ("word/footnotes.xml", "word/endnotes.xml")


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.opened(path) as members:
        levels = heading_styles(members.read(STYLES)) if STYLES in members else {}
        parts = [MAIN, *(part for part in NOTES if part in members)]
        for done, part in enumerate(parts):
            data = members.read(part)
            reader = Paragraphs(levels, is_laid_out=b"lastRenderedPageBreak" in data)
            xml.parse(data, reader.start, reader.end, reader.characters)
            yield from reader.paged() if part == MAIN else reader.blocks
            yield Progress(done + 1, len(parts))


def heading_styles(data: bytes) -> dict[str, int]:
    """Style id to level. Built-in names are English in every Word: `heading 1`, `Title`."""
    levels: dict[str, int] = {}
    style = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        value = attributes.get("val", "")
        if name == "style":
            style = attributes.get("styleId", "")
        elif name == "name" and value.lower() == "title":
            levels[style] = 1
        elif name == "name" and value.lower().startswith("heading ") and value[8:].isdigit():
            levels[style] = min(int(value[8:]), 9)
        elif name == "outlineLvl" and style not in levels and value.isdigit() and int(value) < 9:
            levels[style] = int(value) + 1

    xml.parse(data, start, lambda _: None)
    return levels


class Paragraphs:
    """The paragraphs and table rows of one part. What was deleted, and field codes, are no text.

    `is_laid_out`: Word has written where its pages ended, breaks that a person made among them."""

    def __init__(self, levels: Mapping[str, int], *, is_laid_out: bool) -> None:
        self._is_laid_out = is_laid_out
        self.blocks: list[Block] = []
        self._levels = levels
        self._page = 1
        self._page_of_paragraph = 1
        self._level = 0
        self._text: list[str] = []
        self._inside_text = False
        self._cells: list[list[str]] = []
        self._tables = 0

    def paged(self) -> list[Block]:
        """Without page numbers where nothing in the file says where a page ends."""
        if self._page > 1:
            return self.blocks
        return [Block(block.text, block.level) for block in self.blocks]

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "p":
                self._level, self._page_of_paragraph = 0, self._page
            case "pStyle":
                self._level = self._levels.get(attributes.get("val", ""), 0)
            case "outlineLvl" if attributes.get("val", "9").isdigit() and int(attributes["val"]) < 9:
                self._level = int(attributes["val"]) + 1
            case "t":
                self._inside_text = True
            case "tab" | "br" | "cr" | "lastRenderedPageBreak":
                self._lay_out(name, attributes)
            case "tbl" | "tr" | "tc":
                self._start_of_table(name)

    def _lay_out(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "tab":
                self._text.append("\t")
            case "lastRenderedPageBreak":
                self._turn_page()
            case "br" if attributes.get("type") == "page":
                if not self._is_laid_out:
                    self._turn_page()
            case _:
                self._text.append("\n")

    def _turn_page(self) -> None:
        self._page += 1
        if not "".join(self._text).strip():
            self._page_of_paragraph = self._page

    def _start_of_table(self, name: str) -> None:
        match name:
            case "tbl":
                self._tables += 1
            case "tr" if self._tables == 1:
                self._cells = []
            case "tc" if self._tables == 1:
                self._cells.append([])

    def end(self, name: str) -> None:
        match name:
            case "t":
                self._inside_text = False
            case "p":
                self._end_paragraph()
            case "tr" if self._tables == 1:
                row = " | ".join(" ".join(cell) for cell in self._cells)
                self._add(row, 0)
            case "tbl":
                self._tables -= 1

    def characters(self, text: str) -> None:
        if self._inside_text:
            self._text.append(text)

    def _end_paragraph(self) -> None:
        text = "".join(self._text).strip()
        self._text = []
        if self._tables and self._cells:
            if text:
                self._cells[-1].append(text)
        else:
            self._add(text, self._level)

    def _add(self, text: str, level: int) -> None:
        if text.strip(" |\n\t"):
            self.blocks.append(Block(text, level, self._page_of_paragraph))
