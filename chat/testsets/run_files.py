"""What a run did: DATA_DIR/testsets/<id>.runs/<run>.jsonl, a line for what was asked and what came of it.

The first line is the run: its lanes, its judge, and the cases as they stood then. `asked` is on disk before
its conversation is made, and has that conversation's id; `result` comes once an answer has ended and its
checks are done. Beside it `.<run>.going` is there while the run is to go on, and locked by the process that
does it: the lock falls when that process dies, and another may take the run up. Blocks on the disk.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson
from django.utils.translation import gettext as _

from chat.protocol.errors import NotFoundError, StorageUnavailableError
from chat.testsets import files
from conversations.ids import ALPHABET, is_conversation_id, new_conversation_id, random_id
from core import disk
from core.disk import try_lock
from core.times import timestamp

FORMAT = 1
LARGEST = 256 * 1024 * 1024

Place = tuple[str, int]
"""A case, and for which time it is asked: 1, 2 …"""
State = Literal["running", "stopped", "done"]


@dataclass(slots=True)
class Run:
    """A run as its file tells it. `asked`: the conversation of each place. `results`: by place and lane."""

    testset: str
    id: str
    header: dict[str, Any]
    asked: dict[Place, str] = field(default_factory=dict)
    results: dict[tuple[Place, str], dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    going: bool = False

    @property
    def cases(self) -> list[dict[str, Any]]:
        return list(self.header["cases"])

    @property
    def lanes(self) -> list[dict[str, Any]]:
        return list(self.header["lanes"])

    @property
    def total(self) -> int:
        return len(self.header["cases"]) * len(self.header["lanes"]) * int(self.header["repeat"])

    @property
    def state(self) -> State:
        if len(self.results) >= self.total:
            return "done"
        return "running" if self.going else "stopped"

    def places(self) -> list[Place]:
        """Each case with the number of the round, in the order in which they are asked."""
        rounds = range(1, int(self.header["repeat"]) + 1)
        return [(case["id"], number) for number in rounds for case in self.cases]

    def missing(self, place: Place) -> list[dict[str, Any]]:
        """The lanes that have no result there yet."""
        return [lane for lane in self.lanes if (place, lane["id"]) not in self.results]


def no_run() -> NotFoundError:
    return NotFoundError(_("There is no such run."))


def path_of(testset: str, run: str) -> Path:
    """Raises NotFoundError for what is no id."""
    if not is_conversation_id(run):
        raise no_run()
    return files.runs_folder(testset) / f"{run}.jsonl"


def new_run_id() -> str:
    """Sorts by the millisecond: two runs of the same second are told apart by which came first."""
    now = datetime.now(UTC)
    high, low = divmod(now.microsecond // 1000, len(ALPHABET))
    return new_conversation_id(now, f"{ALPHABET[high]}{ALPHABET[low]}{random_id(6)}")


def begin(header: dict[str, Any]) -> "RunLock":
    """Makes the file, whole or not at all, and holds the run. Raises OSError."""
    path = path_of(header["testset"], header["id"])
    disk.make_folder(path.parent)
    disk.write_whole(path, _line(header))
    hold = RunLock.create(marker_path(path))
    if hold is None:
        raise FileExistsError(path)
    return hold


def append(testset: str, run: str, *records: dict[str, Any]) -> None:
    """On disk when it returns. A file that is gone stays gone: FileNotFoundError, as any OSError."""
    path = path_of(testset, run)
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        size = disk.size_of(fd)
        torn = size > 0 and disk.read_at(fd, size - 1, 1) != b"\n"
        data = b"".join(_line({"at": timestamp(), **record}) for record in records)
        disk.write_all(fd, b"\n" + data if torn else data)
        os.fdatasync(fd)
    finally:
        os.close(fd)


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def read(testset: str, run: str) -> Run:
    """Lines that cannot be read are passed over, but for the first. Raises NotFoundError, DamagedSetError."""
    path = path_of(testset, run)
    try:
        with path.open("rb") as file:
            lines = file.read(LARGEST).split(b"\n")
    except FileNotFoundError as error:
        raise no_run() from error
    except OSError as error:
        raise files.unreadable(path, error.strerror or "?") from error
    header = _parsed(lines[0])
    if not _is_header(header, testset, run):
        raise files.unreadable(path, _("its first line is no run"))
    found = Run(testset, run, header, going=marker_path(path).exists())
    for line in lines[1:]:
        _take(found, _parsed(line))
    return found


def _take(run: Run, record: dict[str, Any]) -> None:
    place = record.get("case"), record.get("round")
    match record.get("type"):
        case "asked" if isinstance(record.get("conversation"), str):
            run.asked[place] = record["conversation"]  # type: ignore[index]
        case "result" if isinstance(record.get("lane"), str) and isinstance(record.get("checks"), list):
            run.results[place, record["lane"]] = record  # type: ignore[index]
        case "stopped":
            run.reason = str(record.get("reason", ""))
        case "resumed":
            run.reason = ""


def _is_header(record: dict[str, Any], testset: str, run: str) -> bool:
    lists = (record.get("cases"), record.get("lanes"))
    return (
        record.get("type") == "run"
        and record.get("format") == FORMAT
        and (record.get("testset"), record.get("id")) == (testset, run)
        and isinstance(record.get("repeat"), int)
        and all(isinstance(rows, list) and all(_has_id(row) for row in rows) for rows in lists)
    )


def _has_id(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def run_ids(testset: str) -> list[str]:
    """The ids of a test set's runs, the newest first."""
    names = files.runs_folder(testset).glob("*.jsonl")
    return sorted((path.stem for path in names if is_conversation_id(path.stem)), reverse=True)


def delete(testset: str, run: str) -> None:
    """Removes a run; its conversations stay. Raises NotFoundError, OSError."""
    path = path_of(testset, run)
    marker_path(path).unlink(missing_ok=True)
    try:
        path.unlink()
    except FileNotFoundError as error:
        raise no_run() from error


def marker_path(path: Path) -> Path:
    return path.with_name(f".{path.stem}.going")


def active_runs() -> Iterator[tuple[str, str]]:
    """Test sets and runs of everybody that are to go on, in whichever process."""
    for marker in sorted(files.folder().glob("*.runs/.*.going")):
        run = marker.name.removeprefix(".").removesuffix(".going")
        testset = marker.parent.name.removesuffix(".runs")
        if is_conversation_id(run) and is_conversation_id(testset):
            yield testset, run


def stop(testset: str, run: str, reason: str = "") -> None:
    """Says that a run is to end; whoever does it ends it within a moment, in whichever process. Raises
    NotFoundError, StorageUnavailableError."""
    path = path_of(testset, run)
    try:
        with suppress(FileNotFoundError):
            marker_path(path).unlink()
            append(testset, run, {"type": "stopped", "reason": reason})
    except OSError as error:
        raise StorageUnavailableError from error


def give_up_run(testset: str, run: str) -> None:
    """Has a run go on no more of which nobody can say why in its file."""
    marker_path(path_of(testset, run)).unlink(missing_ok=True)


class RunLock:
    """Says that this process does a run: a file beside the run's, whose lock falls with the process."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd

    @classmethod
    def create(cls, path: Path) -> "RunLock | None":
        """Marks that a run is to go on, in this process. Returns None where it goes on already."""
        draft = path.with_name(f".{random_id()}.draft")
        fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            disk.move_new(draft, path)
        except BaseException as error:
            os.close(fd)
            draft.unlink(missing_ok=True)
            if isinstance(error, FileExistsError):
                return None
            raise
        return cls(path, fd)

    @classmethod
    def take_over(cls, path: Path) -> "RunLock | None":
        """Locks a run whose process died. Returns None where another does it, or it is to go on no more."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        hold = cls(path, fd)
        if try_lock(fd) and hold.is_wanted():
            return hold
        os.close(fd)
        return None

    def is_wanted(self) -> bool:
        """Whether nobody has stopped the run meanwhile."""
        try:
            return self._path.stat().st_ino == os.fstat(self._fd).st_ino
        except FileNotFoundError:
            return False

    def end(self) -> None:
        """Marks the run as over; does nothing where somebody stopped it."""
        if self.is_wanted():
            self._path.unlink(missing_ok=True)

    def release(self) -> None:
        os.close(self._fd)
