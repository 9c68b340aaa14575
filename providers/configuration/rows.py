"""The rows of `Server` and `Model` as one immutable value, kept in the process; with them what was learned.

A save or delete in this process drops it at once; those of other processes are seen within
`CHECK_EVERY` seconds, by one small query.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from core.shared_reads import SharedRead
from providers.configuration import learned
from providers.configuration.setup import ensure_servers
from providers.learning import memory
from providers.models import LearnedFact, Model, Server
from providers.types import Capability, Params, Pricing, ServerConfig

log = logging.getLogger(__name__)
CHECK_EVERY = 3.0


@dataclass(frozen=True, slots=True)
class ServerRow:
    config: ServerConfig
    group: str
    order: int
    version: str
    """Differs after each save of the row."""
    listed_only: bool = False
    visibility: str = "everyone"
    groups: frozenset[str] = frozenset()
    """Of people who see it, where it is for groups."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    server: str
    id: str
    name: str
    enabled: bool
    order: int
    defaults: Params
    streaming: bool
    system: str
    pricing: Pricing | None
    capabilities: frozenset[Capability] | None
    candidates: tuple[str, ...]
    visibility: str
    groups: frozenset[str]
    typed: bool
    """An administrator vouches for the id: it is not one that was fetched and left alone."""


@dataclass(frozen=True, slots=True)
class ConfigurationRows:
    """Enabled servers by name in their order, and what is set for models by (server, id). `shared`: the names
    of the groups of servers, also of which only one is left here."""

    servers: Mapping[str, ServerRow] = field(default_factory=dict)
    models: Mapping[tuple[str, str], ModelRow] = field(default_factory=dict)
    version: tuple[object, ...] = ()
    shared: frozenset[str] = frozenset()

    def of_server(self, server: str) -> dict[str, ModelRow]:
        return {row.id: row for row in self.models.values() if row.server == server}

    def groups(self) -> dict[str, tuple[ServerRow, ...]]:
        found: dict[str, tuple[ServerRow, ...]] = {}
        for row in self.servers.values():
            if row.group:
                found[row.group] = (*found.get(row.group, ()), row)
        return {name: members for name, members in found.items() if len(members) > 1 or name in self.shared}


_lock = threading.Lock()
_current: ConfigurationRows | None = None
_wanted = 0
_loaded = -1
_checked_at = 0.0


def current_rows() -> ConfigurationRows:
    """What was last loaded, without asking anything."""
    return _current or ConfigurationRows()


async def aget_rows() -> ConfigurationRows:
    if _current is not None and _is_fresh():
        return _current
    return await _shared.get()


def get_rows() -> ConfigurationRows:
    """Loaded anew where they have changed. In threads; on an event loop: `aget_rows`."""
    global _current, _loaded, _checked_at
    with _lock:
        if _current is not None and _is_fresh():
            return _current
        wanted = _wanted
        if _current is None or _loaded != wanted or _version() != _current.version:
            if _current is None or not Server.objects.exists():
                ensure_servers()
                wanted = _wanted
            _current, _loaded = _load(), wanted
            replace = memory.begin_reading()
            replace(learned.load_facts())
        _checked_at = time.monotonic()
        return _current


_shared = SharedRead(get_rows)


def lookups() -> Sequence[SharedRead[ConfigurationRows]]:
    """What `aget_rows` asks the database for now: nothing while they are fresh."""
    return () if _current is not None and _is_fresh() else (_shared,)


def reset_rows() -> None:
    """Forgets everything, the first start included. For tests."""
    global _current, _loaded
    _shared.outdate()
    with _lock:
        _current, _loaded = None, -1
    memory.forget_all()


def _is_fresh() -> bool:
    return _loaded == _wanted and time.monotonic() - _checked_at < CHECK_EVERY


def _version() -> tuple[object, ...]:
    """Another one each day, since what was learned grows old."""
    values = (
        value
        for model in (Server, Model, LearnedFact)
        for value in model._default_manager.aggregate(count=Count("pk"), last=Max("updated")).values()
    )
    return (timezone.now().date(), *values)


def _load() -> ConfigurationRows:
    version = _version()
    servers: dict[str, ServerRow] = {}
    for server in Server.objects.filter(enabled=True).prefetch_related("groups"):
        try:
            config = server.config()
        except ValidationError:
            log.error("server %s is left out: its headers cannot be read", server.name)
            continue
        closed = settings.AUTH_MODE != "local" if server.listed_only is None else server.listed_only
        version_of_row = f"{server.pk}@{server.updated}"
        servers[server.name] = ServerRow(
            config,
            server.group,
            server.order,
            version_of_row,
            listed_only=closed,
            visibility=server.visibility,
            groups=_names_of_groups(server),
        )
    models = Model.objects.filter(server__enabled=True).select_related("server").prefetch_related("groups")
    read = [_model_row(model) for model in models]
    return ConfigurationRows(servers, {(row.server, row.id): row for row in read}, version)


def _model_row(model: Model) -> ModelRow:
    return ModelRow(
        server=model.server.name,
        id=model.model_id,
        name=model.name,
        enabled=model.enabled,
        order=model.order,
        defaults=model.params(),
        streaming=model.streaming,
        system=model.system_prompt,
        pricing=model.pricing(),
        capabilities=None if model.capabilities is None else frozenset(model.capabilities),
        candidates=tuple(model.candidates),
        visibility=model.visibility,
        groups=_names_of_groups(model),
        typed=model.enabled and model.edited and not model.candidates,
    )


def _names_of_groups(row: Server | Model) -> frozenset[str]:
    return frozenset(group.name for group in row.groups.all())


def _drop() -> None:
    global _wanted
    _wanted += 1
    _shared.outdate()


def drop_rows(**_: Any) -> None:
    """The rows are other ones now, or will be when the transaction commits."""
    # Twice: a reader between the save and its commit would load the old rows as the new version.
    _drop()
    transaction.on_commit(_drop)


def connect_signals() -> None:
    for model in (Server, Model, LearnedFact):
        post_save.connect(drop_rows, sender=model, dispatch_uid="providers.rows.save")
        post_delete.connect(drop_rows, sender=model, dispatch_uid="providers.rows.delete")
    for model in (Server, Model):
        m2m_changed.connect(drop_rows, sender=model.groups.through, dispatch_uid="providers.rows.groups")
