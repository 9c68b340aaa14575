"""The first rows of `Server`, from the environment.

A row that nobody has edited follows the environment at each start: a changed address or key is taken over,
and a server that the environment no longer names is switched off (not deleted: its models' settings
stay). The first edit in the admin, or an import, ends that for the row. Deleting an edited row brings the
environment's back.
"""

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction

from providers import connectors
from providers.models import RESERVED_NAMES, Model, Server, server_name
from providers.types import Secret
from providers.wire import server_urls

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """What the environment says of one server."""

    name: str
    provider: str
    base_url: str = ""
    key: Secret = Secret()
    headers: str = ""
    group: str = ""
    order: int = 50
    problems: tuple[str, ...] = field(default=(), compare=False)


def key_of(name: str) -> Secret:
    """`<NAME>_API_KEY`, the name in capitals with '_' for what a variable's name cannot hold."""
    return Secret(os.environ.get(f"{re.sub(r'[^A-Z0-9]', '_', name.upper())}_API_KEY", "").strip(" \t\"'"))


def split_named(text: str, default: str) -> Iterator[tuple[str, str, bool]]:
    """(name, address, whether the name was given) of each item of `url` or `name=url` by comma."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    for number, item in enumerate(items, start=1):
        named = re.match(r"([^=/:]+)=(.+)", item)
        if named:
            yield named[1].strip().lower(), named[2].strip(), True
        else:
            yield (default if number == 1 else f"{default}-{number}"), item, False


def make_spec(name: str, provider: str, url: str, key: Secret, order: int, group: str = "") -> ServerSpec:
    problems: list[str] = []
    address, headers = server_urls.split_login(url)
    try:
        address = connectors.declaration_of(provider).api_root(server_urls.normalize_url(address))
    except server_urls.AddressError as error:
        problems.append(str(error))
    if not re.fullmatch(server_name.regex, name) or name in RESERVED_NAMES | group_names():
        problems.append(f"{name[:60]!r} cannot name a server: use small letters, digits, '.', '_' and '-'.")
    lines = "\n".join(f"{header}: {value}" for header, value in headers.items())
    return ServerSpec(name, provider, address, key, lines, group, order, tuple(problems))


def read_specs() -> list[ServerSpec]:
    """Every server that the environment names, unusable ones included (`problems`)."""
    found = [
        ServerSpec(d.built_in, d.provider, order=100) for d in connectors.PROVIDERS.values() if d.built_in
    ]
    listed = [
        (declared, servers, list(split_named(getattr(settings, servers.variable), servers.name)))
        for declared in connectors.PROVIDERS.values()
        for servers in declared.server_lists
    ]
    spelled_out = {name for *_, items in listed for name, _, is_named in items if is_named}
    for declared, service in connectors.declared_services():
        key, url = getattr(settings, service.key), getattr(settings, service.base_url)
        # A server that is written with its address has that address, and the same key.
        if (key or url) and service.name not in spelled_out:
            address = url or service.url
            found.append(make_spec(service.name, declared.provider, address, Secret(key), service.order))
    for declared, servers, items in listed:
        group = servers.group if len(items) > 1 else ""
        for name, url, is_named in items:
            key = key_of(servers.name if servers.shares_key and not is_named else name)
            found.append(make_spec(name, declared.provider, url, key, servers.order, group))
    return found


def group_names() -> set[str]:
    """Names that groups of servers have, and so no server may."""
    return {s.group for declared in connectors.PROVIDERS.values() for s in declared.server_lists if s.group}


def find_usable_specs() -> list[ServerSpec]:
    """The first of each name, without those that cannot work (the system checks tell of them)."""
    chosen: dict[str, ServerSpec] = {}
    for spec in read_specs():
        if not spec.problems:
            chosen.setdefault(spec.name, spec)
    return list(chosen.values())


def ensure_servers() -> None:
    """Makes and updates the environment's rows. Safe to call at any time and from several processes."""
    try:
        with transaction.atomic():
            for spec in find_usable_specs():
                ensure_server(spec)
    except IntegrityError:
        log.info("another process made the first servers at the same moment")


def follow_environment() -> None:
    """As `ensure_servers`, and switches off what the environment no longer names. For the server's own start:
    a command may run in a shell that knows less."""
    ensure_servers()
    gone = Server.objects.filter(follows_environment=True, enabled=True)
    for row in gone.exclude(name__in=[spec.name for spec in find_usable_specs()]):
        row.enabled = False
        row.save(update_fields=["enabled", "updated"])


def ensure_server(spec: ServerSpec) -> None:
    row = Server.objects.filter(name=spec.name).first()
    if row is None:
        row = Server(name=spec.name, follows_environment=True)
    elif not row.follows_environment:
        return
    new = row._state.adding
    if new or differs(row, spec):
        row.provider, row.base_url = spec.provider, spec.base_url
        row.group, row.order = spec.group, spec.order
        row.key, row.headers, row.enabled = Secret(spec.key.reveal()), Secret(spec.headers), True
        row.save()
    if new:
        add_presets(row)
    else:
        update_presets(row)


def differs(row: Server, spec: ServerSpec) -> bool:
    return not row.enabled or (
        (row.provider, row.base_url, row.group, row.order, row.key.reveal(), row.headers.reveal())
        != (spec.provider, spec.base_url, spec.group, spec.order, spec.key.reveal(), spec.headers)
    )


def add_presets(server: Server) -> None:
    """The rows of the models out of the box. Only for a new server: one that a person deletes stays away."""
    for order, preset in enumerate(connectors.declaration_of(server.provider).presets, start=1):
        Model.objects.get_or_create(
            server=server,
            model_id=preset.id,
            defaults={
                "name": preset.name,
                "candidates": list(preset.candidates),
                "order": order,
                "edited": False,
            },
        )


def update_presets(server: Server) -> None:
    """What a newer Divan knows of better candidates reaches the rows that nobody has edited."""
    presets = {preset.id: preset for preset in connectors.declaration_of(server.provider).presets}
    for row in Model.objects.filter(server=server, edited=False, model_id__in=presets):
        wanted = (presets[row.model_id].name, list(presets[row.model_id].candidates))
        if (row.name, row.candidates) != wanted:
            row.name, row.candidates = wanted
            row.save()
