"""Test sets as their home keeps them, one JSON object each, read and checked. Blocks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _
from pydantic import ValidationError

from chat.protocol.errors import NotFoundError, StorageUnavailableError
from chat.testsets.schemas import FORMAT, TestSetBody, dumped_cases
from conversations.errors import InvalidIdError, RunNotFoundError, SetNotFoundError, StorageError
from conversations.owners import owner_of
from conversations.store.choice import current_store
from conversations.store.testsets import LARGEST, Stamp, TestSets

Stored = dict[str, Any]


class DamagedSetError(Exception):
    """A test set, or a run, cannot be used; the message says to a person why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows. `owner`: None where the file does not say. `problem`: why it cannot be used."""

    file: str
    id: str
    owner: str | None
    name: str = ""
    cases: int = 0
    updated: str = ""
    schedule: dict[str, Any] | None = None
    problem: str = ""


_known: dict[str, tuple[Stamp, Listed]] = {}
"""What test sets said, for as long as they do not change."""


def current_testsets() -> TestSets:
    return current_store().testsets


def now() -> datetime:
    """By the clock that all processes have in common. Raises StorageUnavailableError."""
    with naming_errors():
        return datetime.fromtimestamp(current_testsets().clock(), UTC)


def no_testset() -> NotFoundError:
    return NotFoundError(_("There is no such test set."))


def no_run() -> NotFoundError:
    return NotFoundError(_("There is no such run."))


def file_name(testset: str) -> str:
    """As people know it, also where it is no file."""
    return f"{testset}.json"


def unreadable(name: str, why: str) -> DamagedSetError:
    return DamagedSetError(_("%(file)s cannot be read: %(why)s") % {"file": name, "why": why})


@contextmanager
def naming_errors() -> Iterator[None]:
    """What the home refuses, as NotFoundError or StorageUnavailableError."""
    try:
        yield
    except (InvalidIdError, SetNotFoundError) as error:
        raise no_testset() from error
    except RunNotFoundError as error:
        raise no_run() from error
    except StorageError as error:
        raise StorageUnavailableError from error


def read(testset: str) -> Stored:
    """Reads a test set. Raises NotFoundError, StorageUnavailableError, DamagedSetError."""
    with naming_errors():
        data = current_testsets().read(testset, LARGEST + 1)
    return check_content(testset, parse(testset, data))


def parse(testset: str, data: bytes) -> Stored:
    """The object that it is, whatever is in it. Raises DamagedSetError."""
    name = file_name(testset)
    if len(data) > LARGEST:
        raise unreadable(name, _("it is too large"))
    try:
        said = orjson.loads(data)
    except ValueError as error:
        raise unreadable(name, str(error)) from error
    if not isinstance(said, dict):
        raise unreadable(name, _("it holds no object"))
    return said


def check_content(testset: str, said: Stored) -> Stored:
    """Returns what it says, with `cases` as this version knows them. Raises DamagedSetError."""
    file, version = file_name(testset), said.get("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise unreadable(file, _("this version does not know its format"))
    if said.get("id") != testset:
        raise unreadable(file, _("it has another id than its name"))
    try:
        body = TestSetBody.model_validate(said)
    except (ValidationError, RecursionError) as error:
        why = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "too deep"}
        place = ".".join(map(str, why["loc"]))
        raise unreadable(file, f"{place}: {why['msg']}" if place else str(why["msg"])) from error
    return {**said, "name": body.name, "cases": dumped_cases(body.cases)}


def dump(said: Stored) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def create(said: Stored) -> None:
    """Writes a new one. Raises StorageUnavailableError."""
    with naming_errors():
        current_testsets().create(said["id"], dump(said))


def edit(testset: str, fields_of: Callable[[Stored], Stored | None]) -> None:
    """Sets the fields that `fields_of` makes of what it says, while nobody else changes it, and leaves the
    rest as it is; None takes a field away, or leaves all. Raises NotFoundError, StorageUnavailableError,
    DamagedSetError."""

    def edited(data: bytes) -> bytes | None:
        said = parse(testset, data)
        fields = fields_of(said)
        if fields is None:
            return None
        kept = {name: value for name, value in said.items() if name not in fields}
        return dump(kept | {name: value for name, value in fields.items() if value is not None})

    with naming_errors():
        current_testsets().change(testset, edited)


def change(testset: str, **fields: Any) -> None:
    """As `edit`, whatever it says."""
    edit(testset, lambda said: fields)


def delete(testset: str) -> None:
    """Removes a test set with its runs; their conversations stay. Raises NotFoundError,
    StorageUnavailableError."""
    with naming_errors():
        current_testsets().delete(testset)


def all_listed() -> list[Listed]:
    """The test sets of everybody, the newest first. One that did not change is not read again. Raises
    StorageUnavailableError."""
    with naming_errors():
        stamps, strays = current_testsets().stamps(), current_testsets().find_strays()
    found: list[Listed] = []
    for testset, stamp in stamps:
        with suppress(NotFoundError):
            found.append(_listed(testset, stamp))
    for gone in _known.keys() - dict(stamps).keys():
        _known.pop(gone, None)
    for name in strays:
        problem = str(unreadable(name, _("it has another id than its name")))
        found.append(Listed(name, name.removesuffix(".json"), None, problem=problem))
    return found


def listed_of(owner: str) -> list[Listed]:
    return [one for one in all_listed() if one.owner == owner]


def _listed(testset: str, stamp: Stamp) -> Listed:
    known = _known.get(testset)
    if known is None or known[0] != stamp:
        try:
            data = current_testsets().read(testset, LARGEST + 1)
        except StorageError as error:
            return Listed(file_name(testset), testset, None, problem=str(error))
        except SetNotFoundError as error:
            raise no_testset() from error
        known = _known[testset] = stamp, _look_into(testset, data)
    # One may name its owner in words that the database explains.
    said: Any = {"owner": known[1].owner}
    return replace(known[1], owner=owner_of(said))


def _look_into(testset: str, data: bytes) -> Listed:
    owner: str | None = None
    try:
        said = parse(testset, data)
        owner = said["owner"] if isinstance(said.get("owner"), str) else None
        whole = check_content(testset, said)
    except DamagedSetError as error:
        return Listed(file_name(testset), testset, owner, problem=str(error))
    updated, schedule = whole.get("updated") or whole.get("at") or "", whole.get("schedule")
    return Listed(
        file_name(testset),
        testset,
        owner,
        whole["name"],
        len(whole["cases"]),
        updated if isinstance(updated, str) else "",
        schedule if isinstance(schedule, dict) else None,
    )
