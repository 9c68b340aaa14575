"""From the database to the files: after each change, in the thread that made it, once it is committed.

A row that stands in a file and not in the database stays in the file, unless it was deleted: a database that
was lost and begun anew takes nothing away from what the files know.
"""

import logging
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Model, signals

from chat.people import folders
from chat.people.kinds import KIND_OF, KINDS, Kind

logger = logging.getLogger(__name__)


def connect_signals() -> None:
    for model in KIND_OF:
        signals.post_save.connect(_saved, sender=model)
        signals.post_delete.connect(_deleted, sender=model)


def keep_what_lacks_a_file() -> None:
    """Of every person, as after an update from a version that kept none."""
    for kind in KINDS:
        for owner in sorted(kind.owners()):
            if not (folders.people_folder() / folders.folder_name(owner) / f"{kind.name}.json").exists():
                write_rows(kind, owner)


def write_rows(kind: Kind, owner: str, deleted: Collection[object] = ()) -> None:
    """What cannot be written is logged: it is in the database, and written with the next change."""
    if not folders.are_kept():
        return
    try:
        with folders.lock_folder(owner) as folder:
            path = folder / f"{kind.name}.json"
            rows = {row["id"]: row for row in map(kind.values, kind.rows(owner))}
            for row in _in_file(kind, path):
                if row.get("id") not in deleted:
                    rows.setdefault(row.get("id"), row)
            if rows or path.exists():
                folders.write_file(path, {"format": folders.FORMAT, kind.name: list(rows.values())})
    except OSError as error:
        logger.error("What belongs to a person could not be written (%s): %s", kind.name, error.strerror)


def _in_file(kind: Kind, path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        return rows_in(folders.read_file(path), kind, path)
    except folders.DamagedFileError as error:
        kept = folders.set_aside(path)
        logger.error("%s; it is kept as %s", error, kept.name)
        return []


def rows_in(said: dict[str, Any], kind: Kind, path: Path) -> list[dict[str, Any]]:
    """The rows that a person's file of that kind holds. Raises DamagedFileError."""
    rows = said.get(kind.name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
        raise folders.DamagedFileError(f"{path} holds no list of {kind.name}, each with its id")
    return rows


def _saved(sender: type[Model], instance: Model, using: str, raw: bool, **_: Any) -> None:
    if not raw:
        _keep_later(instance, using)


def _deleted(sender: type[Model], instance: Model, using: str, **_: Any) -> None:
    _keep_later(instance, using, deleted=(instance.pk,))


def _keep_later(instance: Model, using: str, deleted: tuple[object, ...] = ()) -> None:
    kind = KIND_OF[type(instance)]
    try:
        owner = kind.owner_of(instance)
    except ObjectDoesNotExist:
        return
    if owner:
        transaction.on_commit(partial(write_rows, kind, owner, deleted), using=using)
