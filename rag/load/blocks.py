"""What every loader makes of a file, and the errors with which one gives up.

Nothing under rag/load imports Django: it runs in a process that is started for one file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text in reading order. `level` 1 to 9: a heading; 0: anything else. `page` from 1, or None
    where the format has none."""

    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pages or parts."""

    done: int
    total: int


class Loader(Protocol):
    def __call__(self, path: Path, name: str) -> Iterator[Block | Progress]:
        """Raises DocumentError. `name` is what the person called the file, and not to be believed."""
