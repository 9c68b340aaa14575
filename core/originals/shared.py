"""Originals that any number of machines share: their bytes have a home (rows.py, bucket.py), each machine has
copies in a folder of its own, and the database has a row of each, by which nobody removes what another counts
on."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from django.db.models.functions import Now

from core.hashes import is_sha256
from core.models import KeptOriginal
from core.originals.base import Original, OriginalDamagedError, OriginalsHome, named_by_nobody
from core.originals.database import database_time, in_transaction
from core.originals.drafts import drafted
from core.originals.folder import blocks_of, entries_of, is_draft, remove_derived, remove_entry

LONG_AGO = datetime.fromtimestamp(0, UTC)


class SharedOriginals:
    """`Originals`. The place in the home has the folder's name."""

    def __init__(self, folder: Path, home: OriginalsHome) -> None:
        self.folder = folder
        self._home = home

    def size(self, sha256: str) -> int | None:
        if not is_sha256(sha256):
            return None
        return self._home.size(self._name(sha256))

    def path(self, sha256: str) -> Path | None:
        if not is_sha256(sha256):
            return None
        path = self.folder / sha256
        with suppress(FileNotFoundError):
            os.utime(path)
            return path
        return path if self._fetch(path) else None

    def blocks(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        if not is_sha256(sha256):
            return iter(())
        copy = self.folder / sha256
        if copy.is_file():
            return blocks_of(copy, start, end)
        return self._home.blocks(self._name(sha256), start, end)

    @contextmanager
    def adding(self, chunks: Iterable[bytes]) -> Iterator[Original]:
        with drafted(self.folder, chunks) as (draft, original):
            name = self._name(original.sha256)
            with in_transaction():
                _touch(name)
            if self._home.size(name) is None:
                self._home.put(name, draft)
            with self._counted_on(name, draft):
                draft.replace(self.folder / original.sha256)
                yield original

    def touch(self, sha256: str) -> bool:
        if not is_sha256(sha256):
            return False
        name = self._name(sha256)
        if self._home.size(name) is None:
            return False
        with in_transaction():
            _touch(name)
            if self._home.size(name) is not None:
                return True
            KeptOriginal.objects.filter(name=name, size=None).delete()
        return False

    def clock(self) -> float:
        return database_time()

    def list_hashes(self) -> Iterator[tuple[str, float]]:
        with in_transaction():
            rows = KeptOriginal.objects.filter(name__startswith=f"{self.folder.name}/")
            touched = {name: moment.timestamp() for name, moment in rows.values_list("name", "touched")}
        for sha256, put in self._home.list_hashes(self.folder.name):
            yield sha256, touched.get(self._name(sha256), put)

    def remove(
        self, sha256: str, *, before: float | None = None, unless: Callable[[], bool] = named_by_nobody
    ) -> bool:
        if not is_sha256(sha256):
            return False
        name = self._name(sha256)
        with in_transaction():
            # One of which the database knows nothing is locked too.
            _, is_new = KeptOriginal.objects.get_or_create(name=name, defaults={"touched": LONG_AGO})
            row = KeptOriginal.objects.select_for_update().get(name=name)
            if unless() or (before is not None and row.touched.timestamp() >= before):
                if is_new:
                    row.delete()
                return False
            is_there = self._home.size(name) is not None
            if is_there:
                self._home.remove(name)
            row.delete()
        path = self.folder / sha256
        path.unlink(missing_ok=True)
        remove_derived(path)
        return is_there

    def sweep(self, before: float) -> None:
        for entry in entries_of(self.folder):
            with suppress(FileNotFoundError):
                is_old = entry.stat().st_mtime < before
                if is_old and (is_draft(entry) or is_sha256(entry.name.partition(".")[0])):
                    remove_entry(entry)

    def _name(self, sha256: str) -> str:
        return f"{self.folder.name}/{sha256}"

    @contextmanager
    def _counted_on(self, name: str, draft: Path) -> Iterator[None]:
        """Puts it again where it was removed after we had put it."""
        with in_transaction():
            _touch(name)
            if self._home.size(name) is None:
                self._home.put(name, draft)
            yield

    def _fetch(self, path: Path) -> bool:
        name = self._name(path.name)
        size = self._home.size(name)
        if size is None:
            return False
        with drafted(self.folder, self._home.blocks(name, 0, size)) as (draft, original):
            if original.sha256 != path.name:
                raise OriginalDamagedError(errno.EIO, f"{name} is damaged where it is kept")
            draft.replace(path)
        return True


def _touch(name: str) -> None:
    """Its row is there, and locked until the transaction ends."""
    KeptOriginal.objects.update_or_create(
        name=name, defaults={"touched": Now()}, create_defaults={"touched": Now()}
    )
