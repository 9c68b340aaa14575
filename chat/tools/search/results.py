"""What a search gives. Titles, addresses and snippets are strangers' words: what could lead a reader or a
page astray is taken out."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MOST = 20
LONGEST_URL = 2_000
LONGEST_TITLE = 200
LONGEST_SNIPPET = 1_500
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,500}>")


@dataclass(frozen=True, slots=True)
class FoundPage:
    url: str
    title: str
    snippet: str

    def source(self) -> dict[str, Any]:
        """As an answer's `sources` has it, but for its number."""
        return {"kind": "web", "url": self.url, "title": self.title, "passage": self.snippet}


def pages(found: Iterable[tuple[object, object, object]], most: int) -> list[FoundPage]:
    """Of addresses, titles and snippets as a service gave them. One address counts once."""
    kept: dict[str, FoundPage] = {}
    for page in openable_pages(found):
        kept.setdefault(page.url, page)
        if len(kept) == most:
            break
    return list(kept.values())


def openable_pages(found: Iterable[tuple[object, object, object]]) -> Iterator[FoundPage]:
    for given, title, snippet in found:
        if (url := web_address(given)) is not None:
            said = one_line(title, LONGEST_TITLE) or urlsplit(url).netloc
            yield FoundPage(url, said, one_line(snippet, LONGEST_SNIPPET))


def web_address(given: object) -> str | None:
    """None for what is no address of the web, or may look like another one."""
    if not isinstance(given, str) or len(given) > LONGEST_URL:
        return None
    url = given.strip()
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "\\" in url:
        return None
    return None if any(is_unseen(letter) or letter in " <>\"'`" for letter in url) else url


def one_line(given: object, longest: int) -> str:
    """Plain text without marks, control characters and signs that turn its direction."""
    if not isinstance(given, str):
        return ""
    text = html.unescape(_TAG.sub("", given[: longest * 4]))
    text = " ".join("".join(" " if is_unseen(letter) else letter for letter in text).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def is_unseen(letter: str) -> bool:
    """Control characters, formatting signs (bidi among them), halves of characters, private ones."""
    return unicodedata.category(letter)[0] == "C" and letter not in "\u200c\u200d"
