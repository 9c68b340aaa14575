"""PDF, with its bookmarks as headings. A page is closed before the next is opened: memory does not grow."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.load.blocks import MAX_PAGES, Block, Progress

PASSWORD_ERROR = 4
MAX_BOOKMARKS = 5_000
ENOUGH_PAGES = 6
"""From this many on, a first or last line that most pages share is a header or footer."""


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise DocumentError(
            "encrypted" if error.err_code == PASSWORD_ERROR else "broken", str(error)
        ) from error
    try:
        total = len(document)
        if total > MAX_PAGES:
            raise DocumentError("too_long", f"{total} pages")
        headings = read_bookmarks(document)
        pages: list[list[str]] = []
        for number in range(total):
            pages.append(lines_of(document, number))
            yield Progress(number + 1, total)
        repeated = repeated_lines(pages)
        for number, lines in enumerate(pages):
            yield from (Block(title, level, number + 1) for title, level in headings[number])
            kept = [line for line in lines if line not in repeated or line not in (lines[0], lines[-1])]
            if kept:
                yield Block("\n".join(kept), 0, number + 1)
    except pypdfium2.PdfiumError as error:
        raise DocumentError("broken", str(error)) from error
    finally:
        document.close()


def lines_of(document: Any, number: int) -> list[str]:
    page = document.get_page(number)
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_bounded()
        finally:
            text_page.close()
    finally:
        page.close()
    # U+FFFE is how pdfium writes the hyphen of a word that goes on in the next line.
    text = text.replace("\ufffe\r\n", "").replace("\ufffe", "").replace("\x02", "")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return [line for line in lines if line]


def read_bookmarks(document: Any) -> dict[int, list[tuple[str, int]]]:
    """The title and level of each bookmark, by page index."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for count, bookmark in enumerate(document.get_toc(max_depth=9)):
        if count == MAX_BOOKMARKS:
            break
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        title = " ".join(bookmark.get_title().split())[:200]
        if index is not None and title:
            found[index].append((title, min(bookmark.level + 1, 9)))
    return found


def repeated_lines(pages: list[list[str]]) -> set[str]:
    if len(pages) < ENOUGH_PAGES:
        return set()
    edges = Counter(line for lines in pages if lines for line in {lines[0], lines[-1]})
    return {line for line, count in edges.items() if count > len(pages) * 0.6}
