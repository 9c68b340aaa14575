"""Searching without a key through `ddgs`, an extra to install, which reads pages made for people. It is
unreliable: services that notice programs turn them away."""

import asyncio
import importlib.util
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.search.access import Access
from chat.tools.search.http import SECONDS, SearchBusyError, SearchError
from chat.tools.search.results import FoundPage, pages

NAME = "ddgs"
PAUSE = 30.0
"""Seconds after it was turned away; it is not told how long."""


def from_environment() -> Access:
    return Access()


def what_is_missing(access: Access) -> str | Promise:
    if importlib.util.find_spec("ddgs") is not None:
        return ""
    return _("ddgs is not installed: pip install ddgs. It is unreliable; SearXNG, Brave and Tavily are not.")


async def search(access: Access, query: str, most: int) -> list[FoundPage]:
    try:
        async with asyncio.timeout(SECONDS + 5):
            found = await asyncio.to_thread(ask, query, most)
    except TimeoutError:
        raise search_failed_error() from None
    rows = (one for one in found if isinstance(one, Mapping))
    return pages(((one.get("href"), one.get("title"), one.get("body")) for one in rows), most)


def ask(query: str, most: int) -> list[Any]:
    from ddgs import DDGS  # type: ignore[import-not-found,unused-ignore] # an extra
    from ddgs.exceptions import (  # type: ignore[import-not-found,unused-ignore] # an extra
        DDGSException,
        RatelimitException,
    )

    try:
        return list(DDGS(timeout=int(SECONDS)).text(query, max_results=most))
    except RatelimitException:
        raise SearchBusyError(NAME, PAUSE) from None
    except DDGSException as error:
        if "no results" in str(error).lower():
            return []
        raise search_failed_error() from None


def search_failed_error() -> SearchError:
    return SearchError(
        _("ddgs was turned away, as happens to it. Try again later, or set up another service.")
    )
