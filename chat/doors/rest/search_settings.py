"""`/api/settings/search`: who searches the web, as an administrator sets it. A key is never told."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from core.row_editing import EditError
from core.schemas import Storable
from providers.rest.common import administrators_only_here, refused_edit_response, run_edit
from providers.rest.schemas import ErrorOut, reply
from providers.wire.server_urls import redact_url

router = Router(tags=["settings"])
REFUSALS = {400: ErrorOut, 403: ErrorOut}
TRIED = "Divan"
"""What is searched for to see whether anything can be."""
MOST = 3


class SearchServiceOut(Schema):
    """`needs`: what has to be typed. `usual_address`: asked where no other is set; null: there is none."""

    id: str
    label: str
    needs: Literal["address", "key", ""]
    usual_address: str | None
    key_page: str | None


class SearchSettings(Schema):
    """`service`: an id of `services`; empty: nobody searches. `address`: null where it is the usual one.
    `follows_environment`: nobody has edited it. `missing`: why nothing can be searched."""

    service: str
    address: str | None
    has_key: bool
    follows_environment: bool
    missing: str | None
    services: list[SearchServiceOut]


class SearchToTry(Storable):
    """Absent: as it is. Another service or address loses the key that was typed for the one before."""

    service: Annotated[str, Field(max_length=20)] | None = None
    address: Annotated[str, Field(max_length=500)] | None = None
    key: Annotated[str, Field(max_length=10_000)] | None = None


class SearchSettingsChange(SearchToTry):
    """`from_environment`: true takes all that the environment says, in place of the rest."""

    from_environment: Literal[True] | None = None


class SearchTried(Schema):
    """`results`: how many a search gave. `error`: what to mend, in the reader's language."""

    ok: bool
    results: int | None
    error: str | None


@router.get("", response={200: SearchSettings, 403: ErrorOut})
@administrators_only_here
async def search_settings(request: HttpRequest) -> HttpResponse:
    return reply(await run_edit(_told))


@router.patch("", response={200: SearchSettings, **REFUSALS})
@administrators_only_here
async def change_search_settings(request: HttpRequest, body: SearchSettingsChange) -> HttpResponse:
    """The change counts at once, in every process."""
    from chat.tools.search import configuration

    values = body.model_dump(exclude_unset=True, exclude={"from_environment"})

    def change() -> dict[str, Any]:
        if body.from_environment:
            configuration.follow_environment()
        else:
            configuration.change_service(values)
        return _told()

    try:
        return reply(await run_edit(change))
    except EditError as error:
        return refused_edit_response(error)


@router.post("/check", response={200: SearchTried, **REFUSALS})
@administrators_only_here
async def check_search(request: HttpRequest, body: SearchToTry) -> HttpResponse:
    """Searches once, as it would be with what is given; nothing is kept. `ok` is false where that fails: that
    is an answer too."""
    from chat.tools.search import SearchError, configuration, current_search, search

    values = body.model_dump(exclude_unset=True)
    try:
        chosen = await run_edit(configuration.preview_change, values) if values else await current_search()
        found = await search(chosen, TRIED, MOST)
    except EditError as error:
        return refused_edit_response(error)
    except SearchError as error:
        return reply({"ok": False, "results": None, "error": str(error)})
    return reply({"ok": True, "results": len(found), "error": None})


def _told() -> dict[str, Any]:
    from chat.tools.search import configuration
    from chat.tools.search.services import SERVICES

    chosen = configuration.chosen_service()
    usual = {name: service.from_environment().address for name, service in SERVICES.items()}
    is_usual = not configuration.is_edited() or chosen.access.address == usual.get(chosen.id)
    return {
        "service": chosen.id,
        "address": None if is_usual else redact_url(chosen.access.address),
        "has_key": bool(chosen.access.key),
        "follows_environment": not configuration.is_edited(),
        "missing": str(chosen.missing) or None,
        "services": [
            {
                "id": name,
                "label": service.name,
                "needs": service.needs,
                "usual_address": redact_url(usual[name]) or None,
                "key_page": service.key_page or None,
            }
            for name, service in SERVICES.items()
        ],
    }
