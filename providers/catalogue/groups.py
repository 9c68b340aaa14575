"""Servers that share work. A ref that names one server goes to that server and to no other; a ref that
names their group (`any-ollama/qwen3:8b`) goes to a member that has the model: of several candidates the
first that any of them has; loaded if one has it so, else the least busy.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from providers import connectors, limits
from providers.catalogue.lists import KnownServer
from providers.configuration.candidates import choose_candidate
from providers.configuration.rows import ConfigurationRows, ServerRow
from providers.errors import ProviderError, UnknownServerError
from providers.ollama import administration
from providers.types import ModelInfo

ASK_LOADED = 0.3
StateOf = Callable[[ServerRow], KnownServer]
FailedOn = Callable[[str], frozenset[str]]
"""By a server's name the models that it said it does not have."""


@dataclass(frozen=True, slots=True)
class MemberOffer:
    """What a member has for a ref: the id it knows, and which of the ref's candidates that is."""

    row: ServerRow
    place: int
    model: str


async def choose_member(
    known: ConfigurationRows, state_of: StateOf, failed_on: FailedOn, group: str, model: str
) -> str:
    """The server's name. The first candidate on any member goes before the second on another. Waits at most
    `ASK_LOADED` seconds for what the members have in memory."""
    members = known.groups().get(group, ())
    if not members:
        raise UnknownServerError(group)
    found = [offer_of(known, state_of(row), failed_on(row.config.name), row, model) for row in members]
    holding = [one for one in found if one is not None] or [MemberOffer(row, 0, model) for row in members]
    well = [one for one in holding if state_of(one.row).well] or holding
    best = min(one.place for one in well)
    first = [one for one in well if one.place == best]
    if len(first) == 1:
        return first[0].row.config.name
    loaded = await asyncio.gather(*(has_loaded(one.row, one.model) for one in first))
    chosen = min(
        range(len(first)),
        key=lambda index: (not loaded[index], limits.load_of(first[index].row.config.name), index),
    )
    return first[chosen].row.config.name


def offer_of(
    known: ConfigurationRows, state: KnownServer, failed: frozenset[str], row: ServerRow, model: str
) -> MemberOffer | None:
    setting = known.models.get((row.config.name, model))
    if state.listing is None or (setting and not setting.enabled):
        return None
    candidates = setting.candidates if setting and setting.candidates else (model,)
    for place, candidate in enumerate(candidates):
        info = choose_candidate([candidate], state.listing.models, without=failed)
        if info is not None:
            return MemberOffer(row, place, info.id)
    return None


async def has_loaded(row: ServerRow, model: str) -> bool:
    if not connectors.manages_models(row.config):
        return False
    try:
        async with asyncio.timeout(ASK_LOADED):
            return any(entry.matches(model) for entry in await administration.list_loaded_models(row.config))
    except (TimeoutError, ProviderError):
        return False


def group_lists(
    known: ConfigurationRows, lists: Mapping[str, Sequence[ModelInfo]]
) -> dict[str, list[ModelInfo]]:
    """For each group the models that two members or more have."""
    found: dict[str, list[ModelInfo]] = {}
    for group, members in known.groups().items():
        holders: dict[str, list[ModelInfo]] = {}
        for row in members:
            for info in lists.get(row.config.name, ()):
                if "listed_at" in info.metadata:
                    holders.setdefault(info.id, []).append(info)
        shared = {model: infos for model, infos in holders.items() if len(infos) > 1}
        found[group] = [
            replace(
                infos[0],
                server=group,
                loaded=any(info.loaded for info in infos),
                metadata={**infos[0].metadata, "servers": [info.server for info in infos]},
            )
            for infos in shared.values()
        ]
    return {group: infos for group, infos in found.items() if infos}
