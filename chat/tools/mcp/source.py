"""The tools of all tool servers, as one source. One for each event loop."""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from chat import models
from chat.engine.engine import when_shut_down
from chat.tools.base import MCP, Caller, ServerState, SignIn, Tool, ToolError, ToolOutcome
from chat.tools.mcp.config_file import Config, Stamp, config_path, read_config, stamp_of
from chat.tools.mcp.definitions import Definition
from chat.tools.mcp.entries import Endpoint, Entry
from chat.tools.mcp.oauth.grant import Grant
from chat.tools.mcp.reasons import Reason, ToolServerError
from chat.tools.mcp.rows import UNSET, ServerRows, read_rows
from chat.tools.mcp.server import ConnectedServer
from core.shared_reads import SharedRead, SharedReads, outdate_with
from providers.catalogue.listing import Viewer, may_see
from providers.catalogue.viewers import read_viewer

CHECK_EVERY = 3.0
"""Seconds after which a change in the admin counts, in every process."""
FIRST_SECONDS = 5.0
"""That a person waits for servers which are being started, so that their first question has tools. Those that
failed are never waited for."""
IDLE_SECONDS = 600.0
"""After which a connection that a sign-in has of its own is closed until it is wanted again."""


class McpTools:
    """Gives the tools of all tool servers, as a `ToolSource`."""

    def lookups(self, owner: str) -> Sequence[SharedRead[Any]]:
        return current_servers().lookups(owner)

    async def tools(self, owner: str, *, patient: bool = False) -> Sequence[Tool]:
        """Connects in the background whatever is not connected, once it may be tried again."""
        return await current_servers().tools(owner, patient=patient)

    async def servers(self, owner: str) -> Sequence[ServerState]:
        return await current_servers().states(owner)


Key = tuple[str, int]
"""A server's name, and the sign-in that it is used with; 0: none. Who has signed in to a server has a
connection of their own, and learns nothing of what it lists for others."""


class ToolServers:
    def __init__(self) -> None:
        self._config = Config()
        self._read: tuple[object, Stamp] = (None, None)
        self._rows = ServerRows()
        self._known_rows = SharedRead(read_rows, kept=CHECK_EVERY, unset=UNSET)
        self._known_viewers = SharedReads(read_viewer, kept=CHECK_EVERY)
        self._entries: Mapping[str, Entry] = {}
        self._servers: dict[Key, ConnectedServer] = {}
        self._following = asyncio.Lock()
        self._closed = False

    def lookups(self, owner: str) -> Sequence[SharedRead[Any]]:
        """The person too where some server is not for everyone, as far as is known."""
        return self._known_rows, *((self._known_viewers.of(owner),) if self._rows.audiences else ())

    async def tools(self, owner: str, *, patient: bool = False) -> Sequence[Tool]:
        servers = await self._servers_for(owner)
        for server in servers:
            server.want()
        await wait_for_first(servers, math.inf if patient else FIRST_SECONDS)
        return [tool for server in servers for tool in tools_of(server)]

    async def states(self, owner: str) -> list[ServerState]:
        servers = await self._servers_for(owner)
        states = [replace(state_of(server), sign_in=self._sign_in_of(owner, server)) for server in servers]
        problems = {**self._rows.problems, **self._config.problems}
        states += [ServerState(name, "failed", str(reason)) for name, reason in problems.items()]
        states += [ServerState(name, "off") for name in {*self._rows.off, *self._config.off} - set(problems)]
        viewer = await self._viewer(owner)
        told = {state.name: state for state in reversed(states) if self._is_for(viewer, state.name)}
        return sorted(told.values(), key=lambda state: state.name)

    async def endpoint(self, owner: str, name: str) -> Endpoint | None:
        """An address that a person may use; None where there is none of that name."""
        await self._follow()
        entry = self._entries.get(name)
        is_theirs = isinstance(entry, Endpoint) and self._is_for(await self._viewer(owner), name)
        return entry if isinstance(entry, Endpoint) and is_theirs else None

    def look_again(self) -> None:
        """Something was changed here: it counts at once."""
        self._known_rows.outdate()
        self._known_viewers.outdate()

    async def aclose(self) -> None:
        self._closed = True
        await self._drop(list(self._servers))

    async def _servers_for(self, owner: str) -> list[ConnectedServer]:
        """Made where they are not there; not connected yet."""
        await self._follow()
        viewer = await self._viewer(owner)
        found = []
        for name, entry in self._entries.items():
            if self._closed or not self._is_for(viewer, name):
                continue
            sign_in = self._rows.sign_in(owner, entry.url) if isinstance(entry, Endpoint) else 0
            key = (name, sign_in if isinstance(entry, Endpoint) and entry.signs_in else 0)
            if key not in self._servers:
                grant = Grant(entry, sign_in) if isinstance(entry, Endpoint) and key[1] else None
                self._servers[key] = ConnectedServer(entry, grant)
            found.append(self._servers[key])
        return found

    async def _viewer(self, owner: str) -> Viewer | None:
        """Asks the database only where some server is not for everyone."""
        if not self._rows.audiences:
            return None
        return await self._known_viewers.get(owner)

    def _is_for(self, viewer: Viewer | None, name: str) -> bool:
        """Whoever writes the file says of a server there for all that it is for everyone."""
        audience = self._rows.audiences.get(name)
        in_file = {*self._config.entries, *self._config.problems, *self._config.off}
        return audience is None or name in in_file or may_see(audience, viewer)

    def _sign_in_of(self, owner: str, server: ConnectedServer) -> SignIn | None:
        entry = server.entry
        if server.reason is not None and server.reason.sign_in:
            return "wanted"
        if not isinstance(entry, Endpoint) or server.grant is None:
            return None
        return "own" if (owner, entry.url) in self._rows.sign_ins else "shared"

    async def _follow(self) -> None:
        """What the file, the admin and sign-ins say now."""
        async with self._following:
            if self._closed:
                return
            path = config_path()
            if (found := (path, stamp_of(path))) != self._read:
                self._config = await asyncio.to_thread(read_config, path)
                self._read = found
            self._rows = await self._known_rows.get()
            # The file is the operator's: of two of one name its own counts.
            entries: dict[str, Entry] = {**self._rows.entries, **self._config.entries}
            for name in (*self._config.problems, *self._config.off):
                entries.pop(name, None)
            self._entries = entries
            await self._drop([key for key in self._servers if not self._is_wanted(key)])

    def _is_wanted(self, key: Key) -> bool:
        name, sign_in = key
        server = self._servers[key]
        if self._entries.get(name) != server.entry:
            return False
        if not sign_in:
            return True
        return sign_in in self._rows.sign_ins.values() and (
            server.is_busy or time.monotonic() - server.used_at < IDLE_SECONDS
        )

    async def _drop(self, keys: Sequence[Key]) -> None:
        dropped = [self._servers.pop(key) for key in keys]
        await asyncio.gather(*(server.aclose() for server in dropped))


async def wait_for_first(servers: Sequence[ConnectedServer], seconds: float) -> None:
    """Waits for servers that were just started: `seconds` together from that moment on, and later not at
    all."""
    now = time.monotonic()
    new = [server for server in servers if server.status == "starting"]
    left = max((server.wanted_at + seconds - now for server in new), default=0.0)
    if left > 0:
        waiting = [asyncio.ensure_future(server.known()) for server in new]
        try:
            await asyncio.wait(waiting, timeout=None if left == math.inf else left)
        finally:
            for one in waiting:
                one.cancel()


def tools_of(server: ConnectedServer) -> Iterator[Tool]:
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
    server: ConnectedServer, definition: Definition, caller: Caller, arguments: Mapping[str, Any]
) -> ToolOutcome:
    """Calls a server's tool for a person. Raises ToolError."""
    try:
        return await server.call(definition.tool, arguments)
    except ToolServerError as failure:
        said = Reason(
            _("The tool server '%(name)s' failed. %(why)s"),
            {"name": server.entry.name, "why": failure.reason},
        )
        raise ToolError(str(said)) from None


def state_of(server: ConnectedServer) -> ServerState:
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


def look_again() -> None:
    """In every event loop; called from any thread."""
    for loop in _by_loop.keyrefs():
        if (of_loop := loop()) is not None and (servers := _by_loop.get(of_loop)) is not None:
            servers.look_again()


outdate_with(
    look_again,
    models.ToolServer,
    models.ToolSignIn,
    get_user_model(),
    links=(models.ToolServer.groups.through, get_user_model().groups.through),
)


async def close_servers() -> None:
    """Those of the running event loop; no program outlives the process that started it."""
    found = _by_loop.get(asyncio.get_running_loop())
    if found is not None:
        await found.aclose()


when_shut_down.append(close_servers)
