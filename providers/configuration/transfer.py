"""Servers, models and their settings as one TOML file, to keep under version control or carry to another
machine. Keys and headers are never in it.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction

from providers import connectors
from providers.models import Model, Server

FORMAT = 1
SERVER_FIELDS = (
    "name",
    "provider",
    "base_url",
    "group",
    "connect_timeout",
    "first_byte_timeout",
    "chunk_timeout",
    "max_concurrent",
    "requests_per_minute",
    "listed_only",
    "visibility",
    "enabled",
    "order",
)
"""What is set of a server in the admin, and so stands in a file that it is exported to."""
MODEL_FIELDS = (
    "name",
    "candidates",
    "enabled",
    "order",
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "context_length",
    "streaming",
    "thinking",
    "system_prompt",
    "price_input",
    "price_output",
    "capabilities",
    "visibility",
)
HEAD = """# Divan's model servers and what is set for their models: manage.py import_models reads this.
# Keys and headers are not in it: they stay in the database of the server they were entered on, and in .env.
"""


class TransferError(Exception):
    """Its text is one line that says what is wrong with the file, and where."""


@dataclass(slots=True)
class TransferReport:
    """`keyless`: names of new servers, or such with a new address, that may need a key."""

    servers: int = 0
    models: int = 0
    unchanged: int = 0
    keyless: list[str] = field(default_factory=list)


def export_text() -> str:
    lines = [HEAD, f"format = {FORMAT}"]
    for server in Server.objects.prefetch_related("groups", "models__groups"):
        lines += ["", "[[servers]]", *_lines(server, SERVER_FIELDS), *_group_lines(server)]
        for model in server.models.all():
            lines += ["", "[[servers.models]]", f"id = {toml_value(model.model_id)}"]
            lines += [*_lines(model, MODEL_FIELDS), *_group_lines(model)]
    return "\n".join(lines) + "\n"


def _lines(row: models.Model, names: tuple[str, ...]) -> Iterator[str]:
    """What differs from a new row's values."""
    fresh = type(row)()
    for name in names:
        value = getattr(row, name)
        if value is not None and value != getattr(fresh, name):
            yield f"{name} = {toml_value(value)}"


def _group_lines(row: Server | Model) -> list[str]:
    groups = sorted(group.name for group in row.groups.all())
    return [f"groups = {toml_value(groups)}"] if groups else []


def toml_value(value: object) -> str:
    """A JSON string, list or number is TOML as well, but for DEL, which TOML wants escaped."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.1f}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def import_text(text: str, *, dry_run: bool = False) -> TransferReport:
    """All or nothing. Rows that the file does not name stay; a server whose address changes loses its key.
    TransferError, and nothing written, where anything in the file is wrong."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TransferError(f"This is not TOML: {error}") from error
    if content.get("format") != FORMAT:
        raise TransferError(f"The file says format {content.get('format')!r}; this version reads {FORMAT}.")
    if unknown := content.keys() - {"format", "servers"}:
        raise TransferError(f"There is no {sorted(unknown)[0]!r} in such a file: servers are [[servers]].")
    report = TransferReport()
    with transaction.atomic():
        for entry in _tables(content, "servers", "the file"):
            _import_server(entry, report)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _tables(content: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise TransferError(f"'{name}' in {where} must be a list of tables: [[{name}]].")
    return found


def _import_server(entry: dict[str, Any], report: TransferReport) -> None:
    name = entry.get("name")
    if not isinstance(name, str):
        raise TransferError("A server in the file has no name.")
    row = Server.objects.filter(name=name).first() or Server(name=name)
    given = {key: value for key, value in entry.items() if key not in ("models", "groups")}
    new, had_key = row.pk is None, bool(row.key)
    changed = _apply(row, given, SERVER_FIELDS, f"server {name}")
    if changed:
        row.follows_environment = False
        row.save()
    if _set_groups(row, entry.get("groups", []), f"server {name}") or changed:
        report.servers += 1
        if (new or had_key) and not row.key and connectors.declaration_of(row.provider).needs_key:
            report.keyless.append(name)
    else:
        report.unchanged += 1
    for model in _tables(entry, "models", f"server {name}"):
        _import_model(row, model, report)


def _import_model(server: Server, entry: dict[str, Any], report: TransferReport) -> None:
    model_id = entry.pop("id", None)
    groups = entry.pop("groups", [])
    if not isinstance(model_id, str):
        raise TransferError(f"A model of server {server.name} has no id.")
    row = Model.objects.filter(server=server, model_id=model_id).first()
    row = row or Model(server=server, model_id=model_id)
    where = f"model {server.name}/{model_id}"
    changed = _apply(row, entry, MODEL_FIELDS, where)
    if changed:
        row.edited = True
        row.save()
    if _set_groups(row, groups, where) or changed:
        report.models += 1
    else:
        report.unchanged += 1


def _set_groups(row: Server | Model, names: object, where: str) -> bool:
    """Makes the groups that are not there; says whether anything changed."""
    if not isinstance(names, list) or not all(
        isinstance(name, str) and 0 < len(name) <= 150 for name in names
    ):
        raise TransferError(f"{where}: groups: Write a list of names.")
    if set(names) == set(row.groups.values_list("name", flat=True)):
        return False
    row.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
    if isinstance(row, Model):
        row.edited = True
    else:
        row.follows_environment = False
    row.save()
    return True


def _apply(row: models.Model, given: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> bool:
    """Sets what the file gives, and the rest as on a new row; says whether that changed anything."""
    unknown = [name for name in given if name not in allowed]
    if unknown:
        raise TransferError(f"{where}: there is no field {unknown[0]!r}.")
    fresh = type(row)()
    wanted = {name: given.get(name, getattr(fresh, name)) for name in allowed}
    same = row.pk is not None and all(getattr(row, name) == value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as error:
        raise TransferError(f"{where}: {'; '.join(_sentences(error))}.") from error
    return not same


def _sentences(error: ValidationError) -> list[str]:
    if not hasattr(error, "message_dict"):
        return [text.rstrip(".") for text in error.messages]
    return [f"{name}: {' '.join(texts).rstrip('.')}" for name, texts in error.message_dict.items()]
