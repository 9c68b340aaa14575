"""The rows of the database, one JSON object a line, as Django serialises them: whichever database wrote them,
any takes them. What can be made again from files, and what the tables bring with them, is left out.

A field that Django would not show (a key) says by `to_backup` what stands for it, and takes that back by
`from_backup`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.serializers.python import Serializer
from django.db import IntegrityError, connections
from django.db.models import Field, Model

from core.accounts import give_ids
from core.models import Owner

AT_ONCE = 500
GIVEN_BY_THE_TABLES = ("contenttypes", "auth.permission")
MADE_AGAIN = (
    "conversations",
    "rag.passage",
    "rag.vector",
    "rag.embeddingmodel",
    "sessions",
    "chatbot_project.usersession",
    "admin.logentry",
    "providers.reservation",
)
OF_ORIGINALS = ("core.keptoriginal", "core.originalblock")
"""What they hold is in the backup as files. They stay where all else is replaced: what nobody names any more
is removed in its time."""


class RowsError(Exception):
    """The message says what cannot be taken in."""


class RowSerializer(Serializer):
    _current: dict[str, Any]

    def handle_field(self, obj: Model, field: "Field[Any, Any]") -> None:
        super().handle_field(obj, field)
        if hasattr(field, "to_backup"):
            self._current[field.name] = field.to_backup(getattr(obj, field.attname))


def kept_models() -> list[type[Model]]:
    """In an order in which none comes before what it refers to by its name."""
    wanted = [
        model
        for model in apps.get_models()
        if not _among(model, GIVEN_BY_THE_TABLES + MADE_AGAIN + OF_ORIGINALS)
    ]
    return serializers.sort_dependencies([(None, wanted)], allow_cycles=True)


def _among(model: type[Model], labels: tuple[str, ...]) -> bool:
    return (
        model._meta.proxy
        or not model._meta.managed
        or model._meta.app_label in labels
        or model._meta.label_lower in labels
    )


def dump_rows(target: IO[bytes], alias: str = "default") -> None:
    """As the database stands at one moment; who writes to it meanwhile does not wait."""
    encoder = DjangoJSONEncoder()
    with _at_one_moment(alias):
        for model in kept_models():
            rows = model._default_manager.using(alias).order_by("pk")
            for start in _batches(rows):
                for row in RowSerializer().serialize(start, use_natural_foreign_keys=True):
                    target.write(encoder.encode(row).encode() + b"\n")


def _batches(rows: Any) -> Iterator[list[Model]]:
    batch: list[Model] = []
    for row in rows.iterator(AT_ONCE):
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


@contextmanager
def _at_one_moment(alias: str) -> Iterator[None]:
    connection = connections[alias]
    if connection.in_atomic_block:
        yield
        return
    how = "DEFERRED" if connection.vendor == "sqlite" else "ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(f"BEGIN {how}")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def replace_rows(lines: Path, alias: str) -> None:
    """Instead of all that is there. To be called in a transaction. Raises RowsError, and then nothing is as
    it should be: roll back."""
    delete_rows(alias)
    has_owners = False
    for number, line in enumerate(_objects(lines), 1):
        try:
            for row in serializers.deserialize("python", [_whole(line)], using=alias):
                row.save(using=alias)
            has_owners = has_owners or line["model"] == Owner._meta.label_lower
        except (DeserializationError, IntegrityError, KeyError, LookupError, TypeError, ValueError) as error:
            raise RowsError(f"row {number} of the database cannot be taken in: {error}") from error
    if not has_owners:
        give_ids(alias)
    connection = connections[alias]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept_models()):
            cursor.execute(statement)
    connection.check_constraints()


def _objects(lines: Path) -> Iterator[Any]:
    """Of our lines, or of the list that version 1 had."""
    if lines.suffix == ".json":
        yield from orjson.loads(lines.read_bytes())
        return
    with lines.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def _whole(said: Any) -> Any:
    fields = {field.name: field for field in apps.get_model(said["model"])._meta.concrete_fields}
    if "owner" in fields and "username" in said["fields"]:
        # As versions called it that knew people by their names.
        said["fields"]["owner"] = said["fields"].pop("username")
    values = {
        name: fields[name].from_backup(value) if hasattr(fields.get(name), "from_backup") else value
        for name, value in said["fields"].items()
    }
    return {**said, "fields": values}


def revocable_models() -> list[type[Model]]:
    """Those whose rows let somebody in who shows the secret of which `digest` is kept."""
    return [model for model in apps.get_models() if getattr(model, "revocable", False)]


def find_standing(alias: str = "default") -> dict[str, set[str]]:
    """What lets somebody in now, by model. Nothing, where there are no tables yet."""
    connection = connections[alias]
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).is_file():
        return {}
    tables = set(connection.introspection.table_names())
    return {
        model._meta.label: set(model._default_manager.using(alias).values_list("digest", flat=True))
        for model in revocable_models()
        if model._meta.db_table in tables
    }


def keep_only_standing(standing: dict[str, set[str]], alias: str) -> None:
    """What was revoked since the backup was made comes back no more than what this database never knew; nor
    does anybody's session."""
    for model in revocable_models():
        rows = model._default_manager.using(alias)
        known = standing.get(model._meta.label, set())
        gone = [pk for pk, digest in rows.values_list("pk", "digest") if digest not in known]
        for start in range(0, len(gone), AT_ONCE):
            # Without telling who follows such rows: it is not this database that they follow.
            rows.filter(pk__in=gone[start : start + AT_ONCE])._raw_delete(alias)
    for model in apps.get_app_config("sessions").get_models():
        model._default_manager.using(alias).all().delete()


def delete_rows(alias: str) -> None:
    """All rows, the index of the files too."""
    connection = connections[alias]
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    standing = GIVEN_BY_THE_TABLES + OF_ORIGINALS
    tables = {model._meta.db_table for model in models if not _among(model, standing)}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own name
        return
    for statement in connection.ops.sql_flush(no_style(), sorted(tables), allow_cascade=True):
        with connection.cursor() as cursor:
            cursor.execute(statement)
