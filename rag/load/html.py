"""HTML: what a reader of the page would read, without what styles, scripts or steers it. Nesting costs
nothing: no tree is built."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

from rag.load.blocks import Block, Progress
from rag.load.html_tables import MAX_TABLES, OpenHtmlTable
from rag.load.plain import decode_file

_BREAKS = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption
figure footer form header hr li main menu ol p pre search section summary table tbody tfoot thead tr ul
"""
BREAKS = frozenset(_BREAKS.split())
HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN = """
annotation audio canvas datalist iframe nav noscript object rp rt script select style svg template video
"""
HIDDEN = frozenset(_HIDDEN.split())
_VOID = "area base br col embed hr img input link meta param source track wbr"
VOID = frozenset(_VOID.split())
OPTIONAL_END = frozenset(["dd", "dt", "li", "option", "p", "td", "th", "tr"])
"""Elements that another of their kind ends, or for a paragraph any block."""
MARGINS = frozenset({"header", "footer", "aside"})
MARGIN_ROLES = frozenset({"banner", "contentinfo", "complementary"})
HIDDEN_ROLES = frozenset({"navigation", "search", "menu", "menubar", "toolbar"})
_UNSEEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_NOTE = re.compile(r"\s*\[?([\d*†‡]{1,4})\]?\s*$")
Attributes = Mapping[str, str | None]


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    yield from html_blocks(decode_file(path.read_bytes()))
    yield Progress(1, 1)


def html_blocks(text: str, page: int | None = None) -> Iterator[Block]:
    reader = HtmlReader(page)
    reader.feed(text)
    reader.close()
    yield from reader.finish()


def is_hidden(tag: str, attributes: Attributes) -> bool:
    if tag in HIDDEN or attributes.get("role") in HIDDEN_ROLES:
        return True
    if tag in VOID:
        return False
    return "hidden" in attributes or bool(_UNSEEN.search(attributes.get("style") or ""))


class HtmlReader(HTMLParser):
    def __init__(self, page: int | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._blocks: list[tuple[Block, bool]] = []
        """Each with whether it stands in the page's margin: a header, a footer, an aside."""
        self._tables: list[OpenHtmlTable] = []
        self._tables_too_deep = 0
        self._text: list[str] = []
        self._level = 0
        self._hidden, self._hidden_depth = "", 0
        self._pre = 0
        self._title = False
        self._main, self._margins = 0, list[str]()
        self._has_main = False
        self._note = False

    def finish(self) -> list[Block]:
        """Without the margins where the page says what its main part is."""
        self.flush()
        while self._tables:
            self._end_table()
        with_main = self._has_main and any(not margin for _, margin in self._blocks)
        return [block for block, margin in self._blocks if not (with_main and margin)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self._hidden and not self._ends_hidden(tag):
            self._hidden_depth += tag == self._hidden
        elif is_hidden(tag, attributes):
            self._hidden, self._hidden_depth = tag, 1
        else:
            self._start(tag, attributes)

    def _ends_hidden(self, tag: str) -> bool:
        """Whether the hidden element, whose own end may be left out, has ended with this beginning."""
        if self._hidden not in OPTIONAL_END or self._hidden_depth > 1:
            return False
        if tag == self._hidden or (self._hidden == "p" and (tag in BREAKS or tag in HEADINGS)):
            self._hidden, self._hidden_depth = "", 0
            return True
        return False

    def _start(self, tag: str, attributes: Attributes) -> None:
        if tag in HEADINGS or tag in BREAKS:
            self.flush()
            self._level = HEADINGS.get(tag, 0)
            self._pre += tag == "pre"
        if tag in ("table", "thead", "tbody", "tfoot", "tr", "td", "th"):
            self._start_of_table(tag, attributes)
        elif tag == "title":
            self._title = True
        elif tag == "br":
            self._text.append("\n")
        elif tag == "img" and (alternative := (attributes.get("alt") or "").strip()):
            self._text.append(f" {alternative} ")
        elif tag == "a":
            self._note = "#" in (attributes.get("href") or "")
        self._place(tag, attributes)

    def _place(self, tag: str, attributes: Attributes) -> None:
        if tag == "main" or attributes.get("role") == "main":
            self._main += tag == "main"
            self._has_main = True
        elif tag in MARGINS or attributes.get("role") in MARGIN_ROLES:
            self._margins.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HIDDEN:
            self.handle_starttag(tag, attrs)
            if tag not in VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden_depth -= tag == self._hidden
            if not self._hidden_depth:
                self._hidden = ""
            return
        if tag in HEADINGS or tag in BREAKS:
            self.flush()
            self._level = 0
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "title":
            # Shown in a tab and not on the page, where a heading mostly says the same.
            self._title, self._text = False, []
        elif tag in ("td", "th") and self._tables:
            self.flush()
            self._tables[-1].end_cell()
        elif tag == "table":
            self._end_table()
        self._leave(tag)

    def _leave(self, tag: str) -> None:
        self._note = self._note and tag != "a"
        if tag == "main":
            self._main = max(0, self._main - 1)
        elif self._margins and self._margins[-1] == tag:
            self._margins.pop()

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._note and self._text and self._text[-1][-1:].isalnum() and (mark := _NOTE.match(data)):
            # The number of a footnote is no part of the word before it.
            data = f"[{mark[1]}]"
        self._text.append(data if self._pre else _one_line(data))

    def flush(self) -> None:
        text = "".join(self._text).strip()
        self._text = []
        if not text:
            return
        if self._level:
            text = " ".join(text.split())
        self._add(Block(text, self._level, self._page))

    def _add(self, block: Block) -> None:
        if self._tables and self._tables[-1].is_in_cell:
            self._tables[-1].add(block)
        else:
            self._blocks.append((block, bool(self._margins) and not self._main))

    def _start_of_table(self, tag: str, attributes: Attributes) -> None:
        if tag == "table":
            if len(self._tables) < MAX_TABLES:
                self._tables.append(OpenHtmlTable(attributes))
            else:
                self._tables_too_deep += 1
        elif not self._tables or self._tables_too_deep:
            self._text.append(" ")
        else:
            self.flush()
            self._tables[-1].start(tag, attributes)

    def _end_table(self) -> None:
        if self._tables_too_deep:
            self._tables_too_deep -= 1
            return
        if not self._tables:
            return
        table = self._tables.pop()
        if self._tables:
            self._tables[-1].holds_table = True
        for block in table.blocks(self._page):
            self._add(block)


def _one_line(data: str) -> str:
    """Runs of white space as one space, as a browser shows them."""
    words = " ".join(data.split())
    if not words:
        return " " if data else ""
    return f"{' ' if data[0].isspace() else ''}{words}{' ' if data[-1].isspace() else ''}"
