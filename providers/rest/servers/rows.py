"""The rows of servers: looked at, made, changed, asked, removed."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from core.error_fields import error_fields
from core.row_editing import EditError
from providers import connectors, registry
from providers.catalogue.diagnosis import Diagnosis, diagnose_server
from providers.configuration import editing
from providers.configuration import rows as configured
from providers.configuration.choices import ServerPreset, choice_of, list_choices
from providers.configuration.setup import find_usable_specs
from providers.models import Server, parse_headers
from providers.rest.common import administrators_only_here, refused_edit_response, run_edit
from providers.rest.schemas import ErrorOut, reply
from providers.rest.servers import schemas
from providers.rest.servers.groups import group_names
from providers.wire import server_urls

router = Router(tags=["servers"])
FIELDS = (
    *("name", "provider", "connect_timeout", "first_byte_timeout", "chunk_timeout", "max_concurrent"),
    *("requests_per_minute", "listed_only", "visibility", "enabled", "order", "follows_environment"),
)
REFUSALS = {400: ErrorOut, 403: ErrorOut, 404: ErrorOut}


@router.get("", response={200: schemas.AllServersOut, 403: ErrorOut})
@administrators_only_here
async def servers(request: HttpRequest) -> HttpResponse:
    """All of them, those that are switched off too. Nothing is asked: each is told of as it was last seen."""
    rows, groups = await run_edit(lambda: (list(Server.objects.all()), group_names()))
    return reply({"servers": await _told(rows), "groups": groups})


@router.post("", response={201: schemas.ServerSettings, 409: ErrorOut, **REFUSALS})
@administrators_only_here
async def add_server(request: HttpRequest, body: schemas.NewServer) -> HttpResponse:
    """Kept whether it answers or not: `POST /api/services/check` tells beforehand."""
    try:
        row = await run_edit(_add, body)
    except EditError as error:
        return refused_edit_response(error)
    return reply((await _told([row]))[0], 201)


@router.get("/{name}", response={200: schemas.ServerSettings, 403: ErrorOut, 404: ErrorOut})
@administrators_only_here
async def one_server(request: HttpRequest, name: str) -> HttpResponse:
    try:
        row = await run_edit(editing.find_server, name)
    except EditError as error:
        return refused_edit_response(error)
    return reply((await _told([row]))[0])


@router.patch("/{name}", response={200: schemas.ServerSettings, **REFUSALS})
@administrators_only_here
async def change_server(request: HttpRequest, name: str, body: schemas.ServerChange) -> HttpResponse:
    try:
        if body.from_environment:
            row = await run_edit(editing.take_from_environment, name)
        else:
            row = await run_edit(editing.change_server, name, schemas.named_fields(body, "from_environment"))
    except EditError as error:
        return refused_edit_response(error)
    return reply((await _told([row]))[0])


@router.delete("/{name}", response={204: None, 403: ErrorOut, 404: ErrorOut})
@administrators_only_here
async def remove_server(request: HttpRequest, name: str) -> HttpResponse:
    """With what is set for its models. What conversations hold of them stays."""
    try:
        await run_edit(editing.remove_server, name)
    except EditError as error:
        return refused_edit_response(error)
    return HttpResponse(status=204)


@router.post("/{name}/check", response={200: schemas.CheckOut, 403: ErrorOut, 404: ErrorOut})
@administrators_only_here
async def check(request: HttpRequest, name: str) -> HttpResponse:
    """Asks it now. `ok` is false where it fails: that is an answer too."""
    try:
        row = await run_edit(editing.find_server, name)
    except EditError as error:
        return refused_edit_response(error)
    found = await diagnose_server(row.config())
    await run_edit(registry.note_check, name, found.checked.error, found.checked.latency_ms)
    known = (await configured.aget_rows()).servers.get(name)
    if known is not None and found.checked.error is None:
        await registry.registry().update([known], force=True)
    return reply(diagnosis_json(found))


def diagnosis_json(found: Diagnosis) -> dict[str, Any]:
    error = found.checked.error
    return {
        "ok": error is None,
        "latency_ms": found.checked.latency_ms if error is None else None,
        "models": found.checked.models,
        "advice": found.advice or None if error is None else None,
        "error": error
        and {
            **error_fields(error.code, found.advice, retryable=error.retryable),
            "fault": found.fault,
            "detail": error.detail[:500],
        },
        "elsewhere": found.elsewhere and asdict(found.elsewhere),
    }


def _add(body: schemas.NewServer) -> Server:
    values = schemas.named_fields(body, "service")
    if body.service is not None:
        choice = choice_of(body.service)
        if choice is None:
            raise EditError("invalid", _("There is no service %(name)s.") % {"name": body.service})
        values = {"provider": choice.provider, "base_url": choice.base_url, **values}
        values["name"] = body.name or editing.free_name(choice.id)
    if not (values.get("name") and values.get("provider")):
        raise EditError("invalid", _("Choose a service, or give a name and a provider."))
    return editing.add_server(values)


async def _told(rows: Sequence[Server]) -> list[dict[str, Any]]:
    named = {spec.name for spec in find_usable_specs()}
    await run_edit(prefetch_related_objects, rows, "groups")
    return [_row_json(row, row.name in named) for row in rows]


def _row_json(row: Server, in_environment: bool) -> dict[str, Any]:
    choice, declared = _choice_of(row), connectors.declaration_of(row.provider)
    return {
        **{name: getattr(row, name) for name in FIELDS},
        "groups": sorted(group.name for group in row.groups.all()),
        "service": choice and choice.id,
        "label": str(choice.label) if choice else row.get_provider_display(),
        "base_url": server_urls.redact_url(row.base_url) or None,
        "group": row.group or None,
        "has_key": bool(row.key),
        "header_names": _header_names(row),
        "only_repeats": declared.only_repeats,
        "manages_models": declared.manages_models,
        "in_environment": in_environment,
        **_health_json(row),
    }


def _header_names(row: Server) -> list[str]:
    """None of headers that were damaged outside of Divan."""
    try:
        return list(parse_headers(row.headers.reveal()))
    except ValidationError:
        return []


def _choice_of(row: Server) -> ServerPreset | None:
    """By its address, else by the name that a service's server has."""
    known = [
        choice for choice in list_choices() if choice.provider == row.provider and not choice.needs_address
    ]
    at = [choice for choice in known if choice.base_url == row.base_url]
    named = [choice for choice in known if row.name == choice.id or row.name.startswith(f"{choice.id}-")]
    return next(iter([*(one for one in at if one in named), *(at if row.base_url else ()), *named]), None)


def _health_json(row: Server) -> dict[str, Any]:
    catalogue = registry.registry().catalogue
    state = catalogue.known(row.name) if row.enabled else None
    if state is None or state.checked_at is None:
        return dict.fromkeys(("status", "error", "models_count", "latency_ms", "checked_at"))
    health = asdict(catalogue.health(state))
    return {name: health[name] for name in ("status", "error", "models_count", "latency_ms", "checked_at")}
