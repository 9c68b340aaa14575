"""What stands around a message's words: who said it, how it ended and was judged, what it stands on. All in
the language of whoever exports."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from conversations.blind import letter_of
from conversations.links import is_openable
from conversations.shapes import parts_of
from conversations.tree import Tree

from .outline import Message
from .words import ANSWER, COMPARED, MADE, PAGE, SERVED, STATUSES, VOTES, YOU

FEW_SOURCES = 12
_ENDING = re.compile(r"[<>\s]")


class CitedSource(NamedTuple):
    """`mark`: what the answer's text has for it, as `[2]`. `url`: of a page of the web; else empty."""

    mark: str
    words: str
    url: str


def speaker_of(tree: Tree, message: Message) -> str:
    """Who says a message; its header is enough to tell."""
    if message["role"] == "user":
        return str(YOU)
    letter = letter_of(tree, message)
    if letter is not None:
        return str(ANSWER).format(letter=letter)
    model = _model(tree, message)
    served = _text(message, "served_by")
    if served:
        model = str(SERVED).format(model=model, other=served)
    if message.get("synthesis") in MADE:
        return str(MADE[message["synthesis"]]).format(model=model)
    name = _text(message, "speaker")
    return f"{name} ({model})" if name else model


def _model(tree: Tree, message: Message) -> str:
    """Of lanes with one model, each has its number."""
    model = _text(message, "model")
    same = [lane["id"] for lane in tree.settings["lanes"] if lane["model"] == model]
    lane = message.get("lane")
    return f"{model} ({same.index(lane) + 1})" if len(same) > 1 and lane in same else model


def remark_of(tree: Tree, message: Message) -> str:
    """What a reader of an answer should know, where there is something."""
    remarks = [] if message["role"] == "user" else [str(remark) for remark in _remarks(tree, message)]
    return f"[{', '.join(remarks)}]" if remarks else ""


def _remarks(tree: Tree, message: Message) -> Iterator[Any]:
    status = message["status"]
    if status and status != "complete":
        yield STATUSES.get(status, status)
    vote = tree.votes.get(message["id"], {})
    if vote.get("value") in (1, -1):
        yield VOTES[vote["value"]]
    for name, words in COMPARED.items():
        if vote.get(name):
            yield words


def sources_of(tree: Tree, message: Message) -> list[CitedSource]:
    sources = message.get("sources", [])
    if len(sources) > FEW_SOURCES:
        sources = _named(sources, message)
    numbers = [
        n if isinstance(n := source.get("n"), int) else place for place, source in enumerate(sources, 1)
    ]
    return [
        CitedSource(f"[{n}]", _words(tree, source), _address(source))
        for n, source in zip(numbers, sources, strict=True)
    ]


def _named(sources: list[dict[str, Any]], message: Message) -> list[dict[str, Any]]:
    """Of a file that was sent whole there may be many: those that the text names, else each file once."""
    text = "".join(part["text"] for part in parts_of(message) if part["type"] == "text")
    named = [source for source in sources if f"[{source.get('n')}]" in text]
    return named or list({_name(source): source for source in reversed(sources)}.values())


def _address(source: dict[str, Any]) -> str:
    """With nothing in it that ends an address in a text."""
    url = _ENDING.sub(lambda found: quote(found[0]), _text(source, "url"))
    return url if is_openable(url) else ""


def _name(source: dict[str, Any]) -> str:
    return _text(source, "name") or _text(source, "title") or _text(source, "url")


def _words(tree: Tree, source: dict[str, Any]) -> str:
    answer = source.get("message")
    if isinstance(answer, str):
        header = tree.messages.get(answer)
        return speaker_of(tree, header) if header else _text(source, "model")
    pages = [str(source[name]) for name in ("page", "last_page") if isinstance(source.get(name), int)]
    place = str(PAGE).format(page="–".join(pages)) if pages else _text(source, "heading")
    return ", ".join(filter(None, (_name(source), place)))


def _text(record: Message, name: str) -> str:
    """In one line."""
    value = record.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""
