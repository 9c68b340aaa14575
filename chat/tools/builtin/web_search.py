"""Searching the web. What it finds may be opened by `read_page`."""

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chat.tools.base import Caller, Tool, ToolError, ToolOutcome
from chat.tools.search import FoundPage, SearchError, current_search, known_search, search
from chat.tools.search.results import MOST

USUAL = 5


async def run(caller: Caller, arguments: Mapping[str, Any]) -> ToolOutcome:
    query = arguments.get("query")
    if not isinstance(query, str) or not query.strip():
        raise ToolError("`query` must be a text: the words to search for.")
    try:
        found = await search(await current_search(), query, how_many(arguments.get("max_results")))
    except SearchError as error:
        with translation.override(caller.language):
            raise ToolError(str(error)) from None
    for page in found:
        caller.addresses.add(page.url)
    if not found:
        return ToolOutcome("Nothing was found. Other words, or fewer, may find more.")
    return ToolOutcome("\n\n".join(map(show_page, found)), sources=[page.source() for page in found])


def how_many(asked: object) -> int:
    """How many results were asked for, in whatever form models write a number, as far as may be."""
    if isinstance(asked, str) and asked.strip().isdecimal():
        asked = int(asked.strip()[:4])
    if isinstance(asked, bool) or not isinstance(asked, int | float) or asked != asked:
        return USUAL
    return int(min(max(asked, 1), MOST))


def show_page(page: FoundPage) -> str:
    return "\n".join(filter(None, (page.title, page.url, page.snippet)))


async def tool() -> Tool:
    missing = (await known_search()).missing
    return Tool(
        "web_search",
        _("Web search"),
        "Searches the web and gives titles, addresses and snippets. read_page opens what it finds.",
        {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "A few words, as for a search engine."},
                "max_results": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MOST,
                    "description": f"Absent: {USUAL}.",
                },
            },
            "required": ["query"],
            "additionalProperties": False,
        },
        run,
        read_only=True,
        policy="allow",
        about=_("Searches the web and gives titles, addresses and excerpts."),
        reason=missing,
    )
