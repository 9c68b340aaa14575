"""The bytes of originals in rows of the database, block by block."""

import errno
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Count, Sum

from core.models import KeptOriginal, OriginalBlock
from core.originals.base import BLOCK, OriginalDamagedError
from core.originals.database import in_transaction
from core.originals.folder import blocks_of


class RowHome:
    """`OriginalsHome`. The row of an original says how long it is, once all its blocks are there."""

    def size(self, name: str) -> int | None:
        with in_transaction():
            return KeptOriginal.objects.filter(name=name).values_list("size", flat=True).first()

    def blocks(self, name: str, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            number, skipped = divmod(start, BLOCK)
            block = _block(name, number)[skipped : skipped + end - start]
            if not block:
                return
            yield block
            start += len(block)

    def put(self, name: str, path: Path) -> None:
        with in_transaction():
            row = KeptOriginal.objects.select_for_update().get(name=name)
            if row.size is not None:
                return
            row.size = 0
            for number, block in enumerate(blocks_of(path, 0, path.stat().st_size)):
                OriginalBlock.objects.create(name=name, number=number, data=block)
                row.size += len(block)
            row.save(update_fields=("size",))

    def remove(self, name: str) -> None:
        with in_transaction():
            OriginalBlock.objects.filter(name=name).delete()
            KeptOriginal.objects.filter(name=name).update(size=None)

    def measure(self, place: str) -> tuple[int, int]:
        with in_transaction():
            rows = KeptOriginal.objects.filter(name__startswith=f"{place}/").exclude(size=None)
            found = rows.aggregate(count=Count("pk"), bytes=Sum("size"))
        return found["count"], found["bytes"] or 0

    def list_hashes(self, place: str) -> Iterator[tuple[str, float]]:
        with in_transaction():
            rows = KeptOriginal.objects.filter(name__startswith=f"{place}/").exclude(size=None)
            found = list(rows.values_list("name", "touched"))
        for name, touched in found:
            yield name.rpartition("/")[2], touched.timestamp()


def _block(name: str, number: int) -> bytes:
    with in_transaction():
        rows = OriginalBlock.objects.filter(name=name, number=number)
        data = rows.values_list("data", flat=True).first()
    if data is None:
        raise OriginalDamagedError(errno.ENOENT, f"{name} is gone, or not whole, where it is kept")
    return bytes(data)
