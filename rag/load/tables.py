"""The lines that tables become: each row with its columns' names, so that a passage cut from the middle of a
table still says what its numbers are. A merged cell is what each place that it covers says."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.load.blocks import Block

MAX_COLUMNS = 200
MAX_SPAN = 1_000
"""Rows that a cell may cover."""
MOST_REPEATED = 300
"""Characters of a merged cell that are repeated."""
MOST_HEADS = 4
LONG = 1_500
"""Characters of a cell that is rather a part of the page."""
_NUMBER = re.compile(r"[-+−(]?[\s.,'’%‰€$£₺₽¥:/()+−-]*+\d[\s\d.,'’%‰€$£₺₽¥:/()+−-]*+(?:[^\W\d]{1,3}\.?)?$")
_YEAR = re.compile(r"(?:19|20)\d\d$")


@dataclass(frozen=True, slots=True)
class TableCell:
    text: str
    rows: int = 1
    columns: int = 1
    is_head: bool = False


@dataclass(slots=True)
class TableRow:
    """`starts`: for each place the column in which its cell begins. `is_head`: the file says so. `page`: as a
    Block's."""

    texts: list[str]
    starts: list[int] = field(default_factory=list)
    is_head: bool = False
    page: int | None = None

    def __post_init__(self) -> None:
        self.starts = self.starts or list(range(len(self.texts)))

    @property
    def filled(self) -> list[int]:
        """Columns in which a cell with text begins."""
        return [at for at, text in enumerate(self.texts) if text and self.starts[at] == at]

    @property
    def has_groups(self) -> bool:
        """Whether a cell stands above several columns, and others beside it."""
        return len(self.filled) > 1 and any(
            self.texts[at] and start != at for at, start in enumerate(self.starts)
        )

    @property
    def has_numbers(self) -> bool:
        return any(is_number(self.texts[at]) for at in self.filled)


def lay_out_rows(rows: Iterable[Sequence[TableCell]]) -> Iterator[TableRow]:
    """Rows of a grid of cells, of which each says how many rows and columns it covers."""
    hanging: dict[int, tuple[int, TableCell, int]] = {}
    """Column to: rows that are left, the cell, its first column."""
    for cells in rows:
        texts, starts, is_head = list[str](), list[int](), bool(cells) and all(cell.is_head for cell in cells)
        waiting = list(reversed(cells))
        while (waiting or any(column >= len(texts) for column in hanging)) and len(texts) < MAX_COLUMNS:
            at = len(texts)
            if not waiting and at not in hanging:
                texts.append("")
                starts.append(at)
                continue
            if at in hanging:
                left, cell, start = hanging.pop(at)
                texts.append(repeated_cell_text(cell.text))
                starts.append(start)
                if left > 1:
                    hanging[at] = (left - 1, cell, start)
                continue
            cell = waiting.pop()
            for column in range(at, min(at + max(cell.columns, 1), MAX_COLUMNS)):
                if column > at and column in hanging:
                    break
                texts.append(cell.text if column == at else repeated_cell_text(cell.text))
                starts.append(at)
                if cell.rows > 1:
                    hanging[column] = (min(cell.rows, MAX_SPAN) - 1, cell, at)
        yield TableRow(texts, starts, is_head)


def repeated_cell_text(text: str) -> str:
    """What a merged cell says in the places after its first."""
    return text if len(text) <= MOST_REPEATED else ""


class Table:
    """A block for each of rows that come one after the other. `heads`: how many at the beginning are names of
    columns; None where it must be told from them."""

    def __init__(self, heads: int | None = None) -> None:
        self._said = heads
        self._begin()

    def _begin(self) -> None:
        self._heads: list[TableRow] = []
        self._names: list[str] | None = None
        self._numeric: set[int] = set()
        self._gap = False

    def blocks(self, rows: Iterable[TableRow]) -> Iterator[Block]:
        for row in rows:
            if row.filled:
                yield from self._of_row(row)
                self._gap = False
            else:
                self._gap = True
        yield from self._of_heads()

    def _of_row(self, row: TableRow) -> Iterator[Block]:
        if self._names is not None and self._gap and self._begins_anew(row):
            self._begin()
        if self._names is None and self._is_head(row):
            self._heads.append(row)
            return
        if self._names is None and not self._heads and len(row.filled) == 1:
            yield Block(row.texts[row.filled[0]], 0, row.page)
            return
        yield from self._of_heads()
        self._names = self._names if self._names is not None else names_of(self._heads)
        self._heads = []
        self._numeric.update(at for at in row.filled if is_number(row.texts[at]))
        yield Block(_labelled(row, self._names), 0, row.page)

    def _of_heads(self) -> Iterator[Block]:
        if self._heads:
            self._names = names_of(self._heads)
            line = " | ".join(name for name in drop_repeats(self._names) if name)
            yield Block(line, 0, self._heads[0].page)
            self._heads = []

    def _is_head(self, row: TableRow) -> bool:
        if self._said is not None:
            return len(self._heads) < self._said
        if not self._heads:
            return len(row.filled) > 1 and is_like_names(row)
        return len(self._heads) < MOST_HEADS and self._heads[-1].has_groups and not row.has_numbers

    def _begins_anew(self, row: TableRow) -> bool:
        """Behind an empty row: whether these are the names of another table's columns."""
        if self._said is not None or len(row.filled) < 2 or row.has_numbers:
            return False
        columns = {at for at, name in enumerate(self._names or []) if name}
        return bool(self._numeric.intersection(row.filled)) or not columns.issuperset(row.filled)


def drop_repeats(names: Sequence[str]) -> Iterator[str]:
    """Without those that only repeat the one before."""
    for before, name in pairwise(["", *names]):
        if name != before:
            yield name


def names_of(heads: Sequence[TableRow]) -> list[str]:
    """What stands above each column, from above."""
    width = max((len(row.texts) for row in heads), default=0)
    return [
        " ".join(filter(None, drop_repeats([row.texts[at] for row in heads if at < len(row.texts)])))
        for at in range(width)
    ]


def is_like_names(row: TableRow) -> bool:
    """A first row without numbers; years may stand in it, if there are several."""
    numbers = [row.texts[at] for at in row.filled if is_number(row.texts[at])]
    if not numbers:
        return True
    years = len(set(numbers)) == len(numbers) > 1 and all(map(_YEAR.match, numbers))
    return years and len(numbers) < len(row.filled) + (not row.texts[0])


def is_number(text: str) -> bool:
    return len(text) < 40 and _NUMBER.match(text) is not None


def _labelled(row: TableRow, names: Sequence[str]) -> str:
    if len(row.texts) > 1 and len(set(row.starts)) == 1:
        return row.texts[0]
    cells = []
    for at, text in enumerate(row.texts):
        name = names[at] if at < len(names) else ""
        if text and (name or row.starts[at] == at):
            cells.append(f"{name}: {text}" if name and name != text else text)
    return " | ".join(cells)


def is_for_layout(rows: Sequence[Sequence[Sequence[Block]]], *, holds_table: bool) -> bool:
    """Of a table whose file names no heads: whether it only puts parts of a page beside one another. Rows of
    cells of blocks."""
    if holds_table or max(map(len, rows), default=0) <= 1:
        return True
    cells = [cell for row in rows for cell in row]
    return any(
        any(block.level for block in cell) or sum(len(block.text) for block in cell) > LONG for cell in cells
    )


def heads_of(rows: Sequence[TableRow]) -> int:
    """How many rows of a table in a written text are names of columns, where the text does not say it: such
    tables are often forms, with names at the left."""
    said = next((number for number, row in enumerate(rows) if not row.is_head), len(rows))
    if said and said < len(rows):
        return said
    full = [row for row in rows if row.filled]
    if len(full) < 2 or not is_like_names(full[0]) or any(text.endswith(":") for text in full[0].texts):
        return 0
    if full[0].has_groups:
        depth = next((number for number, row in enumerate(full) if not row.has_groups), 0) + 1
        return min(depth, MOST_HEADS, len(full) - 1)
    return int(len(full[0].filled) > 2 or _is_a_list(full[0], full[1:]))


def _is_a_list(first: TableRow, body: Sequence[TableRow]) -> bool:
    """Of two columns: whether numbers stand below a word that is none."""
    if len(first.filled) < 2:
        return False
    columns = [
        [row.texts[at] for row in body if at < len(row.texts) and row.texts[at]] for at in first.filled
    ]
    numeric = [bool(texts) and all(map(is_number, texts)) for texts in columns]
    return all(numeric) or (any(numeric) and len(body) > 1)
