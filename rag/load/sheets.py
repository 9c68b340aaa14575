"""XLSX, and the lines that tables become: each row with its columns' names, so that a passage cut from the
middle of a table still says what its numbers are."""

import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.load import archive
from rag.load.blocks import Block, Progress

MAX_ROWS = 200_000
MAX_COLUMNS = 200


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    with archive.opened(path):
        pass
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        # Not from the path: it would take the kind from a name that originals do not have.
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        names = workbook.sheet_names
        for done, title in enumerate(names):
            sheet = workbook.get_sheet_by_name(title)
            if sheet.total_height > MAX_ROWS or sheet.total_width > 20_000:
                raise DocumentError("too_long", f"{sheet.total_height} rows")
            yield Block(title, 1)
            yield from (Block(line) for line in table_lines(sheet.iter_rows()))
            yield Progress(done + 1, len(names))
    except (CalamineError, ValueError, OSError) as error:
        raise DocumentError("broken", str(error)) from error


def table_lines(rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    """`rows` with their heads: the first row of more than one cell, unless it holds numbers."""
    heads: list[str] | None = None
    for row in rows:
        cells = [shown(cell) for cell in islice(row, MAX_COLUMNS)]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if heads is None and len(filled) > 1:
            heads = cells if not any(is_number(cell) for cell in filled) else []
            yield " | ".join(filled)
            continue
        yield " | ".join(_labelled(cells, heads or []))


def _labelled(cells: Sequence[str], heads: Sequence[str]) -> Iterator[str]:
    for column, cell in enumerate(cells):
        if cell:
            head = heads[column] if column < len(heads) else ""
            yield f"{head}: {cell}" if head else cell


def shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def is_number(text: str) -> bool:
    return text.replace(".", "").replace(",", "").replace("-", "").replace(" ", "").isdigit()
