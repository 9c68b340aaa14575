"""SearXNG, which a person runs themselves. It answers programs only where its settings allow JSON."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.search.access import Access
from chat.tools.search.http import SearchError, SearchRefusedError, fetch_json, no_answer, refusal_error
from chat.tools.search.results import FoundPage, pages

NAME = "SearXNG"


def from_environment() -> Access:
    return Access(settings.SEARXNG_URL)


def what_is_missing(access: Access) -> str | Promise:
    if access.address:
        return ""
    return _("Type the address of your SearXNG in Settings → Services, or set SEARXNG_URL.")


async def search(access: Access, query: str, most: int) -> list[FoundPage]:
    url = f"{access.address.rstrip('/').removesuffix('/search')}/search"
    try:
        said = await fetch_json(NAME, "GET", url, query={"q": query, "format": "json"})
    except SearchRefusedError as error:
        raise explain_status(error.status) from None
    if not isinstance(said, Mapping) or not isinstance(said.get("results"), list):
        raise no_answer(NAME)
    found = pages(
        ((one.get("url"), one.get("title"), one.get("content")) for one in said["results"] if is_row(one)),
        most,
    )
    silent = silent_engines(said.get("unresponsive_engines"))
    if not found and silent:
        text = _("None of SearXNG's search engines answered: %(engines)s.")
        raise SearchError(text, engines=silent)
    return found


def explain_status(status: int) -> SearchError:
    if status == 403:
        return SearchError(
            _(
                "SearXNG refuses to answer in JSON (403). In its settings.yml add `json` to `search.formats` "
                "(search: formats: [html, json]) and restart it."
            )
        )
    if status == 404:
        return SearchError(_("There is no SearXNG at that address (404). Is it right? (SEARXNG_URL in .env)"))
    return refusal_error(NAME, status)


def is_row(one: object) -> bool:
    return isinstance(one, Mapping)


def silent_engines(named: Any) -> str:
    """A few names, without what they say of themselves."""
    rows = named if isinstance(named, list) else []
    names = [row[0] for row in rows if isinstance(row, list) and row and isinstance(row[0], str)]
    return ", ".join(name[:30] for name in names[:5] if name.replace(" ", "").replace(".", "").isalnum())
