"""Tools of Divan's own, one file each. They only read, and are allowed until somebody says otherwise.

calculate.py         arithmetic, so that no model has to guess it
current_time.py      tells what time it is, anywhere
read_page.py         reading a page of the web, or a file that lies there
search_documents.py  passages of the person's documents and of the conversation's
web_search.py        searching the web
"""

from collections.abc import Sequence
from typing import Any

from chat.tools.base import ServerState, Tool
from chat.tools.builtin import calculate, current_time, read_page, search_documents, web_search
from chat.tools.search import known_row
from core.shared_reads import SharedRead


class BuiltinTools:
    def lookups(self, owner: str) -> Sequence[SharedRead[Any]]:
        return (known_row(),)

    async def tools(self, owner: str, *, patient: bool = False) -> Sequence[Tool]:
        search = await web_search.tool()
        return [search, read_page.TOOL, search_documents.TOOL, calculate.TOOL, current_time.TOOL]

    async def servers(self, owner: str) -> Sequence[ServerState]:
        return ()
