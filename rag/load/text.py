"""Plain text, Markdown, code and CSV."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from rag.errors import DocumentError
from rag.load.blocks import MAX_CHARACTERS, Block, Progress
from rag.load.plain import decode_file
from rag.load.sheets import MAX_ROWS, cell_text
from rag.load.tables import MAX_COLUMNS, Table, TableRow

_HEADING = re.compile(r" {0,3}(#{1,6})\s++(.*)")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
SEPARATORS = ",;\t|"


def load_text(path: Path, name: str) -> Iterator[Block | Progress]:
    """Also code: paragraphs stay as they are."""
    for paragraph in re.split(r"\n\s*\n", decode_file(path.read_bytes())):
        if paragraph.strip():
            yield Block(paragraph.strip("\n"))
    yield Progress(1, 1)


def load_markdown(path: Path, name: str) -> Iterator[Block | Progress]:
    yield from markdown_blocks(decode_file(path.read_bytes()))
    yield Progress(1, 1)


def markdown_blocks(text: str) -> Iterator[Block]:
    """A block for each heading, and one for all that stands between two."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        heading = None if fence else _HEADING.match(line)
        if heading:
            yield from _joined(lines)
            lines = []
            yield Block(_without_closing(heading[2]), len(heading[1]))
        elif not fence and _is_underlined(lines, line):
            title = lines.pop()
            yield from _joined(lines)
            lines = []
            yield Block(title.strip(), 1 if line.strip().startswith("=") else 2)
        else:
            lines.append(line)
    yield from _joined(lines)


def _without_closing(heading: str) -> str:
    """`Setup ##` is a heading that is closed; `C#` is a name."""
    text = heading.rstrip()
    bare = text.rstrip("#")
    return bare.rstrip() if not bare or bare[-1].isspace() else text


def _is_underlined(lines: list[str], line: str) -> bool:
    return bool(
        _UNDERLINE.match(line)
        and lines
        and lines[-1].strip()
        and not lines[-1].lstrip().startswith(("-", "|", ">", "*"))
        and (len(lines) == 1 or not lines[-2].strip())
    )


def _joined(lines: list[str]) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Block(text)


def load_csv(path: Path, name: str) -> Iterator[Block | Progress]:
    text = decode_file(path.read_bytes())
    csv.field_size_limit(MAX_CHARACTERS)
    rows = csv.reader(io.StringIO(text), delimiter=find_separator(text))
    try:
        cells = (TableRow([cell_text(cell) for cell in row[:MAX_COLUMNS]]) for row in rows)
        for number, block in enumerate(Table().blocks(cells)):
            if number >= MAX_ROWS:
                raise DocumentError("too_long", f"more than {MAX_ROWS} rows")
            yield block
    except csv.Error as error:
        raise DocumentError("broken", str(error)) from error
    yield Progress(1, 1)


def find_separator(text: str) -> str:
    """The one that cuts the first lines into the same number of cells, the more the better: Turkish and
    Russian Excel write `;`, since their comma stands in numbers."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()][:-1] or [text.split("\n", 1)[0]]
    counts = {mark: [line.count(mark) for line in lines] for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: (min(counts[mark]), sum(counts[mark])))
