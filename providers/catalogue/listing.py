"""A server's list as a person sees it: what the server said, with what an administrator set laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from providers.catalogue import parameters
from providers.catalogue.lists import Listing
from providers.configuration.candidates import choose_candidate
from providers.configuration.rows import ConfigurationRows, ModelRow, ServerRow
from providers.learning import memory
from providers.types import ModelInfo, ServerConfig

UNORDERED = 1_000_000
ROUNDED_UP = 0.99995
"""Of a unit: with one decimal of the smaller one this much would be written as 1000.0."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a list of models is made. Where it is None, Divan itself asks, and nothing is hidden."""

    staff: bool = False
    groups: frozenset[str] = frozenset()


class Limited(Protocol):
    """A row, of a model or a server, that says who may see it."""

    @property
    def visibility(self) -> str: ...

    @property
    def groups(self) -> frozenset[str]: ...


def may_see(row: Limited, viewer: Viewer | None) -> bool:
    if viewer is None or viewer.staff or row.visibility == "everyone":
        return True
    return row.visibility == "groups" and bool(row.groups & viewer.groups)


def rows_seen_by(viewer: Viewer | None, known: ConfigurationRows) -> ConfigurationRows:
    """Without the servers that the viewer may not see: to them there is no such server."""
    servers = {name: row for name, row in known.servers.items() if may_see(row, viewer)}
    if len(servers) == len(known.servers):
        return known
    models = {key: row for key, row in known.models.items() if row.server in servers}
    return replace(known, servers=servers, models=models, shared=frozenset(known.groups()))


def list_visible_models(
    server: ServerRow,
    rows: Mapping[str, ModelRow],
    listing: Listing | None,
    *,
    viewer: Viewer | None = None,
    only: str | None = None,
) -> list[ModelInfo]:
    """Presets and ordered models first, then the rest as the server has them. `only`: that id alone."""
    infos = [
        apply_learned_limits(info) for info in (listing.models if listing else ()) if only in (None, info.id)
    ]
    found: list[tuple[int, int, ModelInfo]] = []
    unseen = {row.id: row for row in rows.values() if only in (None, row.id)}
    for place, info in enumerate(infos):
        row = unseen.pop(info.id, None)
        if row is None:
            found.append((UNORDERED, place, info))
        elif row.enabled and may_see(row, viewer):
            found.append((row.order, place, apply_row(info, row)))
    found += [
        (row.order, -1, apply_row(model_from_row(server, row, listing), row))
        for row in unseen.values()
        if row.enabled and may_see(row, viewer)
    ]
    return [
        describe_model(info, rows.get(info.id), server.config)
        for *_, info in sorted(found, key=lambda item: item[:2])
    ]


def apply_learned_limits(info: ModelInfo) -> ModelInfo:
    """With the limits that its own refusals have shown, where these are closer than what the list says."""
    known = memory.learned_of(info.server, info.id)
    if known is memory.NOTHING:
        return info
    return replace(
        info,
        context_length=min(filter(None, (info.context_length, known.window)), default=None),
        max_tokens=min(filter(None, (info.max_tokens, int(known.most.get("max_tokens", 0)))), default=None),
    )


def model_from_row(server: ServerRow, row: ModelRow, listing: Listing | None) -> ModelInfo:
    """A model that is in no list: a name with candidates, or an id that a person typed."""
    blank = ModelInfo(row.id, row.name or row.id, server.config.provider, server.config.name)
    metadata: dict[str, Any] = {}
    if row.candidates:
        chosen = choose_candidate(row.candidates, listing.models if listing else ())
        metadata["candidates"] = list(row.candidates)
        if chosen:
            first = row.candidates[0]
            metadata |= {**chosen.metadata, "model": chosen.id}
            if chosen.id not in (first, f"{first}:latest"):
                metadata["replaces"] = first
            return replace(chosen, id=row.id, name=row.name or chosen.name, metadata=metadata)
    if listing is not None:
        metadata["missing"] = True
    return replace(blank, metadata=metadata)


def describe_model(info: ModelInfo, row: ModelRow | None, server: ServerConfig) -> ModelInfo:
    """With what a lane of it can be set to (`params`) and what holds where nothing is set (`defaults`)."""
    metadata: dict[str, Any] = {**info.metadata, "params": parameters.supported_by(server, info)}
    if info.size:
        metadata["size_text"] = size_text(info.size)
    defaults = parameters.set_in(row.defaults) if row else {}
    if row and row.system:
        defaults["system"] = row.system
    return replace(info, metadata=metadata | ({"defaults": defaults} if defaults else {}))


def size_text(size: int) -> str:
    """`2.0 GB` from 2019393189, as model services write it: steps of a thousand."""
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= step * ROUNDED_UP:
            return f"{size / step:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"


def apply_row(info: ModelInfo, row: ModelRow) -> ModelInfo:
    defaults = row.defaults
    return replace(
        info,
        name=row.name or info.name,
        pricing=row.pricing or info.pricing,
        capabilities=info.capabilities if row.capabilities is None else row.capabilities,
        context_length=defaults.context_length or info.context_length,
        max_tokens=defaults.max_tokens or info.max_tokens,
    )
