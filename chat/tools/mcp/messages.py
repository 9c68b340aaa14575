"""Messages of a server that speaks lines of JSON, as the SDK's objects."""

import asyncio
import logging
import re

import mcp_types
from anyio.abc import ObjectReceiveStream
from mcp.client._transport import ReadStream
from mcp.shared.message import SessionMessage

from chat.tools.mcp.definitions import mend_tools
from chat.tools.mcp.results import mend_content
from core.json_text import parse_json
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

IN_A_THREAD = 1 << 17
"""From so many bytes on a message is taken apart beside the event loop."""
TOO_LARGE, UNREADABLE = -32990, -32991
"""The codes of errors that Divan answers itself with."""
_ID = rb'"id"\s*:\s*(\d{1,15})'
_FIRST = re.compile(rb'\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?' + _ID + rb"\s*,")
_LAST = re.compile(_ID + rb'\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$')
UNHEARD = ("notifications/message", "notifications/progress", "notifications/resources/updated")
"""What nobody here listens to."""


async def read_message(line: bytes) -> SessionMessage | None:
    """None for what is no message, as a greeting that a program prints where it should not."""
    try:
        if len(line) < IN_A_THREAD:
            message = _parse(line)
        else:
            message = await asyncio.to_thread(_parse, line)
    except ValueError:
        logger.warning("a tool server sent a line that is no message of its protocol")
        return await asyncio.to_thread(error_for_unreadable, line)
    if isinstance(message, mcp_types.JSONRPCNotification) and message.method in UNHEARD:
        return None
    return SessionMessage(message)


def _parse(line: bytes) -> mcp_types.JSONRPCMessage:
    return mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)


class MendedMessages(ObjectReceiveStream[SessionMessage | Exception]):
    """Reads from a transport, with lists of tools and results of calls as the SDK can read them."""

    def __init__(self, inner: ReadStream[SessionMessage | Exception]) -> None:
        self._inner = inner

    async def receive(self) -> SessionMessage | Exception:
        item = await self._inner.receive()
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, mcp_types.JSONRPCResponse):
            result = message.result
            if isinstance(result.get("tools"), list):
                message.result = {**result, "tools": mend_tools(result["tools"])}
            elif isinstance(result.get("content"), list):
                message.result = {**result, "content": mend_content(result["content"])}
        return item

    async def aclose(self) -> None:
        await self._inner.aclose()


def error_for_unreadable(line: bytes) -> SessionMessage | None:
    """Whoever waits for an answer that nobody can read is told so at once. None for what is no answer."""
    try:
        said = parse_json(line)
    except ValueError:
        return None
    is_answer = (
        isinstance(said, dict) and said.get("jsonrpc") == "2.0" and ("result" in said or "error" in said)
    )
    if not is_answer or type(said.get("id")) is not int:
        return None
    error = mcp_types.ErrorData(code=UNREADABLE, message="unreadable")
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=said["id"], error=error))


def error_for(head: bytes, tail: bytes) -> SessionMessage | None:
    """For a message of which only begin and end are there: an error in its place, where it can be told whose
    answer it was. Its id stands first or last in all that SDKs write."""
    found = _FIRST.match(head[:200]) or _LAST.search(tail)
    if found is None:
        return None
    error = mcp_types.ErrorData(code=TOO_LARGE, message="too large")
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=int(found[1]), error=error))
