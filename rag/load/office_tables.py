"""A table of a DOCX or PPTX: its cells while they are read, and what is made of them at its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rag.load.blocks import Block
from rag.load.tables import MAX_COLUMNS, Table, TableRow, heads_of, is_for_layout, repeated_cell_text

CONTINUES = ("", "continue")
OFF = ("0", "false", "off")


@dataclass(slots=True)
class _Cell:
    columns: int = 1
    goes_on_below: bool = False
    """It is a part of the cell above."""
    goes_on_beside: bool = False
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Row:
    page: int
    before: int = 0
    """Columns that are left out."""
    is_head: bool = False
    is_deleted: bool = False
    cells: list[_Cell] = field(default_factory=list)


class OpenOfficeTable:
    def __init__(self) -> None:
        self.is_in_cell = False
        self.holds_table = False
        self.has_first_row = False
        """Its first row is drawn as names of columns."""
        self._rows: list[_Row] = []

    def start(self, name: str, attributes: Mapping[str, str], page: int) -> None:
        value = attributes.get("val", "")
        if name == "tr":
            self._rows.append(_Row(page))
        elif name == "tc":
            if not self._rows:
                self._rows.append(_Row(page))
            self._rows[-1].cells.append(_Cell())
            self.is_in_cell = True
        elif self._rows:
            self._describe(self._rows[-1], name, value)

    def _describe(self, row: _Row, name: str, value: str) -> None:
        match name:
            case "gridBefore":
                row.before = _count(value, 0)
            case "tblHeader" if value not in OFF:
                row.is_head = True
            case "gridSpan" if row.cells:
                row.cells[-1].columns = _count(value, 1)
            case "vMerge" if row.cells:
                row.cells[-1].goes_on_below = value in CONTINUES
            case "hMerge" if row.cells:
                row.cells[-1].goes_on_beside = value in CONTINUES

    def delete_row(self) -> None:
        if self._rows:
            self._rows[-1].is_deleted = True

    def add(self, block: Block) -> None:
        self._rows[-1].cells[-1].blocks.append(block)

    def end_cell(self) -> None:
        self.is_in_cell = False

    def blocks(self) -> Iterator[Block]:
        self.is_in_cell = False
        rows = [row for row in self._rows if not row.is_deleted]
        if rows and self.has_first_row:
            rows[0].is_head = True
        cells = [[cell.blocks for cell in row.cells] for row in rows]
        if not any(row.is_head for row in rows) and is_for_layout(cells, holds_table=self.holds_table):
            for row in cells:
                for cell in row:
                    yield from cell
            return
        made: list[TableRow] = []
        for one in rows:
            made.append(_laid_out(one, made[-1] if made else None))
        yield from Table(heads_of(made)).blocks(made)


def _laid_out(row: _Row, above: TableRow | None) -> TableRow:
    texts, starts = [""] * row.before, list(range(row.before))
    for cell in row.cells:
        at = len(texts)
        text = " ".join(" ".join(block.text for block in cell.blocks).split())
        if cell.goes_on_below and not text and above is not None and at < len(above.texts):
            text = repeated_cell_text(above.texts[at])
        if cell.goes_on_beside and texts:
            text, at = texts[-1], starts[-1]
        for column in range(len(texts), min(len(texts) + cell.columns, MAX_COLUMNS)):
            texts.append(text if column == at else repeated_cell_text(text))
            starts.append(at)
    page = next((block.page for cell in row.cells for block in cell.blocks if block.page), row.page)
    return TableRow(texts, starts, row.is_head, page)


def _count(value: str, otherwise: int) -> int:
    return (
        min(int(value), MAX_COLUMNS) if value.isascii() and value.isdigit() and len(value) < 6 else otherwise
    )
