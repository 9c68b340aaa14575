"""What every loader makes of a file, and the errors with which one gives up.

Nothing under rag/load imports Django: it runs in a process that is started for one file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
MAX_PASSAGES = 50_000


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text in reading order. `level` 1 to 9: a heading; 0: anything else. `page` from 1, or None
    where the format has none."""

    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How much was read: `done` of `total` pages or parts."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage that has no number yet. `page`: on which it begins."""

    text: str
    heading: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Splitter:
    """What cuts blocks into passages: a dotted path, called with the blocks, their kind and `options`."""

    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


class Loader(Protocol):
    def __call__(self, path: Path, name: str) -> Iterator[Block | Progress]:
        """Raises DocumentError. `name` is what the person called the file, and not to be believed."""
