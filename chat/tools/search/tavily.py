"""Searches the web through Tavily's API."""

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

NAME = "Tavily"
LONGEST_QUERY = 400


def from_environment() -> Access:
    return Access(settings.TAVILY_BASE_URL, settings.TAVILY_API_KEY)


def what_is_missing(access: Access) -> str | Promise:
    return "" if access.key else no_key(NAME, "TAVILY_API_KEY")


async def search(access: Access, query: str, most: int) -> list[FoundPage]:
    try:
        said = await fetch_json(
            NAME,
            "POST",
            f"{access.address.rstrip('/').removesuffix('/search')}/search",
            headers={"Authorization": f"Bearer {access.key}"},
            body={"query": query[:LONGEST_QUERY], "max_results": most},
        )
    except SearchRefusedError as error:
        raise explain_status(error.status) from None
    if not isinstance(said, Mapping) or not isinstance(said.get("results"), list):
        raise no_answer(NAME)
    rows = (one for one in said["results"] if isinstance(one, Mapping))
    return pages(((one.get("url"), one.get("title"), one.get("content")) for one in rows), most)


def explain_status(status: int) -> SearchError:
    if status in (401, 403):
        return wrong_key(NAME, "TAVILY_API_KEY")
    if status in (432, 433):
        return SearchError(_("Tavily's plan for this key is used up."))
    return refusal_error(NAME, status)
