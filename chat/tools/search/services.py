"""The services that can search the web: what each needs, and what it lacks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.search import brave, duckduckgo, searxng, tavily
from chat.tools.search.access import Access
from chat.tools.search.results import FoundPage


@dataclass(frozen=True, slots=True)
class SearchService:
    """`needs`: what a person has to type. `key_page`: where a key is had."""

    name: str
    search: Callable[[Access, str, int], Awaitable[list[FoundPage]]]
    what_is_missing: Callable[[Access], str | Promise]
    from_environment: Callable[[], Access]
    needs: Literal["address", "key", ""] = ""
    key_page: str = ""


def _service(module: Any, **more: Any) -> SearchService:
    return SearchService(module.NAME, module.search, module.what_is_missing, module.from_environment, **more)


SERVICES = {
    "searxng": _service(searxng, needs="address"),
    "brave": _service(brave, needs="key", key_page="https://brave.com/search/api/"),
    "tavily": _service(tavily, needs="key", key_page="https://app.tavily.com/"),
    "ddgs": _service(duckduckgo),
}


@dataclass(frozen=True, slots=True)
class ChosenService:
    """Who searches, and how it is asked. `id`: of SERVICES; empty: nobody."""

    id: str = ""
    access: Access = Access()

    @property
    def service(self) -> SearchService | None:
        return SERVICES.get(self.id)

    @property
    def missing(self) -> str | Promise:
        """Why nothing can be searched; empty where it can."""
        if self.service is None:
            return _(
                "No search service is set up: choose one in Settings → Services, or set SEARCH_PROVIDER."
            )
        return self.service.what_is_missing(self.access)
