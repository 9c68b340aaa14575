"""DATA_DIR/testsets/<id>.json, one file a test set: whole or not there. Blocks on the disk."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import ValidationError

from chat.protocol.errors import NotFoundError, StorageUnavailableError
from chat.testsets.schemas import FORMAT, TestSetBody, dumped_cases
from conversations.ids import is_conversation_id
from conversations.owners import owner_of
from core import disk

LARGEST = 32 * 1024 * 1024
"""Bytes of a file."""

Stored = dict[str, Any]


class DamagedSetError(Exception):
    """A test set's file cannot be used; the message says to a person why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows. `owner`: None where the file does not say. `problem`: why it cannot be used."""

    file: str
    id: str
    owner: str | None
    name: str = ""
    cases: int = 0
    updated: str = ""
    attachments: frozenset[str] = frozenset()
    schedule: dict[str, Any] | None = None
    problem: str = ""


_known: dict[Path, tuple[tuple[int, int, int], Listed]] = {}
"""What files said, for as long as they do not change."""


def folder() -> Path:
    return Path(settings.DATA_DIR) / "testsets"


def path_of(testset: str) -> Path:
    """Raises NotFoundError for what is no id."""
    if not is_conversation_id(testset):
        raise no_testset()
    return folder() / f"{testset}.json"


def runs_folder(testset: str) -> Path:
    return path_of(testset).with_suffix(".runs")


def no_testset() -> NotFoundError:
    return NotFoundError(_("There is no such test set."))


def unreadable(path: Path, why: str) -> DamagedSetError:
    return DamagedSetError(_("%(file)s cannot be read: %(why)s") % {"file": path.name, "why": why})


def read(testset: str) -> Stored:
    """Reads a test set. Raises NotFoundError, DamagedSetError."""
    path = path_of(testset)
    return check_content(path, parse_file(path))


def parse_file(path: Path) -> Stored:
    """The object in the file, whatever is in it. Raises NotFoundError, DamagedSetError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise no_testset() from error
    except OSError as error:
        raise unreadable(path, error.strerror or "?") from error
    if len(data) > LARGEST:
        raise unreadable(path, _("it is too large"))
    try:
        said = orjson.loads(data)
    except ValueError as error:
        raise unreadable(path, str(error)) from error
    if not isinstance(said, dict):
        raise unreadable(path, _("it holds no object"))
    return said


def check_content(path: Path, said: Stored) -> Stored:
    """Returns what the file says, with `cases` as this version knows them. Raises DamagedSetError."""
    version = said.get("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise unreadable(path, _("this version does not know its format"))
    if said.get("id") != path.stem:
        raise unreadable(path, _("it has another id than its name"))
    try:
        body = TestSetBody.model_validate(said)
    except (ValidationError, RecursionError) as error:
        why = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "too deep"}
        place = ".".join(map(str, why["loc"]))
        raise unreadable(path, f"{place}: {why['msg']}" if place else str(why["msg"])) from error
    return {**said, "name": body.name, "cases": dumped_cases(body.cases)}


def write(said: Stored, *, new: bool = False) -> None:
    """Writes the whole file. Raises NotFoundError where it is not `new` and not there any more."""
    path = path_of(said["id"])
    with _writing():
        if not new and not path.exists():
            raise no_testset()
        disk.write_whole(path, orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def change(testset: str, **fields: Any) -> None:
    """Sets fields and leaves the rest of the file as it is; None takes one away. Raises NotFoundError."""
    path = path_of(testset)
    with _writing():
        kept = {name: value for name, value in parse_file(path).items() if name not in fields}
        said = kept | {name: value for name, value in fields.items() if value is not None}
        disk.write_whole(path, orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def delete(testset: str) -> None:
    """Removes a test set with its runs; their conversations stay. Raises NotFoundError."""
    path = path_of(testset)
    with _writing():
        try:
            path.unlink()
        except FileNotFoundError as error:
            raise no_testset() from error
        shutil.rmtree(runs_folder(testset), ignore_errors=True)
        disk.sync_folder(path.parent)


def all_listed() -> list[Listed]:
    """The test sets of everybody, the newest first. A file that did not change is not read again."""
    try:
        entries = sorted(os.scandir(folder()), key=lambda entry: entry.name, reverse=True)
    except FileNotFoundError:
        return []
    found: list[Listed] = []
    for entry in entries:
        if entry.name.endswith(".json") and not entry.name.startswith("."):
            with suppress(FileNotFoundError):
                found.append(_listed(Path(entry.path), entry.stat()))
    for gone in _known.keys() - {Path(entry.path) for entry in entries}:
        _known.pop(gone, None)
    return found


def listed_of(owner: str) -> list[Listed]:
    return [one for one in all_listed() if one.owner == owner]


def _listed(path: Path, found: os.stat_result) -> Listed:
    stamp = found.st_mtime_ns, found.st_size, found.st_ino
    known = _known.get(path)
    if known is None or known[0] != stamp:
        known = _known[path] = stamp, _look_into(path)
    # A file may name its owner in words that the database explains.
    said: Any = {"owner": known[1].owner}
    return replace(known[1], owner=owner_of(said))


def _look_into(path: Path) -> Listed:
    owner: str | None = None
    try:
        said = parse_file(path)
        owner = said["owner"] if isinstance(said.get("owner"), str) else None
        whole = check_content(path, said)
    except NotFoundError:
        return Listed(path.name, path.stem, None)
    except DamagedSetError as error:
        return Listed(path.name, path.stem, owner, problem=str(error))
    cases = whole["cases"]
    hashes = frozenset(one for case in cases for one in case.get("attachments", ()))
    updated = whole.get("updated") or whole.get("at") or ""
    schedule = whole.get("schedule")
    return Listed(
        path.name,
        path.stem,
        owner,
        whole["name"],
        len(cases),
        updated if isinstance(updated, str) else "",
        hashes,
        schedule if isinstance(schedule, dict) else None,
    )


@contextmanager
def _writing() -> Iterator[None]:
    """While no other process or thread writes a test set."""
    try:
        disk.make_folder(folder())
        fd = os.open(folder() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)
    except OSError as error:
        raise StorageUnavailableError from error
