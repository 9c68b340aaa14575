"""The addresses that tools of a turn may open. Pure."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\s<>\"'`|\\^{}]{1,4000}")
_AROUND = "()[]*_~,.;:!?«»„“”‘’…"
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class Addresses:
    """What a person wrote, and what a search gave. Only these may be opened: else a page could have a model
    carry words of the chat away in an address."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        for text in texts:
            self._known.update(addresses_in(text))

    def knows(self, url: str) -> bool:
        return plain_address(url) in self._known

    def add(self, url: str) -> None:
        self._known.add(plain_address(url))


def addresses_in(text: str) -> set[str]:
    """Also of those written without a scheme, in brackets, or at the end of a sentence."""
    found = set()
    for word in _WORD.findall(text):
        start = _SCHEME.search(word)
        for written in (word[start.start() :] if start else word, word.strip(_AROUND)):
            if "." in written or start:
                found |= {plain_address(written), plain_address(written.rstrip(_AROUND))}
    return found


def plain_address(url: str) -> str:
    """Without what makes no other page: scheme, fragment, the case of its host, a last slash."""
    rest = _SCHEME.sub("", url.strip(), count=1).partition("#")[0]
    host, slash, path = rest.partition("/")
    if not slash:
        host, mark, query = host.partition("?")
        return f"{host.lower()}{mark}{query}"
    return f"{host.lower()}/{path}".rstrip("/")
