"""Messages of a server that speaks lines of JSON, as the SDK's objects."""

import asyncio
import logging
import re
from typing import Any

import mcp_types
from anyio.abc import ObjectReceiveStream
from mcp.client._transport import ReadStream
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from chat.tools.mcp.definitions import mend_tools
from chat.tools.mcp.results import mend_content
from core.json_text import dump_json, parse_loose_json
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

IN_A_THREAD = 1 << 17
"""From so many bytes on a message is taken apart beside the event loop."""
TOO_LARGE, UNREADABLE = -32990, -32991
"""The codes of errors that Divan answers itself with."""
DEEPEST = 100
"""Levels of a message. The SDK's reader takes twice as many, a schema less (definitions.py)."""
ENDS = 200
"""Bytes at its ends in which a message's id is looked for."""
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
    read = mcp_types.jsonrpc_message_adapter.validate_json
    try:
        return read(line, by_name=False)
    except ValidationError:
        return read(mend_json(line), by_name=False)


def mend_json(data: bytes) -> bytes:
    """A message as the SDK can read it, which refuses all of it for half a character, and for one schema or
    value that is nested too deeply: what lies deeper than any of them may is left out. Raises ValueError for
    what is no JSON."""
    return dump_json(cut_deep(parse_loose_json(data), DEEPEST))


def cut_deep(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        return {key: cut_deep(item, levels - 1) for key, item in value.items()} if levels else None
    if isinstance(value, list):
        return [cut_deep(item, levels - 1) for item in value] if levels else None
    return value


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
        said = parse_loose_json(line)
    except ValueError:
        return error_for(line, line[-ENDS:], UNREADABLE)
    is_answer = (
        isinstance(said, dict) and said.get("jsonrpc") == "2.0" and ("result" in said or "error" in said)
    )
    if not is_answer or type(said.get("id")) is not int:
        return None
    error = mcp_types.ErrorData(code=UNREADABLE, message="unreadable")
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=said["id"], error=error))


def error_for(head: bytes, tail: bytes, code: int = TOO_LARGE) -> SessionMessage | None:
    """For a message of which only begin and end are there: an error in its place, where it can be told whose
    answer it was. Its id stands first or last in all that SDKs write."""
    found = _FIRST.match(head[:ENDS]) or _LAST.search(tail)
    if found is None:
        return None
    error = mcp_types.ErrorData(code=code, message="not read")
    return SessionMessage(mcp_types.JSONRPCError(jsonrpc="2.0", id=int(found[1]), error=error))
