"""From the files to a database that lacks what they hold: after it was deleted, or is another. What it has
already is not made twice, and what a file says otherwise than the database counts where files are to win."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connections, router, transaction
from django.db.models import Model

from chat.models import Share
from chat.people import folders, spending
from chat.people.file_sync import keep_what_lacks_a_file, rows_in, write_rows
from chat.people.kinds import KIND_OF, KINDS, Kind


@dataclass(slots=True)
class Reconciliation:
    """What came of bringing the database and the folder together. `problems`: what could not be taken in, in
    words; the files keep it."""

    rows: int = 0
    problems: list[str] = field(default_factory=list)


def bring_together(*, files_win: bool = False) -> Reconciliation:
    """Gives the database what it lacks of the folder, and the folder what it lacks of the database."""
    report = Reconciliation()
    if not folders.are_kept():
        return report
    try:
        people = list(folders.find_people())
    except folders.DamagedFileError as error:
        people = []
        report.problems.append(str(error))
    for owner, folder in people:
        for kind in KINDS:
            _take_in(kind, owner, folder / f"{kind.name}.json", report, files_win=files_win)
        report.problems += spending.take_in(owner, folder)
    if report.rows:
        count_on_from_what_is_there([kind.model for kind in KINDS])
    keep_what_lacks_a_file()
    spending.keep_what_lacks_a_file()
    return report


def forget_links_without_rows() -> None:
    """What was revoked stays so when an older file comes back that still names it."""
    if not folders.are_kept():
        return
    kind = KIND_OF[Share]
    with suppress(folders.DamagedFileError):
        for owner, folder in folders.find_people():
            path = folder / f"{kind.name}.json"
            if path.exists():
                named = {row["id"] for row in rows_in(folders.read_file(path), kind, path)}
                write_rows(kind, owner, deleted=named - set(kind.rows(owner).values_list("pk", flat=True)))


def _take_in(kind: Kind, owner: str, path: Path, report: Reconciliation, *, files_win: bool) -> None:
    if not path.exists():
        return
    try:
        rows = rows_in(folders.read_file(path), kind, path)
    except folders.DamagedFileError as error:
        report.problems.append(str(error))
        return
    there = {row.pk: row for row in kind.rows(owner)}
    renumbered: set[object] = set()
    for values in rows:
        known = there.get(values["id"])
        if known is not None and not (files_win and _differs(kind, known, values)):
            continue
        try:
            with transaction.atomic(using=router.db_for_write(kind.model)):
                number = _put(kind, owner, values, known)
        except (ValidationError, ValueError, TypeError) as error:
            said = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            report.problems.append(f"{path}: {values['id']!r:.40} cannot be taken in: {said}")
        else:
            report.rows += number is not None
            if number not in (None, values["id"]):
                renumbered.add(values["id"])
    if renumbered:
        write_rows(kind, owner, deleted=renumbered)


def _differs(kind: Kind, row: Model, values: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in kind.known_fields(values).items())


def _put(kind: Kind, owner: str, values: dict[str, Any], known: Model | None) -> object:
    """The number under which it is known now; None where nothing was written. Raises ValidationError for what
    no row may hold."""
    row = kind.make(owner, values)
    if known is not None:
        for name, value in kind.known_fields(values).items():
            setattr(known, name, value)
        row = known
    elif kind.model._default_manager.filter(pk=row.pk).exists():
        # Somebody else's row has that number by now. It may have come from a file too, just before.
        count_on_from_what_is_there([kind.model])
        row.pk = None
    row.clean_fields(exclude=_not_to_check(kind, row))
    if known is None:
        try:
            row.validate_unique()
            row.validate_constraints()
        except ValidationError:
            return None
    # As it is: without times of now, and without telling the files what they said.
    row.save_base(raw=True)
    return row.pk


def _not_to_check(kind: Kind, row: Model) -> set[str]:
    """What no file says, and what may be null: Django asks whether a form may leave it empty."""
    return {
        field.name
        for field in row._meta.concrete_fields
        if field.name not in kind.fields or (field.null and getattr(row, field.attname) is None)
    }


def count_on_from_what_is_there(models: list[type[Model]]) -> None:
    """PostgreSQL would give numbers anew that were written by hand."""
    for alias in {router.db_for_write(model) for model in models}:
        connection = connections[alias]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
