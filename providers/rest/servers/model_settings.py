"""What is set for single models of a server: whether they are shown and to whom, names, prices, windows."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from core.row_editing import EditError
from providers import registry
from providers.configuration import editing
from providers.configuration.transfer import MODEL_FIELDS
from providers.models import Model
from providers.rest.common import administrators_only_here, refused_edit_response, run_edit
from providers.rest.schemas import ErrorOut, reply
from providers.rest.servers import schemas
from providers.rest.servers.groups import group_names
from providers.types import ModelInfo


@administrators_only_here
async def models(request: HttpRequest, name: str) -> HttpResponse:
    """All that its list has and all that are set, hidden ones too; as the service says them."""
    try:
        rows, groups = await run_edit(_rows_and_groups, name)
    except EditError as error:
        return refused_edit_response(error)
    state = registry.registry().catalogue.known(name)
    listed = {info.id: info for info in (state.listing.models if state and state.listing else ())}
    ids = dict.fromkeys([*(row.model_id for row in rows.values() if row.candidates), *listed, *rows])
    told = [_model_json(one, listed.get(one), rows.get(one)) for one in ids]
    return reply({"models": told, "groups": groups})


@administrators_only_here
async def change_model(
    request: HttpRequest, name: str, model: str, body: schemas.ModelChange
) -> HttpResponse:
    """Of one that nothing is set for yet, too, and of one that no list has: its id makes it known."""
    try:
        row = await run_edit(editing.change_model, name, model, schemas.named_fields(body))
        told = await run_edit(_settings_json, row)
    except EditError as error:
        return refused_edit_response(error)
    return reply(told)


@administrators_only_here
async def forget_model(request: HttpRequest, name: str, model: str) -> HttpResponse:
    """All is as the service has it again."""
    try:
        await run_edit(editing.forget_model, name, model)
    except EditError as error:
        return refused_edit_response(error)
    return HttpResponse(status=204)


def _rows_and_groups(server: str) -> tuple[dict[str, Model], list[str]]:
    row = editing.find_server(server)
    rows = {model.model_id: model for model in row.models.prefetch_related("groups")}
    return rows, group_names()


def _model_json(model: str, info: ModelInfo | None, row: Model | None) -> dict[str, Any]:
    return {
        "id": model,
        "name": info.name if info else model,
        "listed": info is not None,
        "context_length": info and info.context_length,
        "pricing": info and info.pricing and asdict(info.pricing),
        "capabilities": sorted(info.capabilities) if info else [],
        "set": row and _settings_json(row),
    }


def _settings_json(row: Model) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in MODEL_FIELDS}
    return {**values, "groups": sorted(group.name for group in row.groups.all())}


def add_to(router: Router) -> None:
    refusals = {403: ErrorOut, 404: ErrorOut}
    router.get("/{name}/models", response={200: schemas.ModelsOfServer, **refusals})(models)
    one = "/{name}/models/{path:model}"
    router.patch(one, response={200: schemas.ModelSettings, 400: ErrorOut, **refusals})(change_model)
    router.delete(one, response={204: None, **refusals})(forget_model)
