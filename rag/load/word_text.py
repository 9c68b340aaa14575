"""The text of one part of a DOCX, as a reader of the printed page has it: what was deleted or moved away,
hidden text, codes of fields and readings above Chinese characters are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.load.blocks import Block
from rag.load.markup import Alternatives
from rag.load.office_tables import OpenOfficeTable
from rag.load.symbols import symbol_sign
from rag.load.word_numbers import Numbering
from rag.load.word_styles import Styles, outline_level

MOST_NESTED = 64
"""Text boxes and tables one in the other."""
REMOVED = frozenset({"del", "moveFrom"})
_SKIPPED = """
pPrChange rPrChange tblPrChange tblGridChange trPrChange tcPrChange sectPrChange tblPrExChange numberingChange
rt instrText delText delInstrText
"""
SKIPPED = frozenset(_SKIPPED.split()) | REMOVED
_SIGNS = {"noBreakHyphen": "-", "cr": "\n", "ptab": "\t", "tab": "\t", "br": "\n"}
OFF = frozenset({"0", "false", "off", "none"})


@dataclass(slots=True)
class _Paragraph:
    page: int
    text: list[str] = field(default_factory=list)
    level: int | None = None
    style: str = ""
    number: str | None = None
    depth: int | None = None
    joins_next: bool = False
    """Its end was deleted."""
    after: list[Block | str] = field(default_factory=list)
    """What stood in boxes that hang on it."""


@dataclass(slots=True)
class _Story:
    """The part itself, or a text box in it: paragraphs and tables that follow one another."""

    blocks: list[Block | str] = field(default_factory=list)
    paragraph: _Paragraph | None = None
    carried: _Paragraph | None = None
    """One that goes on in the next."""
    tables: list[OpenOfficeTable] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    """Of the elements that matter to what is in them, those that are open."""

    def add(self, one: Block | str) -> None:
        if self.tables and self.tables[-1].is_in_cell and isinstance(one, Block):
            self.tables[-1].add(one)
        else:
            self.blocks.append(one)


class WordReader:
    """`is_laid_out`: Word has written where its pages ended, breaks that a person made among them."""

    def __init__(self, styles: Styles, numbering: Numbering, *, is_laid_out: bool) -> None:
        self._styles, self._numbering = styles, numbering
        self._is_laid_out = is_laid_out
        self.holds_chunks = False
        self._page, self._written, self._skipped = 1, 0, 0
        self._alternatives = Alternatives()
        self._stories = [_Story()]
        self._is_hidden, self._is_placeholder = False, False
        self._fields: list[bool] = []
        """For each open field whether its code is being read."""

    @property
    def _story(self) -> _Story:
        return self._stories[-1]

    def finish(self, *, is_paged: bool) -> list[Block | str]:
        """Blocks, and ids of parts to read in their place. No pages where nothing says where one ends."""
        self._place_carried()
        found = self._story.blocks
        if is_paged and self._page > 1:
            return found
        return [Block(one.text, one.level) if isinstance(one, Block) else one for one in found]

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        if name in REMOVED:
            self._remove()
        if self._is_to_skip(name, attributes):
            self._skipped = 1
            return
        inside = self._story.inside
        if name == "txbxContent" and len(self._stories) < MOST_NESTED:
            self._stories.append(_Story())
        elif "pPr" in inside:
            self._describe(name, attributes)
        elif name in ("t", "r", "pPr", "rPr"):
            inside.append(name)
            self._is_hidden = self._is_hidden and name != "r"
        elif "r" in inside:
            self._run(name, attributes)
        else:
            self._structure(name, attributes)

    def _is_to_skip(self, name: str, attributes: Mapping[str, str]) -> bool:
        if name == "sdt":
            self._is_placeholder = False
        elif name == "showingPlcHdr":
            self._is_placeholder = attributes.get("val", "") not in OFF
        elif name == "sdtContent" and self._is_placeholder:
            self._is_placeholder = False
            return True
        return name in SKIPPED or self._alternatives.start(name, self._written)

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        self._alternatives.end(name, self._written)
        inside = self._story.inside
        if name == "txbxContent" and len(self._stories) > 1 and not inside:
            self._end_box()
        elif inside and inside[-1] == name:
            inside.pop()
            self._left(name)

    def _left(self, name: str) -> None:
        match name:
            case "p":
                self._end_paragraph()
            case "tc":
                self._place_carried()
                self._story.tables[-1].end_cell()
            case "tbl":
                self._end_table()

    def characters(self, text: str) -> None:
        inside = self._story.inside
        if inside and inside[-1] == "t" and not self._skipped:
            self._write(text)

    def _write(self, text: str) -> None:
        paragraph = self._story.paragraph
        if paragraph is None or self._is_hidden or any(self._fields):
            return
        paragraph.text.append(text)
        self._written += len(text)

    def _remove(self) -> None:
        """Deleted is a paragraph's end or a row, where it says so of itself."""
        story = self._story
        if "pPr" in story.inside and story.paragraph is not None:
            story.paragraph.joins_next = True
        elif "trPr" in story.inside and story.tables:
            story.tables[-1].delete_row()

    def _describe(self, name: str, attributes: Mapping[str, str]) -> None:
        paragraph, value = self._story.paragraph, attributes.get("val", "")
        if paragraph is None:
            return
        match name:
            case "pStyle":
                paragraph.style = value
            case "outlineLvl":
                paragraph.level = outline_level(value) or 0
            case "numId":
                paragraph.number = value
            case "ilvl":
                paragraph.depth = int(value) if value.isdigit() else None

    def _run(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "vanish" if attributes.get("val", "") not in OFF:
                self._is_hidden = True
            case "fldChar":
                self._field(attributes.get("fldCharType", ""))
            case "lastRenderedPageBreak":
                self._turn_page()
            case "br" if attributes.get("type") == "page":
                if not self._is_laid_out:
                    self._turn_page()
            case "sym":
                self._write(symbol_sign(attributes.get("font", ""), attributes.get("char", "")))
            case _ if name in _SIGNS and "rPr" not in self._story.inside:
                self._write(_SIGNS[name])

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _turn_page(self) -> None:
        self._page += 1
        paragraph = self._story.paragraph
        if paragraph is not None and not "".join(paragraph.text).strip():
            paragraph.page = self._page

    def _structure(self, name: str, attributes: Mapping[str, str]) -> None:
        story = self._story
        match name:
            case "p":
                story.paragraph = _Paragraph(self._page)
                story.inside.append(name)
            case "tbl" if len(story.tables) < MOST_NESTED:
                self._place_carried()
                story.tables.append(OpenOfficeTable())
                story.inside.append(name)
            case "altChunk":
                self.holds_chunks = True
                story.add(attributes.get("id", ""))
            case _ if story.tables:
                story.tables[-1].start(name, attributes, self._page)
                if name in ("tc", "trPr"):
                    story.inside.append(name)

    def _end_paragraph(self) -> None:
        story = self._story
        paragraph, story.paragraph = story.paragraph, None
        # A field whose code did not end with its paragraph would hide the rest.
        self._fields = [False for _ in self._fields]
        if paragraph is None:
            return
        if story.carried is not None:
            paragraph.text[:0] = story.carried.text
            paragraph.after[:0] = story.carried.after
            story.carried = None
        if paragraph.joins_next:
            story.carried = paragraph
        else:
            self._place(paragraph)

    def _place_carried(self) -> None:
        paragraph, self._story.carried = self._story.carried, None
        if paragraph is not None:
            self._place(paragraph)

    def _place(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.text).strip()
        before = self._number_of(paragraph)
        if text:
            level = self._styles.level(paragraph.style) if paragraph.level is None else paragraph.level
            self._story.add(Block(f"{before} {text}" if before else text, level, paragraph.page))
        for one in paragraph.after:
            self._story.add(one)

    def _number_of(self, paragraph: _Paragraph) -> str:
        number, depth = self._styles.number(paragraph.style)
        number = number if paragraph.number is None else paragraph.number
        return self._numbering.next(number, depth if paragraph.depth is None else paragraph.depth)

    def _end_box(self) -> None:
        self._place_carried()
        blocks = self._stories.pop().blocks
        host = self._story.paragraph
        if host is not None:
            host.after += blocks
        else:
            for one in blocks:
                self._story.add(one)

    def _end_table(self) -> None:
        self._place_carried()
        tables = self._story.tables
        table = tables.pop()
        if tables:
            tables[-1].holds_table = True
        for block in table.blocks():
            self._story.add(block)
