"""Originals in a folder of this machine: <folder>/<sha256>. A file's time says when somebody last gave it to
us or was about to name it."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from core import disk
from core.hashes import is_sha256
from core.originals.base import BLOCK, Original, named_by_nobody
from core.originals.drafts import drafted


class FolderOriginals:
    """Keeps `Originals` as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def size(self, sha256: str) -> int | None:
        path = self.path(sha256)
        return None if path is None else path.stat().st_size

    def path(self, sha256: str) -> Path | None:
        if not is_sha256(sha256):
            return None
        path = self.folder / sha256
        return path if path.is_file() else None

    def blocks(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        path = self.path(sha256)
        return iter(()) if path is None else blocks_of(path, start, end)

    @contextmanager
    def adding(self, chunks: Iterable[bytes]) -> Iterator[Original]:
        with drafted(self.folder, chunks) as (draft, original), self._locked():
            path = self.folder / original.sha256
            if path.exists():
                os.utime(path)
            else:
                draft.replace(path)
                disk.sync_folder(self.folder)
            yield original

    def touch(self, sha256: str) -> bool:
        if self.path(sha256) is None:
            return False
        with self._locked():
            path = self.path(sha256)
            if path is not None:
                os.utime(path)
        return path is not None

    def clock(self) -> float:
        disk.make_folder(self.folder)
        return disk.time_now(self.folder)

    def list_hashes(self) -> Iterator[tuple[str, float]]:
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                if is_sha256(entry.name):
                    with suppress(FileNotFoundError):
                        yield entry.name, entry.stat().st_mtime

    def remove(
        self, sha256: str, *, before: float | None = None, unless: Callable[[], bool] = named_by_nobody
    ) -> bool:
        path = self.path(sha256)
        if path is None:
            return False
        with self._locked(), suppress(FileNotFoundError):
            if (before is None or path.stat().st_mtime < before) and not unless():
                path.unlink()
                remove_derived(path)
                return True
        return False

    def sweep(self, before: float) -> None:
        for entry in entries_of(self.folder):
            sha256, dot, _ = entry.name.partition(".")
            if dot and is_sha256(sha256):
                if not (self.folder / sha256).exists():
                    remove_entry(entry)
            elif is_draft(entry) and entry.stat().st_mtime < before:
                remove_entry(entry)

    def _locked(self) -> AbstractContextManager[None]:
        """Held by whoever removes files, or counts on one that is there."""
        return disk.locked_folder(self.folder)


def blocks_of(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while start < end and (block := file.read(min(BLOCK, end - start))):
            yield block
            start += len(block)


def entries_of(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def is_draft(entry: Path) -> bool:
    return entry.name.startswith(".") and entry.name != ".lock"


def remove_derived(path: Path) -> None:
    for entry in path.parent.glob(f"{path.name}.*"):
        remove_entry(entry)


def remove_entry(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)
