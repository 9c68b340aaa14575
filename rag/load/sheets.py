"""XLSX: the tables of each sheet, line by line."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.load import workbook
from rag.load.blocks import Block, Progress
from rag.load.tables import MAX_COLUMNS, Table, TableRow, repeated_cell_text

MAX_ROWS = 200_000
MOST_MERGED = 20_000
"""Ranges of merged cells in one sheet that are looked at."""
Range = tuple[tuple[int, int], tuple[int, int]]
"""Row and column of the first cell and of the last."""


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    package = workbook.open_workbook(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        # Not from the path: it would take the kind from a name that originals do not have.
        book = CalamineWorkbook.from_filelike(package)
        names = book.sheet_names
        for done, title in enumerate(names):
            sheet = book.get_sheet_by_name(title)
            if sheet.total_height > MAX_ROWS or sheet.total_width > 20_000:
                raise DocumentError("too_long", f"{sheet.total_height} rows")
            yield Block(title, 1)
            first_column = sheet.start[1] if sheet.start else 0
            rows = fill_merged_cells(sheet.iter_rows(), sheet.merged_cell_ranges or [], first_column)
            yield from Table().blocks(rows)
            yield Progress(done + 1, len(names))
    except (CalamineError, ValueError, OSError) as error:
        raise DocumentError("broken", str(error)) from error


def fill_merged_cells(
    rows: Iterable[Sequence[Any]], ranges: Sequence[Range], first_column: int
) -> Iterator[TableRow]:
    """With what merged cells say in each place that they cover. `rows` begin with the sheet's first row, and
    with `first_column`; `ranges` count from the sheet's corner."""
    beginning: dict[int, list[Range]] = {}
    for (top, left), (bottom, right) in ranges[:MOST_MERGED]:
        columns = (max(left - first_column, 0), right - first_column)
        beginning.setdefault(top, []).append(((top, columns[0]), (bottom, columns[1])))
    open_ranges: list[tuple[Range, str]] = []
    for number, values in enumerate(rows):
        row = TableRow([cell_text(value) for value in islice(values, MAX_COLUMNS)])
        open_ranges = [(one, text) for one, text in open_ranges if one[1][0] >= number]
        for one in beginning.get(number, ()):
            column = one[0][1]
            open_ranges.append((one, row.texts[column] if column < len(row.texts) else ""))
        for one, text in open_ranges:
            _fill(row, one, text)
        yield row


def _fill(row: TableRow, one: Range, text: str) -> None:
    first, last = one[0][1], min(one[1][1], MAX_COLUMNS - 1)
    for column in range(first, min(last + 1, len(row.texts))):
        row.texts[column] = row.texts[column] or repeated_cell_text(text)
        row.starts[column] = first


def cell_text(cell: Any) -> str:
    """As a sheet shows it, as far as its value tells."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float():
            return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "seconds")
    return " ".join(str(cell).split())
