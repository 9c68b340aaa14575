"""Servers that share work. A ref that names one server goes to that server and to no other; a ref that
names their group (`any-ollama/qwen3:8b`) goes to a member that has the model: loaded if one has it
so, else the least busy.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from providers import limits
from providers.catalogue.lists import State
from providers.configuration import presets
from providers.configuration.rows import Rows, ServerRow
from providers.errors import ProviderError, UnknownServerError
from providers.ollama import administration
from providers.types import ModelInfo

ASK_LOADED = 0.3
StateOf = Callable[[ServerRow], State]


async def member_for(known: Rows, state_of: StateOf, group: str, model: str) -> str:
    """The server's name. Waits at most `ASK_LOADED` seconds for what the members have in memory."""
    members = known.groups().get(group, ())
    holding = [row for row in members if holds(known, state_of(row), row, model)] or list(members)
    if not holding:
        raise UnknownServerError(group)
    well = [row for row in holding if state_of(row).well] or holding
    if len(well) == 1:
        return well[0].config.name
    loaded = await asyncio.gather(*(has_loaded(row, model) for row in well))
    best = min(
        range(len(well)),
        key=lambda index: (not loaded[index], limits.load_of(well[index].config.name), index),
    )
    return well[best].config.name


def holds(known: Rows, state: State, row: ServerRow, model: str) -> bool:
    setting = known.models.get((row.config.name, model))
    if state.listing is None or (setting and not setting.enabled):
        return False
    candidates = setting.candidates if setting and setting.candidates else (model,)
    return presets.choose(candidates, state.listing.models) is not None


async def has_loaded(row: ServerRow, model: str) -> bool:
    if row.config.provider != "ollama":
        return False
    try:
        async with asyncio.timeout(ASK_LOADED):
            return any(entry.matches(model) for entry in await administration.loaded(row.config))
    except (TimeoutError, ProviderError):
        return False


def group_lists(known: Rows, lists: Mapping[str, Sequence[ModelInfo]]) -> dict[str, list[ModelInfo]]:
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
