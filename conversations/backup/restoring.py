"""From a backup to the data folder and the database: all that was there is replaced, or nothing is changed,
whatever fails and whenever the process ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections, transaction

from conversations import signals
from conversations.backup import rows
from conversations.backup.archive import (
    FIXTURE,
    FOLDERS,
    OPENING,
    ORIGINALS,
    ROWS,
    SECRET,
    SNAPSHOT,
    BackupError,
    Progress,
    folders_here,
    unpack_backup,
)
from conversations.backup.swap import LEFTOVERS, Move, Swap, remove_path
from conversations.ids import random_id
from conversations.in_use import InUseError, hold_alone
from conversations.index.indexing import reindex_all
from conversations.models import Restoration
from conversations.store.choice import (
    current_store,
    files_in,
    in_postgresql,
    rows_of_this_process,
    store_in,
)
from core import disk
from core.hashes import is_sha256
from core.originals.choice import home_of_all, originals_in

BESIDE = "restoring"
"""Alias of an SQLite database that is made beside the one in use."""


def restore_backup(data_dir: Path, source: Path, progress: Progress) -> Path | None:
    """Puts everything back, after all of it was unpacked and verified. Returns the folder into which what was
    there before was moved. No server may run. Raises BackupError, InUseError, OSError."""
    if current_store().others_alive():
        raise BackupError("A server is running. Stop all of them first. Nothing was changed.")
    with hold_alone(data_dir):
        _settle(data_dir)
        with tempfile.TemporaryDirectory(dir=data_dir, prefix=LEFTOVERS) as name:
            unpacked = Path(name)
            unpack_backup(source, unpacked, progress, database=connection.vendor)
            try:
                aside = _put_back(data_dir, unpacked)
            except rows.RowsError as error:
                raise BackupError(f"{source}: {error}. Nothing was changed.") from error
        reindex_all(store_in(data_dir))
    signals.restored.send_robust(restore_backup)
    return aside


def finish_interrupted_restore(data_dir: Path) -> None:
    """Of a restore that was killed nothing stays, or all of it. Raises InUseError, OSError."""
    half_done = Swap.find_unfinished(data_dir) is not None
    if half_done or any(data_dir.glob(f"{LEFTOVERS}*")):
        try:
            with hold_alone(data_dir):
                _settle(data_dir)
        except InUseError:
            if half_done:
                raise


def _settle(data_dir: Path) -> None:
    _settle_moves(data_dir)
    for left in data_dir.glob(f"{LEFTOVERS}*"):
        remove_path(left)


def _put_back(data_dir: Path, unpacked: Path) -> Path | None:
    standing = rows.find_standing()
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    moves = [
        _move(data_dir / name, aside, unpacked / name)
        for name in (*folders_here(), SECRET, *OPENING)
        if name in FOLDERS or (unpacked / name).exists()
    ]
    if home_of_all() is not None:
        call_command("migrate", verbosity=0)
        _put_back_originals(data_dir, unpacked)
    if connection.vendor == "sqlite":
        moves += _sqlite_moves(unpacked, aside, standing)
        swap = Swap(data_dir, random_id(), moves)
        with _settled_where_it_fails(data_dir):
            swap.apply()
    else:
        call_command("migrate", verbosity=0)
        swap = Swap(data_dir, random_id(), moves)
        with _settled_where_it_fails(data_dir), transaction.atomic():
            rows.replace_rows(_lines(unpacked), "default")
            rows.keep_only_standing(standing, "default")
            Restoration.objects.create(token=swap.token)
            if in_postgresql():
                rows_of_this_process().replace_all(files_in(unpacked), connection.connection)
            swap.apply()
    swap.finish()
    return aside if aside.exists() else None


def _put_back_originals(data_dir: Path, unpacked: Path) -> None:
    """Beside those that are there: each has its name by what it holds, and nothing is replaced."""
    for place in ORIGINALS:
        originals, given = originals_in(data_dir, place), unpacked / place
        for path in sorted(given.iterdir()) if given.is_dir() else ():
            if is_sha256(path.name):
                with path.open("rb") as file, originals.adding(iter(partial(file.read, disk.BLOCK), b"")):
                    pass


@contextmanager
def _settled_where_it_fails(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _settle_moves(data_dir)
        raise


def _settle_moves(data_dir: Path) -> None:
    """Whether the database has taken it is asked of the database: a connection may break off at the end."""
    swap = Swap.find_unfinished(data_dir)
    if swap is None:
        return
    connections.close_all()
    if connection.vendor != "sqlite" and Restoration.objects.filter(token=swap.token).exists():
        swap.finish()
    else:
        swap.undo()


def _move(place: Path, aside: Path, fresh: Path) -> Move:
    return Move(place, aside / place.name, fresh if fresh.exists() else None, place.exists())


def _lines(unpacked: Path) -> Path:
    found = next((unpacked / name for name in (ROWS, FIXTURE) if (unpacked / name).exists()), None)
    if found is None:
        raise BackupError("The backup holds no database. Nothing was changed.")
    return found


def _sqlite_moves(unpacked: Path, aside: Path, standing: dict[str, set[str]]) -> list[Move]:
    """The database is made whole beside the one in use, which it then replaces with its journals. They stay
    on their own disk, wherever DATABASE_URL has it."""
    database = Path(str(connection.settings_dict["NAME"]))
    disk.make_folder(database.parent)
    fresh = unpacked / SNAPSHOT
    with _database_at(fresh):
        call_command("migrate", database=BESIDE, verbosity=0)
        if (unpacked / ROWS).exists() or (unpacked / FIXTURE).exists():
            with transaction.atomic(using=BESIDE):
                rows.replace_rows(_lines(unpacked), BESIDE)
        rows.keep_only_standing(standing, BESIDE)
    fresh.chmod(disk.FILE_MODE)
    if database.parent != aside.parent:
        beside = database.with_name(f".{database.name}.{random_id()}")
        shutil.move(fresh, beside)
        fresh, aside = beside, database.with_name(aside.name)
    # SQLite takes its journals away when the last who has it open closes it.
    connections.close_all()
    moves = []
    for suffix in ("", "-wal", "-shm"):
        place = database.with_name(database.name + suffix)
        moves.append(Move(place, aside / place.name, None if suffix else fresh, place.exists()))
    return moves


@contextmanager
def _database_at(path: Path) -> Iterator[None]:
    connections.databases[BESIDE] = {**connections["default"].settings_dict, "NAME": str(path)}
    try:
        yield
        with connections[BESIDE].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connections[BESIDE].close()
        del connections[BESIDE]
        del connections.databases[BESIDE]
