"""Which service is configured, and what it lacks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.search import brave, duckduckgo, searxng, tavily
from chat.tools.search.results import Page


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    search: Callable[[str, int], Awaitable[list[Page]]]
    what_is_missing: Callable[[], str | Promise]


SERVICES = {
    "searxng": Service(searxng.NAME, searxng.search, searxng.what_is_missing),
    "brave": Service(brave.NAME, brave.search, brave.what_is_missing),
    "tavily": Service(tavily.NAME, tavily.search, tavily.what_is_missing),
    "ddgs": Service(duckduckgo.NAME, duckduckgo.search, duckduckgo.what_is_missing),
}


def configured() -> Service | None:
    return SERVICES.get(settings.SEARCH_PROVIDER)


def what_is_missing() -> str | Promise:
    """Why nothing can be searched; empty where it can."""
    service = configured()
    if service is None:
        return _("No search service is set up: an administrator sets SEARCH_PROVIDER.")
    return service.what_is_missing()
