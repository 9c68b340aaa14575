"""Passages of the person's own documents and of the conversation's, or of those of its project. Documents are
imported when it runs."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.prompting.projects import documents_to_search
from chat.tools.base import Caller, Tool, ToolError, ToolOutcome

PATIENCE = 20.0
"""Seconds that a call waits for documents that are still being read."""
LONGEST_QUERY = 2_000


async def run(caller: Caller, arguments: Mapping[str, Any]) -> ToolOutcome:
    query = arguments.get("query")
    if not isinstance(query, str) or not query.strip():
        raise ToolError("`query` must be a text: what is looked for.")
    from rag import retrieval

    documents = await documents_to_search(caller.owner, caller.conversation, caller.folder)
    left = await retrieval.wait_until_read(
        caller.owner, caller.conversation, documents, seconds=PATIENCE, tell=lambda _documents: None
    )
    found = await retrieval.retrieve_passages(
        caller.owner, caller.conversation, query[:LONGEST_QUERY], [], documents=documents
    )
    said = [show_source(source) for source in found.sources]
    if not said:
        said.append("Nothing about that was found in the person's documents.")
    if left:
        said.append(f"Documents that are still being read and were not searched: {left}.")
    sources = [{name: value for name, value in source.items() if name != "n"} for source in found.sources]
    return ToolOutcome("\n\n".join(said), sources=sources)


def show_source(source: Mapping[str, Any]) -> str:
    pages = "-".join(str(page) for page in (source["page"], source["last_page"]) if page)
    place = [source["name"], f"p. {pages}" if pages else "", source["heading"]]
    return f"{' · '.join(filter(None, place))}\n{source['passage']}"


TOOL = Tool(
    "search_documents",
    _("Search in documents"),
    "Finds passages in the documents that the person has given, by meaning and by words.",
    {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "What is looked for, in words."}},
        "required": ["query"],
        "additionalProperties": False,
    },
    run,
    read_only=True,
    policy="allow",
    about=_("Finds passages in your documents, by meaning and by words."),
)
