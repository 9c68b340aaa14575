"""HTML: what a reader of the page would read, without what styles, scripts or steers it. Nesting costs
nothing: no tree is built."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from rag.load.blocks import Block, Progress
from rag.load.plain import decoded

_BREAKS = """
address article aside blockquote body dd div dl dt fieldset figcaption figure footer form header hr li
main ol p pre section table tr ul caption
"""
BREAKS = frozenset(_BREAKS.split())
HEADINGS = {f"h{level}": level for level in range(1, 7)}
HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "nav", "select", "iframe", "object"})


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    yield from blocks(decoded(path.read_bytes()))
    yield Progress(1, 1)


def blocks(text: str, page: int | None = None) -> Iterator[Block]:
    reader = Reader(page)
    reader.feed(text)
    reader.close()
    reader.flush()
    yield from reader.blocks


class Reader(HTMLParser):
    def __init__(self, page: int | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._page = page
        self._text: list[str] = []
        self._level = 0
        self._hidden = ""
        self._hidden_depth = 0
        self._pre = 0
        self._title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            self._hidden_depth += tag == self._hidden
        elif tag in HIDDEN:
            self._hidden, self._hidden_depth = tag, 1
        elif tag in HEADINGS or tag in BREAKS:
            self.flush()
            self._level = HEADINGS.get(tag, 0)
            self._pre += tag == "pre"
        elif tag == "title":
            self._title = True
        elif tag == "br":
            self._text.append("\n")
        elif tag in ("td", "th") and "".join(self._text).strip():
            self._text.append(" | ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HIDDEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden_depth -= tag == self._hidden
            if not self._hidden_depth:
                self._hidden = ""
        elif tag in HEADINGS or tag in BREAKS:
            self.flush()
            self._level = 0
            if tag == "pre":
                self._pre = max(0, self._pre - 1)
        elif tag == "title":
            # Shown in a tab and not on the page, where a heading mostly says the same.
            self._title, self._text = False, []

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._text.append(data if self._pre else _one_line(data))

    def flush(self) -> None:
        text = "".join(self._text).strip()
        self._text = []
        if text:
            if self._level:
                text = " ".join(text.split())
            self.blocks.append(Block(text, self._level, self._page))


def _one_line(data: str) -> str:
    """Runs of white space as one space, as a browser shows them."""
    words = " ".join(data.split())
    if not words:
        return " " if data else ""
    return f"{' ' if data[0].isspace() else ''}{words}{' ' if data[-1].isspace() else ''}"
