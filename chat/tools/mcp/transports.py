"""Which transport an entry needs. Importing this imports the SDK."""

from contextlib import AbstractAsyncContextManager

from django.conf import settings

from chat.tools.mcp.connection import Transport, open_connection
from chat.tools.mcp.endpoint import reach_endpoint
from chat.tools.mcp.entries import Entry, ServerProgram
from chat.tools.mcp.oauth.grant import Grant
from chat.tools.mcp.program import run_program

__all__ = ["open_connection", "open_transport"]


def open_transport(entry: Entry, grant: Grant | None) -> AbstractAsyncContextManager[Transport]:
    if isinstance(entry, ServerProgram):
        return run_program(entry)
    return reach_endpoint(entry, settings.TOOL_SECONDS, grant)
