"""ChatGPT's marks for sources and cards inside a text: `cite`, `entity` … between private-use characters, or
【12†source】. They become the links that the export tells of, or go without leaving anything behind."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .chat import read_dict, read_dicts, read_text, read_texts

_MARK = re.compile(
    r"\ue200(?P<kind>[a-zA-Z_]*+)(?P<rest>[^\ue200\ue201]*+)\ue201"  # whole
    r"|\ue200(?:[a-zA-Z_]++\ue202[^\s\ue200\ue201]*+|(?:file)?cite|navlist|image_group|entity)"  # cut off
    r"|【[^【】\n]{0,200}†[^【】\n]{0,500}】"
    r"|(?<![A-Za-z])(?:file)?cite(?:turn\d+[a-z]+\d+)+"  # its private-use characters lost on the way
)
_PRIVATE = re.compile("[\ue200-\ue20f]")
_LEFT = "\ue20f"
"""Where a mark went and left nothing."""
_LINE = re.compile(rf"(?:(?<=\n)|\A)[ \t]*(?:[-*•][ \t]+)?(?:{_LEFT}[ \t]*)+(?:\n[ \t]*\n|\n|\Z)")
_GAP = re.compile(rf"(?<![ \t])(?P<before>[ \t]*)(?:{_LEFT}[ \t]*)+")
_STOP = re.compile(r"\n|\Z|[.,;:!?…)\]}»”’。，、；：！？）」』]")
"""Before what no space stands."""
READABLE = ("entity", "product_entity", "url", "link", "link_title", "product")
"""Kinds of marks that stand for words of the sentence."""


def resolve_marks(said: str, about: Mapping[str, Any]) -> str:
    """`about`: the message's metadata. A text without marks stays as it is."""
    if _MARK.search(said) is None and _PRIVATE.search(said) is None:
        return said
    known = dict(_known(said, about))
    if known:
        marks = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
        said = marks.sub(lambda mark: _spaced(known[mark[0]], said[: mark.start()][-1:]), said)
    said = _MARK.sub(_words_of, said)
    return _closed(_PRIVATE.sub(lambda found: found[0] if found[0] == _LEFT else "", said))


def _spaced(meant: str, before: str) -> str:
    return f" {meant}" if meant.startswith("(") and before and not before.isspace() else meant


def _known(said: str, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Marks, and what the export says they mean."""
    for one in read_dicts(about.get("citations")):
        start, end = one.get("start_ix"), one.get("end_ix")
        mark = said[start:end] if isinstance(start, int) and isinstance(end, int) and start >= 0 else ""
        link = _link(read_dict(one, "metadata"))
        if link and _MARK.fullmatch(mark):
            yield mark, f"({link})"
    for one in read_dicts(about.get("content_references")):
        mark = read_text(one.get("matched_text"))
        if _MARK.fullmatch(mark) and (meant := _meant(one)):
            yield mark, meant


def _meant(reference: dict[str, Any]) -> str:
    told = read_text(reference.get("alt")).strip() or (
        read_text(reference.get("name")).strip() if "entity" in read_text(reference.get("type")) else ""
    )
    if told:
        return _PRIVATE.sub("", _MARK.sub("", told)).strip()
    links = [link for one in read_dicts(reference.get("items")) if (link := _link(one))]
    links = links or [link for url in read_texts(reference.get("safe_urls")) if (link := _link({"url": url}))]
    links = links or list(filter(None, [_link(reference)]))
    return f"({', '.join(links)})" if links else ""


def _link(source: dict[str, Any]) -> str:
    url = read_text(source.get("url"))
    try:
        host = urlsplit(url).hostname if url.startswith(("http://", "https://")) else None
    except ValueError:
        return ""
    if not host or re.search(r"[\s<>]", url):
        return ""
    return f"[{host.removeprefix('www.')}]({f'<{url}>' if '(' in url or ')' in url else url})"


def _words_of(mark: "re.Match[str]") -> str:
    """The words that a mark stands for, where it holds them itself."""
    if mark["kind"] not in READABLE:
        return _LEFT
    given = mark["rest"].strip("\ue202 ").split("\ue202")[0]
    try:
        value = json.loads(given)
    except ValueError:
        value = given
    if isinstance(value, list):
        value = next((one for one in value[1:] if isinstance(one, str)), "")
    plain = isinstance(value, str) and not re.fullmatch(r"(?:turn\d\w+)?", value)
    return value if plain else _LEFT


def _closed(said: str) -> str:
    """Without the spaces that stood around a mark that went, and the lines that held nothing else."""
    if _LEFT not in said:
        return said.strip()
    return _GAP.sub(_between, _LINE.sub("", said)).strip()


def _between(gap: "re.Match[str]") -> str:
    return "" if _STOP.match(gap.string, gap.end()) else gap["before"]
