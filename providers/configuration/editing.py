"""What an administrator changes of servers and of what is set for their models, outside of Django's admin.

Each function writes all of what it is given or nothing. EditError says in words why not.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.row_editing import EditError, check_row, set_values
from providers.configuration.setup import add_presets, follow_environment
from providers.models import RESERVED_NAMES, Model, Server, parse_headers, validate_key
from providers.types import Secret

SECRETS = ("key", "headers")


def find_server(name: str) -> Server:
    row = Server.objects.filter(name=name).first() if name.isprintable() else None
    if row is None:
        raise EditError("not_found", _("There is no server of that name."))
    return row


def free_name(wanted: str) -> str:
    """`wanted`, or the first of `wanted-2` and so on that no server and no group has."""
    taken = {*RESERVED_NAMES, *Server.objects.values_list("name", flat=True)}
    taken |= set(Server.objects.values_list("group", flat=True))
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def add_server(values: Mapping[str, Any]) -> Server:
    """`key`: a text; `headers`: a mapping; `groups`: names of groups that exist; all else as `Server` has
    it."""
    row = Server()
    if Server.objects.filter(name=values["name"]).exists():
        raise EditError("conflict", _("There is a server of that name."))
    with transaction.atomic():
        _save_server(row, values)
        add_presets(row)
    return row


def change_server(name: str, values: Mapping[str, Any]) -> Server:
    """What `values` does not name stays. A new address loses the key that was typed for the old one."""
    row = find_server(name)
    _save_server(row, values)
    return row


def take_from_environment(name: str) -> Server:
    """As it would be had nobody edited it; switched off where the environment does not name it."""
    row = find_server(name)
    row.follows_environment = True
    row.save(update_fields=["follows_environment", "updated"])
    follow_environment()
    return find_server(name)


def remove_server(name: str) -> None:
    find_server(name).delete()


def change_model(server: str, model_id: str, values: Mapping[str, Any]) -> Model:
    """Sets what is given for a model of a server. `groups`: names of groups that exist."""
    row = find_server(server)
    if "\0" in model_id:
        raise EditError("invalid", _("No model has such an id."))
    found = Model.objects.filter(server=row, model_id=model_id).first()
    model = found or Model(server=row, model_id=model_id)
    set_values(model, {name: value for name, value in values.items() if name != "groups"})
    model.edited = True
    with transaction.atomic():
        check_row(model)
        _save_with_groups(model, values)
    return model


def forget_model(server: str, model_id: str) -> None:
    """All is as the service has it again."""
    find_server(server).models.filter(model_id=model_id.replace("\0", "")).delete()


def fill_server(row: Server, values: Mapping[str, Any]) -> None:
    """Sets what was given, and saves nothing."""
    try:
        if "key" in values:
            validate_key(values["key"] or "")
            row.key = Secret(values["key"] or "")
        if "headers" in values:
            row.headers = Secret("\n".join(header_line(*each) for each in (values["headers"] or {}).items()))
    except ValidationError as error:
        raise EditError("invalid", " ".join(error.messages)) from error
    set_values(row, {name: value for name, value in values.items() if name not in (*SECRETS, "groups")})
    check_row(row)


def header_line(name: str, value: str) -> str:
    """As headers are kept. ValidationError where it is none, or more than one."""
    line = f"{name.strip()}: {value.strip()}"
    if parse_headers(line) != {name.strip(): value.strip()}:
        raise ValidationError(_("Write one header a line, as 'Name: value'."))
    return line


def _save_server(row: Server, values: Mapping[str, Any]) -> None:
    fill_server(row, values)
    row.follows_environment = False
    with transaction.atomic():
        _save_with_groups(row, values)


def _save_with_groups(row: Server | Model, values: Mapping[str, Any]) -> None:
    if "groups" in values:
        groups = _groups(values["groups"])
        row.save()
        row.groups.set(groups)
    # After the groups, since other processes see by the row's time that they changed.
    row.save()


def _groups(names: Sequence[str] | None) -> list[Group]:
    found = list(Group.objects.filter(name__in=names or ()))
    missing = sorted(set(names or ()) - {group.name for group in found})
    if missing:
        raise EditError("invalid", _("There is no group named %(name)s.") % {"name": missing[0]})
    return found
