"""Who searches the web, as an administrator set it: the row of `WebSearch` where there is one, else the
environment. Read from the database each time, so that a change counts at once in every process."""

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.models import WebSearch
from chat.tools.search.access import Access
from chat.tools.search.services import SERVICES, Chosen
from core.row_editing import EditError, check_row, set_values
from providers.models import validate_key
from providers.types import Secret
from providers.wire import server_urls
from providers.wire.server_urls import AddressError


def current() -> Chosen:
    row = WebSearch.objects.first()
    return from_environment() if row is None else _chosen(row)


async def current_search() -> Chosen:
    found: Chosen = await database_sync_to_async(current, thread_sensitive=False)()
    return found


def from_environment() -> Chosen:
    service = SERVICES.get(settings.SEARCH_PROVIDER)
    return Chosen() if service is None else Chosen(settings.SEARCH_PROVIDER, service.from_environment())


def is_edited() -> bool:
    return WebSearch.objects.exists()


def change(values: Mapping[str, Any]) -> Chosen:
    """What `values` (`service`, `address`, `key`) does not name stays; the environment counts no more. Raises
    EditError."""
    row = _with(values)
    row.save()
    return _chosen(row)


def as_it_would_be(values: Mapping[str, Any]) -> Chosen:
    """As `change`, and nothing is kept."""
    return _chosen(_with(values))


def follow_environment() -> Chosen:
    """What was set is forgotten, the key too."""
    WebSearch.objects.all().delete()
    return from_environment()


def _chosen(row: WebSearch) -> Chosen:
    """A key of the environment goes to the environment's address alone."""
    service = SERVICES.get(row.service)
    if service is None:
        return Chosen()
    usual = service.from_environment()
    if row.address:
        return Chosen(row.service, Access(row.address, row.key.reveal()))
    return Chosen(row.service, Access(usual.address, row.key.reveal() or usual.key))


def _with(values: Mapping[str, Any]) -> WebSearch:
    row = WebSearch.objects.first() or WebSearch(service=from_environment().id)
    before = row.service, row.address
    if values.get("service", row.service) != row.service:
        row.address = ""
    set_values(row, {name: value for name, value in values.items() if name != "key"})
    try:
        row.address = server_urls.normalize(row.address)
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
