"""Files that any process may be asked for, for a while, by names of their own: what somebody sends in one
request and has read in by the next, which may reach another machine. Where a folder is all there is, nothing
is passed on. All of it blocks, and raises OSError where the home does not answer."""

import secrets
from pathlib import Path

from django.db.models.functions import Now

from core.models import KeptOriginal
from core.originals.base import OriginalsHome
from core.originals.choice import home_of_all
from core.originals.database import database_time, in_transaction


def publish_file(name: str, path: Path) -> None:
    if (home := home_of_all()) is not None:
        set_mark(name)
        home.put(name, path)


def fetch_file(name: str, path: Path) -> bool:
    """Whether it lies there now, whole, and no process has claimed it."""
    home = home_of_all()
    if home is None:
        return path.is_file()
    if not is_marked(name) or (size := home.size(name)) is None:
        return False
    if path.is_file():
        return True
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        draft.touch(0o600, exist_ok=False)
        with draft.open("wb") as file:
            file.writelines(home.blocks(name, 0, size))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return True


def claim_file(name: str) -> bool:
    """It is gone for all others; False where another process was quicker."""
    home = home_of_all()
    return home is None or _remove(home, name)


def set_mark(name: str) -> None:
    """A name alone, which every process sees."""
    if home_of_all() is not None:
        with in_transaction():
            KeptOriginal.objects.update_or_create(
                name=name, defaults={"touched": Now()}, create_defaults={"touched": Now()}
            )


def is_marked(name: str) -> bool:
    if home_of_all() is None:
        return False
    with in_transaction():
        return KeptOriginal.objects.filter(name=name).exists()


def find_older_files(prefix: str, seconds: float) -> list[str]:
    """Names that begin so, and are older than that."""
    if home_of_all() is None:
        return []
    before = database_time() - seconds
    with in_transaction():
        rows = list(KeptOriginal.objects.filter(name__startswith=prefix).values_list("name", "touched"))
    return [name for name, touched in rows if touched.timestamp() < before]


def _remove(home: OriginalsHome, name: str) -> bool:
    with in_transaction():
        found = KeptOriginal.objects.select_for_update().filter(name=name).first()
        if found is None:
            return False
        home.remove(name)
        found.delete()
    return True
