"""One connection to a tool server, from the handshake to its end. Importing this imports the SDK.

A connection is entered and left in one task (server.py); calls come from any task of the event loop.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import mcp_types
from django.utils.translation import gettext_lazy as _
from mcp.client._transport import ReadStream, WriteStream
from mcp.client.session import ClientSession, IncomingMessage
from mcp.client.subscriptions import listen
from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.message import SessionMessage
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from chat.tools.base import ToolOutcome
from chat.tools.mcp.definitions import MOST_TOOLS, RAW, Definition, ListedTool, check_definitions, one_line
from chat.tools.mcp.entries import Entry
from chat.tools.mcp.messages import TOO_LARGE, UNREADABLE, MendedMessages
from chat.tools.mcp.oauth.grant import Grant
from chat.tools.mcp.reasons import Reason, ToolServerError
from chat.tools.mcp.results import outcome_of

LARGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes of one message. Of what a call gives a model sees a part, the rest is kept beside it."""
LIST_SECONDS = 20.0
SECONDS_TO_LEARN = 2.0
CHANGE_PAUSE = 0.5
"""Seconds after which a changed list is asked for: more changes may be on their way."""
MOST_PAGES = 30
MOST_FAILURES = 50
UNREADABLES = (UNREADABLE, mcp_types.PARSE_ERROR)
"""The second is what the SDK answers itself with, over HTTP."""


@dataclass(frozen=True, slots=True)
class Transport:
    """`over` is set once nothing can come any more; `why` then says why. `failures`: what Divan's own side
    answered in the server's place, by the data of that error."""

    read: ReadStream[SessionMessage | Exception]
    write: WriteStream[SessionMessage]
    over: asyncio.Event
    why: Callable[[], Awaitable[Reason]]
    failures: "TransportFailures"


class TransportFailures:
    """Keeps the last few failures of a transport. Their key is what goes through the SDK, which knows numbers
    and texts only."""

    def __init__(self) -> None:
        self._kept: dict[str, ToolServerError] = {}

    def add_failure(self, failure: ToolServerError) -> str:
        key = secrets.token_hex(8)
        self._kept[key] = failure
        while len(self._kept) > MOST_FAILURES:
            del self._kept[next(iter(self._kept))]
        return key

    def has_failure(self, key: object) -> bool:
        return isinstance(key, str) and key in self._kept

    def pop_failure(self, key: object) -> ToolServerError | None:
        return self._kept.pop(key, None) if isinstance(key, str) else None


OpenTransport = Callable[[Entry, Grant | None], AbstractAsyncContextManager[Transport]]


@asynccontextmanager
async def open_connection(
    entry: Entry, grant: Grant | None, open_transport: OpenTransport
) -> AsyncGenerator["Connection"]:
    """Without the handshake. Raises ToolServerError where nothing could be started."""
    async with open_transport(entry, grant) as transport:
        changed = asyncio.Event()

        async def handle(message: IncomingMessage) -> None:
            if isinstance(message, mcp_types.ToolListChangedNotification):
                changed.set()

        session = ClientSession(
            dispatcher=JSONRPCDispatcher(MendedMessages(transport.read), transport.write),
            message_handler=handle,
            client_info=mcp_types.Implementation(name="Divan", version="1"),
        )
        async with session:
            yield Connection(entry, transport, session, changed)


class Connection:
    def __init__(
        self, entry: Entry, transport: Transport, session: ClientSession, changed: asyncio.Event
    ) -> None:
        self.entry = entry
        self.over = transport.over
        self._transport = transport
        self._session = session
        self._changed = changed
        self._calls: set[asyncio.Future[None]] = set()

    async def begin(self) -> Sequence[Definition]:
        """Shakes hands, in the form that every server knows first. Raises ToolServerError."""
        try:
            try:
                await self._session.initialize()
            except MCPError as refused:
                if refused.code in (mcp_types.CONNECTION_CLOSED, mcp_types.REQUEST_TIMEOUT):
                    raise
                if self._transport.failures.has_failure(refused.data):
                    raise
                # A server of 2026-07-28 alone knows no `initialize`.
                with suppress(MCPError):
                    await self._session.discover()
                if self._session.protocol_version is None:
                    raise
        except (MCPError, RuntimeError, ValidationError) as error:
            raise await self.failure_of(error) from None
        return await self.list()

    async def list(self) -> Sequence[Definition]:
        """Returns the server's tools, page by page. Raises ToolServerError."""
        found: list[ListedTool] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(LIST_SECONDS):
                for _page in range(MOST_PAGES):
                    params = mcp_types.PaginatedRequestParams(cursor=cursor) if cursor else None
                    page = await self._session.list_tools(params=params)
                    found += map(_described, page.tools)
                    cursor = page.next_cursor
                    if not cursor or len(found) >= MOST_TOOLS:
                        break
        except TimeoutError:
            raise ToolServerError(Reason(_("It did not list its tools in time."))) from None
        except (MCPError, RuntimeError, ValidationError) as error:
            # A server of prompts or resources alone works, and knows no list of tools.
            if not isinstance(error, MCPError) or error.code != mcp_types.METHOD_NOT_FOUND:
                raise await self.failure_of(error) from None
        return check_definitions(self.entry.name, found)

    async def follow(self, changed: Callable[[Sequence[Definition]], None]) -> Reason:
        """Returns why the connection is over, once it is. Lists that change are given to `changed`."""
        listening = asyncio.create_task(self._listen())
        try:
            while await self._next_change():
                await asyncio.sleep(CHANGE_PAUSE)
                self._changed.clear()
                changed(await self.list())
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        if self._calls:
            # They are about to learn for themselves that it is over, and whether they were taken.
            await asyncio.wait(self._calls, timeout=SECONDS_TO_LEARN)
        return await self._transport.why()

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Calls a tool; when it is cancelled, the server is told so. Raises ToolServerError."""
        ended = asyncio.get_running_loop().create_future()
        self._calls.add(ended)
        try:
            return await self._called(tool, arguments)
        finally:
            self._calls.discard(ended)
            ended.set_result(None)

    async def _called(self, tool: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        try:
            try:
                result = await self._call(tool, arguments)
            except MCPError as refused:
                if refused.code != mcp_types.HEADER_MISMATCH:
                    raise
                # Refused before anything was done, for want of a list that is up to date.
                await self.list()
                result = await self._call(tool, arguments)
        except (MCPError, RuntimeError, ValidationError) as error:
            raise await self.failure_of(error) from None
        if not isinstance(result, mcp_types.CallToolResult):
            raise ToolServerError(Reason(_("The tool asks a person for more, which Divan does not pass on.")))
        return outcome_of(result)

    async def failure_of(self, error: Exception) -> ToolServerError:
        if not isinstance(error, MCPError) or error.code in UNREADABLES:
            return ToolServerError(Reason(_("It answered in a shape that the protocol does not know.")))
        if kept := self._transport.failures.pop_failure(error.data):
            return kept
        match error.code:
            case mcp_types.CONNECTION_CLOSED:
                return ToolServerError(await self._transport.why())
            case mcp_types.REQUEST_TIMEOUT:
                return ToolServerError(Reason(_("It did not answer in time.")))
            case code if code == TOO_LARGE:
                return ToolServerError(
                    Reason(_("It answered with more than %(size)s MB."), {"size": LARGEST_MESSAGE >> 20})
                )
            case _:
                said = {"said": one_line(error.message, 300) or str(error.code)}
                return ToolServerError(Reason(_("It refused: %(said)s"), said))

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> mcp_types.Result:
        return await self._session.call_tool(
            tool, dict(arguments), allow_input_required=True, allow_claimed=True
        )

    async def _next_change(self) -> bool:
        """False once the connection is over."""
        waiting = [asyncio.ensure_future(one.wait()) for one in (self.over, self._changed)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        return not self.over.is_set()

    async def _listen(self) -> None:
        """Servers of 2026-07-28 tell of changes only whom they were asked to."""
        if self._session.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            return
        with suppress(MCPError, RuntimeError, TimeoutError):
            async with listen(self._session, tools_list_changed=True) as changes:
                async for _change in changes:
                    self._changed.set()


def _described(tool: mcp_types.Tool) -> ListedTool:
    notes = tool.annotations
    return ListedTool(
        name=tool.name,
        title=tool.title or "",
        description=tool.description or "",
        schema=(tool.meta or {}).get(RAW, tool.input_schema),
        read_only=bool(notes and notes.read_only_hint),
    )
