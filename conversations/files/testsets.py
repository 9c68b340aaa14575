"""Test sets as files: DATA_DIR/testsets/<id>.json, and <id>.runs/<run>.jsonl for what a run did.

Beside a run `.<run>.going` is there while it is to go on, locked by the process that does it: the lock falls
when that process dies, and another may take the run over. Stopped and resumed it is another file.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conversations.errors import RunNotFoundError, RunTakenError, SetNotFoundError, StorageError
from conversations.files.folders import Folders, path_of
from conversations.ids import is_conversation_id, random_id
from conversations.store.testsets import LARGEST, Change, RunContent, Stamp, Standing
from core import disk

GOING = ".going"


class FileTestSets:
    """The `TestSets` of conversations that are files."""

    def __init__(self, folders: Folders) -> None:
        self._folder = folders.testsets

    def stamps(self) -> list[tuple[str, Stamp]]:
        found: list[tuple[str, Stamp]] = []
        for path in self._files():
            if is_conversation_id(path.stem):
                with naming_errors(), suppress(FileNotFoundError):
                    stat = path.stat()
                    found.append((path.stem, (stat.st_mtime_ns, stat.st_size, stat.st_ino)))
        return sorted(found, reverse=True)

    def find_strays(self) -> list[str]:
        return sorted(path.name for path in self._files() if not is_conversation_id(path.stem))

    def read(self, testset: str, most: int | None = None) -> bytes:
        path = self._path(testset)
        with naming_errors(), refusing_absent(testset), path.open("rb") as file:
            return file.read(-1 if most is None else most)

    def create(self, testset: str, data: bytes) -> None:
        path = self._path(testset)
        with self._writing():
            if path.exists():
                raise StorageError(f"the test set {testset} is there already")
            disk.write_whole(path, data)

    def change(self, testset: str, change: Change) -> None:
        path = self._path(testset)
        with self._writing():
            data = change(self.read(testset, LARGEST + 1))
            if data is not None:
                disk.write_whole(path, data)

    def delete(self, testset: str) -> None:
        path = self._path(testset)
        with self._writing(), refusing_absent(testset):
            path.unlink()
            shutil.rmtree(self._runs(testset), ignore_errors=True)
            disk.sync_folder(path.parent)

    def run_ids(self, testset: str) -> list[str]:
        with naming_errors():
            names = [path.stem for path in self._runs(testset).glob("*.jsonl")]
        return sorted(filter(is_conversation_id, names), reverse=True)

    @contextmanager
    def reading_run(self, testset: str, run: str) -> Iterator[RunContent]:
        path = self._run(testset, run)
        with naming_errors():
            # Looked at first: of one that ends meanwhile all is read.
            is_going = marker_path(path).exists()
            fd = open_run(path, os.O_RDONLY)
            try:
                size = disk.size_of(fd)
                yield RunContent(size, is_going, disk.read_blocks(fd, 0, size))
            finally:
                os.close(fd)

    def begin_run(self, testset: str, run: str, lines: bytes) -> "FileRunHold":
        path = self._run(testset, run)
        with naming_errors():
            if not self._path(testset).exists():
                raise SetNotFoundError(f"no test set {testset}")
            disk.make_folder(path.parent)
            disk.write_new(path, [lines])
            hold = create_marker(path)
        if hold is None:
            raise StorageError(f"the run {run} goes on already")
        return hold

    def resume_run(self, testset: str, run: str, lines: bytes) -> "FileRunHold | None":
        path = self._run(testset, run)
        with naming_errors():
            if not path.exists():
                raise RunNotFoundError(f"no run {run}")
            hold = create_marker(path)
            if hold is not None:
                try:
                    append_lines(path, lines)
                except BaseException:
                    hold.end()
                    hold.release()
                    raise
        return hold

    def take_over(self, testset: str, run: str) -> "FileRunHold | None":
        path = self._run(testset, run)
        with naming_errors():
            try:
                fd = os.open(marker_path(path), os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            hold = FileRunHold(path, fd)
            if disk.try_lock(fd) and hold.check_standing() == "held":
                return hold
            hold.release()
        return None

    def find_left_runs(self) -> list[tuple[str, str]]:
        """Also those that a process does: their locks say so."""
        with naming_errors():
            markers = sorted(self._folder.glob(f"*.runs/.*{GOING}"))
        found = [
            (path.parent.name.removesuffix(".runs"), path.name.removeprefix(".").removesuffix(GOING))
            for path in markers
        ]
        return [names for names in found if all(map(is_conversation_id, names))]

    def stop_run(self, testset: str, run: str, lines: bytes) -> None:
        path = self._run(testset, run)
        with naming_errors(), suppress(FileNotFoundError):
            marker_path(path).unlink()
            with suppress(RunNotFoundError):
                append_lines(path, lines)

    def delete_run(self, testset: str, run: str) -> None:
        path = self._run(testset, run)
        with naming_errors():
            marker_path(path).unlink(missing_ok=True)
            try:
                path.unlink()
            except FileNotFoundError as error:
                raise RunNotFoundError(f"no run {run}") from error

    def take_in_run(self, testset: str, run: str, content: RunContent) -> None:
        path = self._run(testset, run)
        with naming_errors():
            disk.make_folder(path.parent)
            if content.is_going and not path.exists():
                marker_path(path).touch(disk.FILE_MODE)
            disk.write_new(path, content.blocks)

    def clock(self) -> float:
        return time.time()

    def _files(self) -> list[Path]:
        with naming_errors():
            return [path for path in self._folder.glob("*.json") if not path.name.startswith(".")]

    def _path(self, testset: str) -> Path:
        return path_of(self._folder, testset, ".json")

    def _runs(self, testset: str) -> Path:
        return path_of(self._folder, testset, ".runs")

    def _run(self, testset: str, run: str) -> Path:
        return path_of(self._runs(testset), run, ".jsonl")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """While no other process or thread writes a test set."""
        with naming_errors(), disk.locked_folder(self._folder):
            yield


class FileRunHold:
    """A `RunHold`. `fd`: the mark beside the run's file, open and locked."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd: int | None = fd

    def append(self, lines: bytes) -> None:
        with naming_errors():
            append_lines(self._path, lines, hold=self)

    def check_standing(self) -> Standing:
        fd = self._fd
        if fd is None:
            return "taken"
        with naming_errors():
            try:
                marked = marker_path(self._path).stat().st_ino
            except FileNotFoundError:
                return "stopped"
            return "held" if marked == os.fstat(fd).st_ino else "taken"

    def stop(self, lines: bytes) -> None:
        if self.check_standing() == "held":
            with naming_errors(), suppress(RunNotFoundError, RunTakenError):
                marker_path(self._path).unlink(missing_ok=True)
                append_lines(self._path, lines, hold=self)

    def end(self) -> None:
        if self.check_standing() == "held":
            with naming_errors():
                marker_path(self._path).unlink(missing_ok=True)

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def marker_path(path: Path) -> Path:
    return path.with_name(f".{path.stem}{GOING}")


def create_marker(path: Path) -> FileRunHold | None:
    """Marks that a run is to go on, in this process. Returns None where it is marked already."""
    draft = path.with_name(f".{random_id()}.draft")
    fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        disk.move_new(draft, marker_path(path))
    except BaseException as error:
        os.close(fd)
        draft.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            return None
        raise
    return FileRunHold(path, fd)


def open_run(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise RunNotFoundError(f"no run {path.stem}") from error


def append_lines(path: Path, lines: bytes, *, hold: FileRunHold | None = None) -> None:
    """With `hold` only where the run has not changed hands."""
    fd = open_run(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        if hold is not None and hold.check_standing() == "taken":
            raise RunTakenError(f"another process does the run {path.stem}")
        size = disk.size_of(fd)
        torn = bool(lines) and size > 0 and disk.read_at(fd, size - 1, 1) != b"\n"
        disk.write_all(fd, b"\n" + lines if torn else lines)
        os.fdatasync(fd)
    finally:
        os.close(fd)


@contextmanager
def naming_errors() -> Iterator[None]:
    """What the system refuses is told as StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"test sets: {error.strerror}") from error


@contextmanager
def refusing_absent(testset: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise SetNotFoundError(f"no test set {testset}") from error
