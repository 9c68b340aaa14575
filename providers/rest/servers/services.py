"""What a new server may be, which of them run on this machine, and a try before anything is kept."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from ninja import Router

from core.row_editing import EditError
from providers.catalogue.diagnosis import diagnose_server
from providers.catalogue.discovery import FoundServer, find_running
from providers.configuration import editing
from providers.configuration.choices import ServerPreset, list_choices
from providers.models import Server
from providers.rest.common import administrators_only_here, refused_edit_response, run_edit
from providers.rest.schemas import ErrorOut, reply
from providers.rest.servers import schemas
from providers.rest.servers.rows import diagnosis_json
from providers.types import Secret, ServerConfig
from providers.wire.addresses import host_of

router = Router(tags=["servers"])
NEW = "new"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@router.get("", response={200: schemas.ChoicesOut, 403: ErrorOut})
@administrators_only_here
async def services(request: HttpRequest) -> HttpResponse:
    """What may be added, services first, then programs that people run themselves."""
    return reply({"services": [_choice_json(choice) for choice in list_choices()]})


@router.post("/discover", response={200: schemas.AllFoundOut, 403: ErrorOut})
@administrators_only_here
async def discover(request: HttpRequest) -> HttpResponse:
    """Asks this machine alone, where such programs listen by default, and waits two seconds at most."""
    own = {str(settings.PORT), str(request.META.get("SERVER_PORT", ""))}
    programs = [
        choice
        for choice in list_choices()
        if choice.local and not (_port_of(choice.base_url) in own and _is_loopback(choice.base_url))
    ]
    found = await find_running(programs)
    servers = await run_edit(_names_by_address)
    return reply({"found": [_found_json(one, servers) for one in found]})


@router.post("/check", response={200: schemas.CheckOut, 400: ErrorOut, 403: ErrorOut, 404: ErrorOut})
@administrators_only_here
async def check(request: HttpRequest, body: schemas.ServerToTry) -> HttpResponse:
    """Asks a server that is not kept, or not as it would be then. Nothing is changed."""
    try:
        config = await run_edit(_config_of, body)
    except EditError as error:
        return refused_edit_response(error)
    return reply(diagnosis_json(await diagnose_server(config)))


def _config_of(body: schemas.ServerToTry) -> ServerConfig:
    row = editing.find_server(body.server) if body.server else Server(name=editing.free_name(NEW))
    before = row.provider, row.base_url
    given = schemas.named_fields(body, "server")
    row.provider = body.provider
    editing.fill_server(row, {"base_url": "", **given})
    if (row.provider, row.base_url) != before:
        for name in editing.SECRETS:
            if name not in given:
                setattr(row, name, Secret())
    try:
        return row.config()
    except ValidationError as error:
        raise EditError("invalid", " ".join(error.messages)) from error


def _names_by_address() -> dict[tuple[str, str], str]:
    return {(row.provider, row.base_url): row.name for row in Server.objects.all()}


def _found_json(found: FoundServer, servers: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    choice = found.choice
    return {
        "service": choice.id,
        "label": str(choice.label),
        "base_url": choice.base_url,
        "models_count": found.models_count,
        "needs_key": found.needs_key,
        "server": servers.get((choice.provider, choice.base_url)),
    }


def _choice_json(choice: ServerPreset) -> dict[str, Any]:
    return {
        "id": choice.id,
        "label": str(choice.label),
        "provider": choice.provider,
        "base_url": choice.base_url or None,
        "needs_key": choice.needs_key,
        "needs_address": choice.needs_address,
        "local": choice.local,
        "key_page": choice.key_page or None,
    }


def _port_of(url: str) -> str:
    return host_of(url).rpartition(":")[2]


def _is_loopback(url: str) -> bool:
    return host_of(url).rpartition(":")[0] in LOOPBACK
