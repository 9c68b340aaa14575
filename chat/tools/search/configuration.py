"""Who searches the web, as an administrator set it: the row of `WebSearch` where there is one, else the
environment. Each search reads it from the database, so that a change counts at once in every process; whether
there is anything to offer is known for some seconds."""

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.models import WebSearch
from chat.tools.search.access import Access
from chat.tools.search.services import SERVICES, ChosenService
from core.row_editing import EditError, check_row, set_values
from core.shared_reads import LOOKED_UP, SharedRead, Unset, outdate_with
from providers.models import validate_key
from providers.types import Secret
from providers.wire import server_urls
from providers.wire.server_urls import AddressError


def read_row() -> WebSearch | None:
    """Reads what an administrator has set from the database."""
    return WebSearch.objects.first()


UNSET: Unset[WebSearch | None] = Unset((WebSearch,), None)
_known = SharedRead(read_row, kept=LOOKED_UP, unset=UNSET)


def chosen_service() -> ChosenService:
    return _chosen_by(read_row())


async def current_search() -> ChosenService:
    found: ChosenService = await database_sync_to_async(chosen_service, thread_sensitive=False)()
    return found


async def known_search() -> ChosenService:
    """As it was within the last seconds, without the database where that is known: for what is offered."""
    return _chosen_by(await known_row().get())


def known_row() -> SharedRead[WebSearch | None]:
    return _known


def forget_known() -> None:
    _known.outdate()


# Here and not when Divan starts: before somebody uses tools nothing of them is imported, and nothing known.
outdate_with(forget_known, WebSearch)


def from_environment() -> ChosenService:
    service = SERVICES.get(settings.SEARCH_PROVIDER)
    return (
        ChosenService()
        if service is None
        else ChosenService(settings.SEARCH_PROVIDER, service.from_environment())
    )


def is_edited() -> bool:
    return WebSearch.objects.exists()


def change_service(values: Mapping[str, Any]) -> ChosenService:
    """What `values` (`service`, `address`, `key`) does not name stays; the environment counts no more. Raises
    EditError."""
    row = _with(values)
    row.save()
    return _chosen(row)


def preview_change(values: Mapping[str, Any]) -> ChosenService:
    """What `change` would make of it; nothing is kept."""
    return _chosen(_with(values))


def follow_environment() -> ChosenService:
    """What was set is forgotten, the key too."""
    WebSearch.objects.all().delete()
    return from_environment()


def _chosen_by(row: WebSearch | None) -> ChosenService:
    return from_environment() if row is None else _chosen(row)


def _chosen(row: WebSearch) -> ChosenService:
    """A key of the environment goes to the environment's address alone."""
    service = SERVICES.get(row.service)
    if service is None:
        return ChosenService()
    usual = service.from_environment()
    if row.address:
        return ChosenService(row.service, Access(row.address, row.key.reveal()))
    return ChosenService(row.service, Access(usual.address, row.key.reveal() or usual.key))


def _with(values: Mapping[str, Any]) -> WebSearch:
    row = WebSearch.objects.first() or WebSearch(service=from_environment().id)
    before = row.service, row.address
    if values.get("service", row.service) != row.service:
        row.address = ""
    set_values(row, {name: value for name, value in values.items() if name != "key"})
    try:
        row.address = server_urls.normalize_url(row.address)
    except AddressError as error:
        raise EditError("invalid", str(error)) from error
    if row.service and row.service not in SERVICES:
        raise EditError("invalid", _("There is no service %(name)s.") % {"name": row.service})
    if (row.service, row.address) != before:
        # It was typed for another place.
        row.key = Secret()
    if "key" in values:
        try:
            validate_key(values["key"] or "")
        except ValidationError as error:
            raise EditError("invalid", " ".join(error.messages)) from error
        row.key = Secret(values["key"] or "")
    check_row(row)
    return row
