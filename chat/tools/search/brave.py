"""Searches the web through Brave Search's API."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.tools.search.access import Access
from chat.tools.search.http import (
    SearchError,
    SearchRefusedError,
    fetch_json,
    no_answer,
    no_key,
    refusal_error,
    wrong_key,
)
from chat.tools.search.results import FoundPage, pages

NAME = "Brave"
PATH = "/res/v1/web/search"
LONGEST_QUERY = 400
MOST_WORDS = 50
"""It answers 422 to more."""


def from_environment() -> Access:
    return Access(settings.BRAVE_BASE_URL, settings.BRAVE_API_KEY)


def what_is_missing(access: Access) -> str | Promise:
    return "" if access.key else no_key(NAME, "BRAVE_API_KEY")


async def search(access: Access, query: str, most: int) -> list[FoundPage]:
    base = access.address.rstrip("/").removesuffix("/web/search").removesuffix("/res/v1")
    try:
        said = await fetch_json(
            NAME,
            "GET",
            f"{base}{PATH}",
            headers={"X-Subscription-Token": access.key},
            query={"q": shorten_query(query), "count": str(most), "text_decorations": "false"},
        )
    except SearchRefusedError as error:
        raise explain_status(error.status) from None
    web = said.get("web") if isinstance(said, Mapping) else None
    if web is None and isinstance(said, Mapping) and said.get("type") == "search":
        # Where nothing was found it leaves the part out.
        return []
    if not isinstance(web, Mapping) or not isinstance(web.get("results"), list):
        raise no_answer(NAME)
    rows = (one for one in web["results"] if isinstance(one, Mapping))
    return pages(((one.get("url"), one.get("title"), one.get("description")) for one in rows), most)


def shorten_query(query: str) -> str:
    return " ".join(query[:LONGEST_QUERY].split()[:MOST_WORDS])


def explain_status(status: int) -> SearchError:
    """It answers 422 to a key that is none."""
    if status in (401, 403, 422):
        return wrong_key(NAME, "BRAVE_API_KEY")
    if status == 402:
        return SearchError(_("Brave's plan for this key is used up."))
    return refusal_error(NAME, status)
