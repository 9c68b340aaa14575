"""Reading a page of the web, or a file that lies there. Only addresses that the person wrote or a search gave
are opened, or words in a page could send what was said here to whoever they like; and only public ones
(rag/fetch.py)."""

import asyncio
import html
import re
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.base import Caller, Tool, ToolError, ToolOutcome
from chat.tools.search.results import LONGEST_TITLE, one_line, web_address

SECONDS = 45.0
"""For fetching and reading, less than a call may take."""
MOST_BYTES = 20 * 1024 * 1024
LONGEST = 24_000
"""Characters of a page that a model is given."""
PASSAGE = 500
"""Characters of a page that stand in the answer's sources."""
HEAD = 1 << 16
_TITLE = re.compile(r"<title\b[^>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_BARE = re.compile(r"\s*(?:[\w-]+\.)+[a-zA-Z]{2,}(?:[/?#:]|\s*$)")
UNREAD: Mapping[str, Promise] = {
    "address": _("This address is not public: only pages of the internet can be read."),
    "unreachable": _("The page could not be opened: its server does not answer, or refuses it."),
    "timeout": _("The page took too long."),
    "too_large": _("The page is too large."),
    "no_text": _("There is no text on this page. It may need a browser that runs programs."),
}


@dataclass(frozen=True, slots=True)
class PageText:
    title: str
    text: str
    left_out: int
    """Characters that were too many."""


async def run(caller: Caller, arguments: Mapping[str, Any]) -> ToolOutcome:
    url = web_address(with_scheme(arguments.get("url")))
    if url is None:
        raise ToolError("`url` must be the whole address of a page, with http:// or https://.")
    if not caller.addresses.knows(url):
        raise ToolError(
            "Only addresses that the person wrote or that a search found may be opened, as they stand there. "
            "Search for the page, or ask the person for its address."
        )
    from rag.errors import DocumentError

    unwanted = threading.Event()
    try:
        async with asyncio.timeout(SECONDS):
            page = await asyncio.to_thread(read, url, unwanted)
    except TimeoutError:
        raise error_for(caller, "timeout") from None
    except DocumentError as error:
        raise error_for(caller, error.code) from None
    finally:
        # The thread ends by itself, wherever it is.
        unwanted.set()
    rest = f"\n\n[… {page.left_out} more characters of this page were left out.]" if page.left_out else ""
    source = {"kind": "web", "url": url, "title": page.title, "passage": page.text[:PASSAGE]}
    return ToolOutcome(f"{page.title}\n{url}\n\n{page.text}{rest}", sources=[source])


def with_scheme(url: object) -> object:
    """Adds `https://` to an address as people write it: `example.org/page`."""
    return f"https://{url}" if isinstance(url, str) and _BARE.match(url) else url


def error_for(caller: Caller, code: str) -> ToolError:
    """What a model is told of a page that could not be read, in the caller's language."""
    from rag.messages import message_for

    with translation.override(caller.language):
        return ToolError(str(UNREAD[code]) if code in UNREAD else message_for(code))


def read(url: str, unwanted: threading.Event) -> PageText:
    """Fetches and reads a page; files of strangers are read in a process of their own. Blocks. Raises
    DocumentError."""
    from rag.fetch import fetch_address
    from rag.load.blocks import Block
    from rag.load.reading import read_file

    with tempfile.TemporaryDirectory(prefix="divan-page-") as folder:
        place = Path(folder) / "page"
        fetched = fetch_address(url, cancelled=unwanted.is_set, seconds=SECONDS)
        try:
            write_bounded(place, fetched.chunks)
        finally:
            fetched.close()
        events = read_file(place, fetched.name, cancelled=unwanted.is_set, seconds=SECONDS)
        blocks = [event for event in events if isinstance(event, Block)]
        return page_of(url, blocks, title_in(place))


def write_bounded(place: Path, chunks: Iterable[bytes]) -> None:
    from rag.errors import DocumentError

    size = 0
    with place.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise DocumentError("too_large")
            file.write(chunk)


def page_of(url: str, blocks: Iterable[Any], title: str) -> PageText:
    from rag.errors import DocumentError

    said = list(blocks)
    headings = (block.text for block in said if block.level)
    title = title or one_line(next(headings, ""), LONGEST_TITLE) or urlsplit(url).netloc
    text = "\n\n".join(f"{'#' * min(block.level, 6)} {block.text}".strip() for block in said)
    if not text.strip():
        raise DocumentError("no_text")
    return PageText(title, text[:LONGEST].rstrip(), max(len(text) - LONGEST, 0))


def title_in(place: Path) -> str:
    """The title that a page gives itself; empty for other files."""
    from core.text.encodings import EncodingError, decode_text

    with place.open("rb") as file:
        head = file.read(HEAD)
    if b"<title" not in head.lower():
        return ""
    try:
        found = _TITLE.search(decode_text(head))
    except EncodingError:
        return ""
    return one_line(html.unescape(found[1]), LONGEST_TITLE) if found else ""


TOOL = Tool(
    "read_page",
    _("Read page"),
    "Opens a page or a PDF of the web and gives its text. Only addresses that the person wrote or that a "
    "search found can be opened.",
    {
        "type": "object",
        "properties": {"url": {"type": "string", "description": "The whole address, as it was given."}},
        "required": ["url"],
        "additionalProperties": False,
    },
    run,
    read_only=True,
    policy="allow",
    about=_("Opens a page or a PDF of the web that you wrote the address of, or that a search found."),
)
