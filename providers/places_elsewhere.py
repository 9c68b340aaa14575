"""What other processes on this machine ask of a model server at the moment, and lately.

A request that runs is a locked file, so that one whose process died counts no more; nothing else has to be
told, and nothing has to be up. Nothing here waits: it is called where an event loop runs.

    DATA_DIR/places/<server>/.lock      who holds it counts, and takes places
                             .started   when the requests of the last minute began, one line each
                             <number>   a request that runs: the model's name
"""

import fcntl
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

LOCK, STARTED = ".lock", ".started"
MINUTE = 60.0


@dataclass(slots=True)
class Taken:
    """By other processes: `models` that run. By all: seconds since each request of the last minute
    `started`, the longest ago first."""

    models: Counter[str] = field(default_factory=Counter)
    started: list[float] = field(default_factory=list)


class Hold:
    """The file of one request that runs here."""

    def __init__(self, path: Path, model: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(self._fd, model.encode())

    def release(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._fd)


class PlacesElsewhere:
    """Of all servers, in `folder`. What the system refuses (a full disk) is not counted: no request is held
    back for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: set[Path] = set()

    @contextmanager
    def counting(self, server: str) -> Iterator[Taken | None]:
        """Nobody else takes a place meanwhile. None where another process counts: to be asked again soon."""
        folder = self._folder / server
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield Taken()
            return
        try:
            yield self._count(folder) if try_lock(fd) else None
        finally:
            os.close(fd)

    def hold(self, server: str, model: str) -> Hold | None:
        """Inside `counting`. Until it is released, or this process ends, the request counts elsewhere."""
        folder = self._folder / server
        with suppress(OSError):
            with (folder / STARTED).open("a") as file:
                file.write(f"{time.time():.3f}\n")
            made = Hold(folder / uuid4().hex, model)
            self._own.add(made.path)
            return made
        return None

    def release(self, held: Hold) -> None:
        self._own.discard(held.path)
        held.release()

    def _count(self, folder: Path) -> Taken:
        others = [path for path in folder.iterdir() if path.name[0] != "." and path not in self._own]
        running = map(self._running, others)
        return Taken(Counter(model for model in running if model is not None), self._lately(folder))

    def _running(self, path: Path) -> str | None:
        """The model; None, and the file is gone, where its process is dead."""
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                if not try_lock(fd):
                    return os.pread(fd, 4096, 0).decode(errors="replace")
                path.unlink(missing_ok=True)
            finally:
                os.close(fd)
        return None

    def _lately(self, folder: Path) -> list[float]:
        """And forgets what is longer ago."""
        path, now = folder / STARTED, time.time()
        try:
            lines = path.read_text().splitlines()
        except OSError:
            return []
        ages = sorted((age for line in lines if (age := age_of(line, now)) < MINUTE), reverse=True)
        if len(ages) < len(lines):
            with suppress(OSError):
                path.write_text("".join(f"{now - age:.3f}\n" for age in ages))
        return ages


def age_of(line: str, now: float) -> float:
    """In seconds. Of what is no moment, or yet to come (somebody has set the clock), too long."""
    try:
        age = now - float(line)
    except ValueError:
        return MINUTE
    # Moments are written as whole milliseconds.
    return max(0.0, age) if age > -0.001 else MINUTE


def try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
