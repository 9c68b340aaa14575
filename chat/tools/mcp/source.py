"""The tools of all tool servers, as one source. One for each event loop."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.utils.translation import gettext_lazy as _

from chat.engine.engine import when_shut_down
from chat.tools.base import MCP, Caller, Outcome, ServerState, Tool, ToolError
from chat.tools.mcp.config_file import Config, Stamp, config_path, read_config, stamp_of
from chat.tools.mcp.definitions import Definition
from chat.tools.mcp.entries import Entry
from chat.tools.mcp.reasons import Reason, ToolServerError
from chat.tools.mcp.rows import Rows, read_rows
from chat.tools.mcp.server import ToolServer

CHECK_EVERY = 3.0
"""Seconds after which a change in the admin counts, in every process."""
FIRST_SECONDS = 5.0
"""That a person waits for servers which are being started, so that their first question has tools. Those that
failed are never waited for."""


class McpTools:
    """A `ToolSource`."""

    async def tools(self) -> Sequence[Tool]:
        """Connects in the background whatever is not connected, once it may be tried again."""
        return await current_servers().tools()

    def servers(self) -> Sequence[ServerState]:
        return current_servers().states()


class ToolServers:
    def __init__(self) -> None:
        self._config = Config()
        self._read: tuple[object, Stamp] = (None, None)
        self._rows = Rows()
        self._rows_at = float("-inf")
        self._servers: dict[str, ToolServer] = {}
        self._reading = asyncio.Lock()
        self._closed = False

    async def tools(self) -> Sequence[Tool]:
        await self._follow_config()
        for server in self._servers.values():
            server.want()
        await self._wait_for_first()
        return [tool for server in self._servers.values() for tool in tools_of(server)]

    def states(self) -> list[ServerState]:
        states = [state_of(server) for server in self._servers.values()]
        problems = {**self._rows.problems, **self._config.problems}
        states += [ServerState(name, "failed", str(reason)) for name, reason in problems.items()]
        states += [ServerState(name, "off") for name in {*self._rows.off, *self._config.off} - set(problems)]
        told = {state.name: state for state in reversed(states)}
        return sorted(told.values(), key=lambda state: state.name)

    async def aclose(self) -> None:
        self._closed = True
        await self._drop(list(self._servers))

    async def _wait_for_first(self) -> None:
        """Together FIRST_SECONDS from the moment on in which they were started, and later not at all."""
        now = time.monotonic()
        new = [server for server in self._servers.values() if server.status == "starting"]
        left = max((server.wanted_at + FIRST_SECONDS - now for server in new), default=0.0)
        if left > 0:
            waiting = [asyncio.ensure_future(server.known()) for server in new]
            try:
                await asyncio.wait(waiting, timeout=left)
            finally:
                for one in waiting:
                    one.cancel()

    async def _follow_config(self) -> None:
        async with self._reading:
            if self._closed:
                return
            path = config_path()
            if (found := (path, stamp_of(path))) != self._read:
                self._config = await asyncio.to_thread(read_config, path)
                self._read = found
            if time.monotonic() - self._rows_at > CHECK_EVERY:
                self._rows = await database_sync_to_async(read_rows, thread_sensitive=False)()
                self._rows_at = time.monotonic()
            # The file is the operator's: of two of one name its own counts.
            wanted: dict[str, Entry] = {**self._rows.entries, **self._config.entries}
            for name in (*self._config.problems, *self._config.off):
                wanted.pop(name, None)
            await self._drop([name for name in self._servers if not self._is_same(name, wanted)])
            for name, entry in wanted.items():
                if name not in self._servers:
                    self._servers[name] = ToolServer(entry)

    def _is_same(self, name: str, wanted: Mapping[str, Entry]) -> bool:
        return name in wanted and self._servers[name].entry == wanted[name]

    async def _drop(self, names: Sequence[str]) -> None:
        dropped = [self._servers.pop(name) for name in names]
        await asyncio.gather(*(server.aclose() for server in dropped))


def tools_of(server: ToolServer) -> Iterator[Tool]:
    for definition in server.definitions:
        reason = definition.reason
        if reason is None and not server.is_offered:
            reason = Reason(
                _("The tool server '%(name)s' is not available: %(why)s"),
                {"name": server.entry.name, "why": server.reason or ""},
            )
        yield Tool(
            name=definition.name,
            title=definition.title,
            description=definition.description,
            parameters=definition.parameters,
            run=partial(run_tool, server, definition),
            source=MCP + server.entry.name,
            read_only=definition.read_only,
            reason=str(reason or ""),
        )


async def run_tool(
    server: ToolServer, definition: Definition, caller: Caller, arguments: Mapping[str, Any]
) -> Outcome:
    """Raises ToolError."""
    try:
        return await server.call(definition.tool, arguments)
    except ToolServerError as failure:
        said = Reason(
            _("The tool server '%(name)s' failed. %(why)s"),
            {"name": server.entry.name, "why": failure.reason},
        )
        raise ToolError(str(said)) from None


def state_of(server: ToolServer) -> ServerState:
    names = [definition.name for definition in server.definitions]
    if server.status == "ready":
        return ServerState(server.entry.name, "ready", tools=names)
    reason = server.reason or Reason(_("It is being started."))
    return ServerState(server.entry.name, "failed", str(reason), names)


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, ToolServers] = WeakKeyDictionary()


def current_servers() -> ToolServers:
    """The running event loop's, made on first use."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = ToolServers()
    return found


async def close_servers() -> None:
    """Those of the running event loop; no program outlives the process that started it."""
    found = _by_loop.get(asyncio.get_running_loop())
    if found is not None:
        await found.aclose()


when_shut_down.append(close_servers)
