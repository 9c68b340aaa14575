"""`/api/models/loaded`, `/pulls` and what else an Ollama server can be told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router

from providers import connectors, registry
from providers.catalogue.health import describe_error
from providers.catalogue.listing import Viewer
from providers.configuration.rows import ServerRow
from providers.errors import ProviderError
from providers.ollama import administration, pulls
from providers.rest import schemas
from providers.rest.common import (
    authenticated_user,
    failure_response,
    forbidden_response,
    not_found_response,
    viewer_of,
)


async def ollama_servers(viewer: Viewer | None = None) -> list[ServerRow]:
    known = (await registry.rows_for(viewer)).servers.values()
    return [row for row in known if connectors.manages_models(row.config)]


async def loaded(request: HttpRequest) -> HttpResponse:
    """What each Ollama server holds in memory. One that does not tell is in `unavailable`, with why."""
    wanted = await ollama_servers(await viewer_of(request))
    told = await asyncio.gather(*(held_by(row) for row in wanted))
    held: dict[str, Any] = {}
    silent: dict[str, str] = {}
    for row, entries in zip(wanted, told, strict=True):
        if isinstance(entries, ProviderError):
            silent[row.config.name] = describe_error(entries)
        else:
            held[row.config.name] = entries
    return schemas.reply({"loaded": held, "unavailable": silent})


async def held_by(row: ServerRow) -> tuple[administration.LoadedModel, ...] | ProviderError:
    state = registry.registry().state(row)
    if state.error is not None and not registry.registry().catalogue.is_stale(state):
        return state.error
    try:
        return await administration.list_loaded_models(row.config)
    except ProviderError as error:
        return error


async def current_pulls(request: HttpRequest) -> HttpResponse:
    """The downloads that run in this process."""
    seen = (await registry.rows_for(await viewer_of(request))).servers
    listed = [
        schemas.progress_json(one.server, one.model, one.progress)
        for one in pulls.list_running_pulls().values()
        if one.server in seen
    ]
    return schemas.reply(listed)


async def ollama_named(server: str) -> ServerRow | None:
    return next((row for row in await ollama_servers() if row.config.name == server), None)


async def unload(request: HttpRequest, server: str, body: schemas.ModelName) -> HttpResponse:
    """Takes a model out of an Ollama server's memory."""
    if not authenticated_user(request).is_staff:
        return forbidden_response()
    row = await ollama_named(server)
    if row is None:
        return not_found_response()
    try:
        await administration.unload_model(row.config, body.model)
    except ProviderError as error:
        return failure_response(error)
    registry.registry().refresh(row)
    return HttpResponse(status=204)


async def pull(request: HttpRequest, server: str, body: schemas.ModelName) -> Any:
    """Fetches a model to an Ollama server, or follows the download that runs: server-sent events with
    its progress. Leaving does not stop it."""
    if not authenticated_user(request).is_staff:
        return forbidden_response()
    row = await ollama_named(server)
    if row is None or not body.model.strip():
        return not_found_response()
    download = pulls.start_pull(row.config, body.model.strip(), lambda: registry.registry().refresh(row))
    response = StreamingHttpResponse(progress_events(download), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def progress_events(download: pulls.Pull) -> AsyncIterator[bytes]:
    async with aclosing(pulls.follow_pull(download)) as steps:
        async for progress in steps:
            yield b"data: %s\n\n" % orjson.dumps(
                schemas.progress_json(download.server, download.model, progress)
            )


async def stop_pull(request: HttpRequest, server: str, model: str) -> HttpResponse:
    if not authenticated_user(request).is_staff:
        return forbidden_response()
    return HttpResponse(status=204) if pulls.stop_pull(server, model) else not_found_response()


REFUSED = {403: schemas.ErrorOut, 404: schemas.ErrorOut, 502: schemas.ErrorOut}


def add_to(router: Router) -> None:
    router.get("/loaded", response=schemas.AllLoadedOut)(loaded)
    router.get("/pulls", response=list[dict[str, Any]])(current_pulls)
    router.post("/servers/{server}/unload", response={204: None, **REFUSED})(unload)
    router.post("/servers/{server}/pull", response={200: None, **REFUSED})(pull)
    router.delete("/servers/{server}/pull", response={204: None, **REFUSED})(stop_pull)
