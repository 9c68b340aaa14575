"""`/api/models`: what may be asked about servers and their models. No answer waits for a dead server."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from providers import connectors, registry
from providers.catalogue.health import Health
from providers.catalogue.listing import describe_model
from providers.configuration.rows import ConfigurationRows, ServerRow
from providers.errors import ProviderError
from providers.rest import costs as rest_costs
from providers.rest import ollama as rest_ollama
from providers.rest import personas as rest_personas
from providers.rest import schemas
from providers.rest import spending as rest_spending
from providers.rest.common import is_staff, not_found_response, viewer_of
from providers.types import ModelInfo

router = Router(tags=["models"])
ASK_ONE_MODEL = 1.5


async def rows_of(request: HttpRequest) -> ConfigurationRows:
    return await registry.rows_for(await viewer_of(request))


async def states_for(request: HttpRequest, *, refresh: bool = False) -> Mapping[str, Health]:
    return await registry.health(refresh=refresh, viewer=await viewer_of(request))


async def lists_for(request: HttpRequest, *, refresh: bool = False) -> Mapping[str, list[ModelInfo]]:
    lists = await registry.list_models(refresh=refresh, viewer=await viewer_of(request))
    return {server: list(infos) for server, infos in lists.items()}


@router.get("", response=schemas.ModelsOut)
async def models(request: HttpRequest, refresh: bool = False) -> HttpResponse:
    """All models by server, from the cache. `refresh` asks the servers anew and waits a few seconds."""
    return schemas.reply(schemas.models_json(await lists_for(request, refresh=refresh)))


@router.get("/search", response=schemas.ModelsFoundOut)
async def search(
    request: HttpRequest, q: str = "", server: str = "", capability: str = "", limit: int = 100
) -> HttpResponse:
    """Models whose id, name, server or description has every word of `q`; the closest first."""
    words = q.casefold().split()
    found: list[tuple[int, ModelInfo]] = []
    for name, infos in (await lists_for(request)).items():
        if server in ("", name):
            for info in infos:
                rank = rank_of(info, words)
                if rank is not None and (not capability or capability in info.capabilities):
                    found.append((rank, info))
    found.sort(key=lambda item: item[0])
    shown = [info for _rank, info in found[: max(0, min(limit, 1000))]]
    return schemas.reply({"models": shown, "total": len(found)})


def rank_of(info: ModelInfo, words: list[str]) -> int | None:
    """Smaller is closer; None where a word is missing."""
    name = f"{info.name} {info.id}".casefold()
    everything = f"{name} {info.server} {info.provider} {info.parameters} {info.description}".casefold()
    if not all(word in everything for word in words):
        return None
    return 0 if all(word in name for word in words) else 1


@router.get("/providers", response=schemas.ProvidersOut)
async def providers(request: HttpRequest) -> HttpResponse:
    """The kinds of model service, with what each needs in .env."""
    known = (await rows_of(request)).servers.values()
    listed = [
        {
            "name": name,
            "label": str(declared.label),
            "servers": [row.config.name for row in known if row.config.provider == name],
            "settings": list(declared.settings),
        }
        for name, declared in connectors.PROVIDERS.items()
    ]
    return schemas.reply({"providers": listed})


@router.get("/providers/health", response=dict[str, schemas.HealthOut])
async def providers_health(request: HttpRequest, refresh: bool = False) -> HttpResponse:
    """How each server does, as last seen."""
    states, lists = await states_for(request, refresh=refresh), await lists_for(request)
    known = (await rows_of(request)).servers
    return schemas.reply(
        {name: health_answer(known[name], state, lists.get(name, [])) for name, state in states.items()}
    )


@router.get("/servers", response=schemas.ServersOut)
async def servers(request: HttpRequest) -> HttpResponse:
    lists, states = await lists_for(request), await states_for(request)
    known = (await rows_of(request)).servers
    staff = is_staff(request)
    listed = [
        server_answer(row, states, lists, address=staff)
        for row in known.values()
        if row.config.name in states
    ]
    return schemas.reply({"servers": listed, "total": len(listed)})


@router.get("/server/models", response={200: schemas.ServerOut, 404: schemas.ErrorOut})
async def server_models(request: HttpRequest, server_url: str, refresh: bool = False) -> HttpResponse:
    """The models of the configured server with that address. No other address is ever asked."""
    known = (await rows_of(request)).servers.values()
    row = next((row for row in known if is_at(row, server_url)), None)
    if row is None:
        return not_found_response()
    if refresh:
        await registry.registry().update([row], force=True)
    states, lists = await states_for(request), await lists_for(request)
    return schemas.reply(server_answer(row, states, lists, address=is_staff(request)))


def is_at(row: ServerRow, url: str) -> bool:
    """Whether that address, as people write it, is the server's."""
    root_of, own = connectors.declaration_of(row.config.provider).api_root, row.config.base_url
    written = [url] if "://" in url else [f"http://{url}", f"https://{url}"]
    return bool(own) and root_of(own) in map(root_of, written)


def server_answer(
    row: ServerRow, states: Mapping[str, Any], lists: Mapping[str, list[ModelInfo]], *, address: bool
) -> dict[str, Any]:
    name = row.config.name
    infos = lists.get(name, [])
    health = health_answer(row, states[name], infos)
    return schemas.server_json(row, registry.registry().state(row), health, infos, address=address)


def health_answer(row: ServerRow, state: Health, infos: list[ModelInfo]) -> dict[str, Any]:
    usable = (info.id for info in infos if not info.capabilities or "chat" in info.capabilities)
    count = None if state.models_count is None and not infos else len(infos)
    told = {"provider": row.config.provider, "default_model": next(usable, None)}
    # Every connector streams; programs that know older versions look for it.
    return {**told, **asdict(state), "models_count": count, "supports_streaming": True}


for part in (rest_ollama, rest_personas, rest_costs, rest_spending):
    part.add_to(router)


@router.get("/{provider}", response={200: schemas.ModelsOut, 404: schemas.ErrorOut})
async def of_provider(request: HttpRequest, provider: str, refresh: bool = False) -> HttpResponse:
    """The models of a server, a group of servers, or all servers of a provider."""
    seen = await rows_of(request)
    known = seen.servers
    names = {name for name, row in known.items() if provider in (name, row.config.provider)}
    names |= {provider} & set(seen.groups())
    if not names and provider not in connectors.PROVIDERS:
        return not_found_response()
    if refresh:
        await registry.registry().update([known[name] for name in names if name in known], force=True)
    lists = await lists_for(request)
    return schemas.reply(schemas.models_json({name: lists.get(name, []) for name in lists if name in names}))


@router.get("/{provider}/{path:model}", response={200: schemas.ModelOut, 404: schemas.ErrorOut})
async def one_model(request: HttpRequest, provider: str, model: str) -> HttpResponse:
    """What is known of one model. One that no list has is asked of its server."""
    lists = await lists_for(request)
    seen = await rows_of(request)
    known = seen.servers
    names = [provider, *(name for name, row in known.items() if row.config.provider == provider)]
    for name in names:
        for info in lists.get(name, []):
            if info.id == model:
                return schemas.reply(info)
    row = known.get(provider)
    if row is None or (provider, model) in seen.models:
        return not_found_response()
    try:
        await registry.resolve(f"{provider}/{model}", viewer=await viewer_of(request))
    except ProviderError:
        return not_found_response()
    info_asked = await asked_of(row, model)
    return schemas.reply(info_asked) if info_asked else not_found_response()


async def asked_of(row: ServerRow, model: str) -> ModelInfo | None:
    here = registry.registry()
    if not here.catalogue.health(here.state(row)).available:
        return None
    try:
        connector = await here.connector(row)
        async with asyncio.timeout(ASK_ONE_MODEL):
            info = await connector.model_info(model)
    except (ProviderError, TimeoutError):
        return None
    return describe_model(info, None, row.config) if info else None
