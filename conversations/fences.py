"""Code between fences (``` or ~~~) in a text, found line by line: what a text does not close costs no more
than what it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"(?P<fence>`{3,}+|~{3,}+)(?P<language>[^\n]*)")


@dataclass(frozen=True, slots=True)
class Fence:
    """`start` and `end`: all of it, with its fences. `code`: without its last line end."""

    start: int
    end: int
    language: str
    code: str


def find_fences(text: str, at: int = 0) -> Iterator[Fence]:
    """In the order in which they stand, from the line that begins at `at`. One that is not closed goes to the
    end of the text."""
    while at < len(text):
        behind = _line_end(text, at)
        opening = _opening(text, at)
        if opening is None:
            at = behind
            continue
        fence, language = opening
        inside, closing = behind, _closing(text, behind, fence)
        end = _line_end(text, closing)
        yield Fence(at, end, language.strip(), text[inside:closing].removesuffix("\n"))
        at = end


def _opening(text: str, at: int) -> tuple[str, str] | None:
    found = _OPENING.match(text, at)
    if found is None or (found["fence"][0] == "`" and "`" in found["language"]):
        return None
    return found["fence"], found["language"]


def _closing(text: str, at: int, fence: str) -> int:
    """Where the line of the closing fence begins; the text's end where there is none."""
    while at < len(text):
        behind = _line_end(text, at)
        if text.startswith(fence, at) and not text[at:behind].strip(fence[0] + " \t\r\n"):
            return at
        at = behind
    return at


def _line_end(text: str, at: int) -> int:
    """Behind the line end of the line at `at`."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
