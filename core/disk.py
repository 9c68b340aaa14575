"""Files on disk, so that they are whole or not there. Everything raises OSError; the callers name it."""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
BLOCK = 1 << 20

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def measure_folder(folder: Path) -> tuple[int, int]:
    """How many files are in it, and their bytes."""
    files = size = 0
    for root, _dirs, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += (Path(root) / name).stat().st_size
                files += 1
    return files, size


def make_folder(folder: Path) -> None:
    """Only for the owner; an existing one is left as it is."""
    if not folder.is_dir():
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """A new or renamed file is there after a power cut only when its folder has been synced too."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """All of it at the end of the file or, as far as the system lets us, nothing: a write that fails
    half-way is cut off again. The caller holds the file's lock."""
    start = os.fstat(fd).st_size
    rest = memoryview(data)
    try:
        while rest:
            written = os.write(fd, rest)
            if written == 0:
                raise OSError(errno.EIO, "nothing was written")
            rest = rest[written:]
    except OSError:
        os.ftruncate(fd, start)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """The file has the old content or all of `data`, never a part; on disk when this returns."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        write_all(fd, data)
        os.fsync(fd)
        draft.replace(path)
    finally:
        os.close(fd)
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_new(path: Path, blocks: Iterable[bytes], *, changed: float | None = None) -> os.stat_result:
    """As `write_whole`, but never over a file that is there (FileExistsError). `changed`: the time that it
    bears."""
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        for data in blocks:
            write_all(fd, data)
        if changed is not None:
            os.utime(fd, (changed, changed))
        os.fsync(fd)
        found = os.fstat(fd)
        move_new(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    sync_folder(path.parent)
    return found


def move_new(source: Path, target: Path) -> None:
    """Rename, but never over a file that is there (FileExistsError)."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, "File exists", str(target)) from error
        source.rename(target)
    else:
        source.unlink()


def try_lock(fd: int) -> bool:
    """Without waiting. It falls when its holder dies, and holds between threads as between processes."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """While no other process or thread is in here for that folder, which is made where it is not there."""
    make_folder(folder)
    fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def read_blocks(fd: int, offset: int, end: int) -> Iterator[bytes]:
    while offset < end and (block := os.pread(fd, min(BLOCK, end - offset), offset)):
        yield block
        offset += len(block)


def read_at(fd: int, offset: int, length: int) -> bytes:
    return os.pread(fd, length, offset)


def size_of(fd: int) -> int:
    return os.fstat(fd).st_size


def last_line_start(fd: int, size: int) -> int:
    """Where the bytes after the last newline begin."""
    end = size
    while end > 0:
        start = max(0, end - 65536)
        found = os.pread(fd, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def time_now(folder: Path) -> float:
    """Seconds since 1970, by the clock that gives files there their times: another machine's, where the
    folder is a network's."""
    path = folder / f".now-{secrets.token_hex(8)}"
    path.touch(FILE_MODE)
    try:
        return path.stat().st_ctime
    finally:
        path.unlink()
