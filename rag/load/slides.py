"""PPTX: slides in the order in which they are shown, each with its title as a heading, and its notes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.errors import DocumentError
from rag.load import archive, office, xml
from rag.load.blocks import MAX_PAGES, Block, Progress
from rag.load.markup import Alternatives
from rag.load.office_tables import OpenOfficeTable

MARGINS = frozenset({"dt", "ftr", "sldNum", "hdr"})
"""Places for the date, a footer and the slide's number, which every slide repeats."""
MOST_TABLES = 16
ON = frozenset({"1", "true", "on"})


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.open_archive(path) as members:
        slides = slides_in_order(members)
        if len(slides) > MAX_PAGES:
            raise DocumentError("too_long", f"{len(slides)} slides")
        for number, slide in enumerate(slides, 1):
            shapes = read_slide(members, slide, number)
            yield Block(shapes.title or str(number), 1, number)
            yield from shapes.blocks
            for diagram in office.find_related_parts(members, slide, "diagramData"):
                yield from read_slide(members, diagram, number).blocks
            for notes in office.find_related_parts(members, slide, "notesSlide")[:1]:
                yield from (
                    block for block in read_slide(members, notes, number).blocks if not block.text.isdigit()
                )
            yield Progress(number, len(slides))


def slides_in_order(members: archive.ArchiveMembers) -> list[str]:
    _, main = office.main_part(members)
    targets = office.find_relations(members, main)
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        # The slide's number and its relation are both an `id`, and any prefix may stand before the latter.
        if name == "sldId":
            found.extend(targets[value][1] for value in set(attributes.values()) if value in targets)

    xml.parse(members.read(main), start, lambda _: None)
    return [slide for slide in found if slide in members]


def read_slide(members: archive.ArchiveMembers, part: str, number: int) -> "Shapes":
    shapes = Shapes(number)
    xml.parse(members.read(part), shapes.start, shapes.end, shapes.characters)
    shapes.end_shape()
    return shapes


class Shapes:
    """The texts of one slide: its title, and a block for each other shape and each row of a table."""

    def __init__(self, number: int) -> None:
        self.title = ""
        self.blocks: list[Block] = []
        self._number = number
        self._place = ""
        self._paragraphs: list[str] = []
        self._text: list[str] = []
        self._inside_text = False
        self._written, self._skipped = 0, 0
        self._alternatives = Alternatives()
        self._tables: list[OpenOfficeTable] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipped or self._alternatives.start(name, self._written):
            self._skipped += 1
            return
        match name:
            case "sp":
                self.end_shape()
            case "ph":
                self._place = attributes.get("type", "")
            case "t":
                self._inside_text = True
            case "br":
                self._text.append("\n")
            case "tab":
                self._text.append("\t")
            case "tbl" if len(self._tables) < MOST_TABLES:
                self.end_shape()
                self._tables.append(OpenOfficeTable())
            case "tblPr" | "tr" | "tc" if self._tables:
                self._start_of_table(name, attributes)

    def _start_of_table(self, name: str, attributes: Mapping[str, str]) -> None:
        table = self._tables[-1]
        if name == "tblPr":
            table.has_first_row = attributes.get("firstRow") in ON
            return
        table.start(name, attributes, self._number)
        for merge in ("hMerge", "vMerge"):
            if name == "tc" and attributes.get(merge) in ON:
                table.start(merge, {"val": "continue"}, self._number)

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        self._alternatives.end(name, self._written)
        match name:
            case "t":
                self._inside_text = False
            case "p":
                self._end_paragraph()
            case "sp":
                self.end_shape()
            case "tc" if self._tables:
                self._tables[-1].end_cell()
            case "tbl" if self._tables:
                self.blocks += self._tables.pop().blocks()

    def characters(self, text: str) -> None:
        if self._inside_text and not self._skipped:
            self._text.append(text)
            self._written += len(text)

    def _end_paragraph(self) -> None:
        text = "".join(self._text).strip()
        self._text = []
        if not text:
            return
        if self._tables and self._tables[-1].is_in_cell:
            self._tables[-1].add(Block(text, 0, self._number))
        else:
            self._paragraphs.append(text)

    def end_shape(self) -> None:
        text, place = "\n".join(self._paragraphs), self._place
        self._paragraphs, self._place = [], ""
        if place in ("title", "ctrTitle") and not self.title:
            self.title = " ".join(text.split())
        elif text and place not in MARGINS:
            self.blocks.append(Block(text, 0, self._number))
