"""What a home of conversations does for test sets (chat/testsets/) and their runs. It keeps their bytes, the
same ones in each home, and reads nothing in them.

A run that is to go on is marked so, and one process at a time does it. Each time that it is begun, resumed
or taken over it changes hands: whoever did it before, and was only cut off or stood still, finds what it
writes refused from then on.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

LARGEST = 32 * 1024 * 1024
"""Bytes of a test set that can be used."""

Standing = Literal["held", "stopped", "taken"]
Stamp = tuple[int, ...]
Change = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class RunContent:
    """A run as it stands at one moment. `blocks`: its bytes, never whole in memory."""

    size: int
    is_going: bool
    blocks: Iterator[bytes]


class RunHold(Protocol):
    """That this process does a run, until `release` or until it dies. Each raises StorageError."""

    def append(self, lines: bytes) -> None:
        """Whole lines, on disk when it returns; also behind one that was stopped. A torn end before them gets
        its newline. Raises RunTakenError where the run has changed hands, RunNotFoundError where it was
        deleted."""
        ...

    def check_standing(self) -> Standing:
        """`stopped`: it is to go on no more, or was deleted; `taken`: it has changed hands."""
        ...

    def stop(self, lines: bytes) -> None:
        """As that of `TestSets`, but nothing where it has changed hands."""
        ...

    def end(self) -> None:
        """Nothing is left to do. Does nothing where somebody stopped it, or it has changed hands."""
        ...

    def release(self) -> None:
        """Another may take over what is still to go on. Raises nothing."""
        ...


class TestSets(Protocol):
    """Every id is checked (InvalidIdError). What is not there raises SetNotFoundError, a run that is not
    there RunNotFoundError, and a home that does not answer, or has no room, StorageError."""

    def stamps(self) -> list[tuple[str, Stamp]]:
        """The ids of all test sets, the newest first, each with what is another once it has changed."""
        ...

    def find_strays(self) -> list[str]:
        """Names of what lies among the test sets and is none."""
        ...

    def read(self, testset: str, most: int | None = None) -> bytes:
        """No more than `most` bytes of it."""
        ...

    def create(self, testset: str, data: bytes) -> None:
        """Whole or not at all, on disk when it returns."""
        ...

    def change(self, testset: str, change: Change) -> None:
        """What `change` makes of its bytes, while nobody else changes it; nothing where that is None. What it
        raises goes through. Of one that is larger than LARGEST it is given one byte more than that."""
        ...

    def delete(self, testset: str) -> None:
        """Deletes the set with all of its runs."""
        ...

    def run_ids(self, testset: str) -> list[str]:
        """The newest first; none where there is no such test set."""
        ...

    def reading_run(self, testset: str, run: str) -> AbstractContextManager[RunContent]: ...

    def begin_run(self, testset: str, run: str, lines: bytes) -> RunHold:
        """Makes it, whole or not at all, marked as to go on and held by this process."""
        ...

    def resume_run(self, testset: str, run: str, lines: bytes) -> RunHold | None:
        """Marks as to go on again what was stopped, and writes `lines` behind it. None where it is marked
        already, whether a process does it or not."""
        ...

    def take_over(self, testset: str, run: str) -> RunHold | None:
        """Holds a run that is to go on and whose process died, or let go of it. None where another does it,
        or it is to go on no more."""
        ...

    def find_left_runs(self) -> list[tuple[str, str]]:
        """Test sets and runs that may be there to be taken over."""
        ...

    def stop_run(self, testset: str, run: str, lines: bytes) -> None:
        """It is to go on no more, whoever does it, and `lines` stand behind it; nothing where it was not to
        go on."""
        ...

    def delete_run(self, testset: str, run: str) -> None: ...

    def take_in_run(self, testset: str, run: str, content: RunContent) -> None:
        """One of another home, to the byte, with its mark; nobody holds it. Whole or not at all."""
        ...

    def clock(self) -> float:
        """Seconds since 1970, the same for all processes that have this home."""
        ...
