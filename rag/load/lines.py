"""Lines without an end. Whatever looks for a pause to cut a text at goes through such a line again and again;
a line of six megabytes took minutes."""

import re
from collections.abc import Iterator

LONG = 8_000
"""Characters; no line that a person wrote has more."""
PIECE = 1_000
"""Less than a passage has: its cutting looks no further into a line."""
_PAUSES = (re.compile(r"[.!?…;][\"'”’»)\]]*\s|[。！？；।۔]"), re.compile(r"[\s,，、|]"))
"""The better ones first; a line is cut behind one."""


def break_long_lines(text: str) -> str:
    """With line ends in lines that are far too long, where they pause, if they do."""
    if len(text) <= LONG:
        return text
    return "\n".join(
        piece for line in text.split("\n") for piece in (cut_at_pauses(line) if len(line) > LONG else (line,))
    )


def cut_at_pauses(line: str) -> Iterator[str]:
    """Of at most PIECE characters, in one pass."""
    start = 0
    while len(line) - start > PIECE:
        end = _end(line, start)
        yield line[start:end].rstrip()
        start = end
    yield line[start:]


def _end(line: str, start: int) -> int:
    for pause in _PAUSES:
        found = [match.end() for match in pause.finditer(line, start + PIECE // 2, start + PIECE)]
        if found:
            return found[-1]
    return start + PIECE
