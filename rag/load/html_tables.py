"""A table of a page: its cells while they are read, and what is made of them at its end."""

from collections.abc import Iterator, Mapping

from rag.load.blocks import Block
from rag.load.tables import MAX_COLUMNS, MAX_SPAN, Table, TableCell, heads_of, is_for_layout, lay_out_rows

MAX_TABLES = 16
"""Tables one in the other; those further in are text."""


class OpenHtmlTable:
    def __init__(self, attributes: Mapping[str, str | None]) -> None:
        self.is_in_cell = False
        self.holds_table = False
        self._is_layout = attributes.get("role") in ("presentation", "none")
        self._in_head = False
        self._has_heads = False
        self._rows: list[list[TableCell]] = []
        self._blocks: list[list[list[Block]]] = []
        """Of each row the blocks of each cell."""
        self._cell: list[Block] = []
        self._about_cell = (1, 1, False)

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        self.end_cell()
        match tag:
            case "tr":
                self._start_row()
            case "td" | "th":
                rows = _span(attributes.get("rowspan"), MAX_SPAN) or MAX_SPAN
                columns = _span(attributes.get("colspan"), MAX_COLUMNS) or 1
                self._about_cell = (rows, columns, tag == "th" or self._in_head)
                self._cell = []
                self.is_in_cell = True
            case _:
                self._in_head = tag == "thead"

    def add(self, block: Block) -> None:
        self._cell.append(block)

    def end_cell(self) -> None:
        if not self.is_in_cell:
            return
        self.is_in_cell = False
        rows, columns, is_head = self._about_cell
        text = " ".join(" ".join(block.text for block in self._cell).split())
        if not self._rows:
            self._start_row()
        self._rows[-1].append(TableCell(text, rows, columns, is_head))
        self._blocks[-1].append(self._cell)
        self._has_heads = self._has_heads or is_head

    def _start_row(self) -> None:
        self._rows.append([])
        self._blocks.append([])

    def blocks(self, page: int | None) -> Iterator[Block]:
        self.end_cell()
        if self._is_layout or (
            not self._has_heads and is_for_layout(self._blocks, holds_table=self.holds_table)
        ):
            for cells in self._blocks:
                for cell in cells:
                    yield from cell
            return
        rows = list(lay_out_rows(self._rows))
        for row in rows:
            row.page = page
        yield from Table(heads_of(rows)).blocks(rows)


def _span(value: str | None, most: int) -> int:
    """0 means: to the end."""
    digits = (value or "1").strip()
    return min(int(digits), most) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 1
