"""One tool server in this process: connected when it is first wanted, and again when its connection ends.

One task owns the connection, since the SDK's must be left in the task that entered it. After a connection
that had held it tries again by itself a few times; after that, and where none came about, only when somebody
wants the server's tools, and the less often the more often it failed. However many want it, there is one try
at a time.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _

from chat.tools.base import ToolOutcome
from chat.tools.mcp.definitions import Definition
from chat.tools.mcp.entries import Entry
from chat.tools.mcp.oauth.grant import Grant
from chat.tools.mcp.reasons import Reason, ToolServerError

if TYPE_CHECKING:
    from chat.tools.mcp.connection import Connection

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 30.0
CALLS_AT_ONCE = 8
TRIES_BY_ITSELF = 4
"""After a connection that had held."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
HELD_SECONDS = 30.0
"""A connection that lasted so long was a good one: what failed before it counts no more."""

SDK = "chat.tools.mcp.transports"
"""Imports the SDK: half a second."""

Status = Literal["starting", "ready", "failed"]


class ConnectedServer:
    """`definitions`: as they were last listed. `reason`: why it failed, as long as it is not ready. `grant`:
    the sign-in that it is used with. `used_at`: when it was last asked for."""

    def __init__(self, entry: Entry, grant: Grant | None = None) -> None:
        self.entry = entry
        self.grant = grant
        self.used_at = time.monotonic()
        self.definitions: Sequence[Definition] = ()
        self.reason: Reason | None = None
        self.wanted_at = float("-inf")
        self._connection: Connection | None = None
        self._held = False
        """Whether the connection that was last tried could be used."""
        self._mending = False
        """A connection that held has broken, and is being made again."""
        self._outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once it is known what became of the try that is going on."""
        self._places = asyncio.Semaphore(CALLS_AT_ONCE)
        self._calling = 0
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._not_before = float("-inf")
        self._closed = False

    @property
    def status(self) -> Status:
        if self._connection is not None:
            return "ready"
        return "failed" if self.reason else "starting"

    @property
    def is_offered(self) -> bool:
        """Also for the moments in which a connection that broke is being made again."""
        return self._connection is not None or self._mending

    @property
    def is_busy(self) -> bool:
        """Whether a call waits for the server."""
        return self._calling > 0

    def want(self) -> None:
        """Has it connected, where it is not and may be tried again."""
        self.used_at = time.monotonic()
        if self._closed or self._is_trying or time.monotonic() < self._not_before:
            return
        self.wanted_at = time.monotonic()
        self._begin_anew()
        self._task = asyncio.create_task(self._own(), name=f"tool server {self.entry.name}")

    async def known(self) -> None:
        """Returns once it is known what became of the try that is going on, if one is."""
        if self._is_trying:
            await asyncio.wait([self._outcome])

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Raises ToolServerError. What may have reached the server is never sent again."""
        self._calling += 1
        try:
            async with self._places:
                return await self._call(tool, arguments)
        finally:
            self._calling -= 1
            self.used_at = time.monotonic()

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        connection = await self._connected()
        try:
            return await connection.call(tool, arguments)
        except ToolServerError as failure:
            if not failure.unsent:
                raise
            connection.over.set()
        return await (await self._connected()).call(tool, arguments)

    async def aclose(self) -> None:
        task, self._task, self._closed = self._task, None, True
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._give_up()

    @property
    def _is_trying(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _connected(self) -> "Connection":
        if self._connection is not None and self._connection.over.is_set():
            # Its owner is about to find that out.
            self._lose()
        if self._connection is None:
            self.want()
            await self.known()
        if self._connection is None:
            raise ToolServerError(self.reason or Reason(_("It is not connected.")))
        return self._connection

    async def _own(self) -> None:
        while True:
            self._held = False
            began = time.monotonic()
            self.reason = await self._hold()
            if self._closed:
                # The SDK may have answered our cancelling with errors of its own.
                return
            logger.warning("tool server %s: %s", self.entry.name, self.reason)
            if self._held and time.monotonic() - began > HELD_SECONDS:
                self._failures = 0
            self._failures += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._failures - 1))
            self._not_before = time.monotonic() + pause
            if self._failures > TRIES_BY_ITSELF or not (self._held or self._mending):
                self._give_up()
                return
            self._lose()
            await asyncio.sleep(pause)

    async def _hold(self) -> Reason:
        """One connection, from its begin to its end. Gives why it ended or did not come about."""
        reason: Reason | None = None
        try:
            sdk = await asyncio.to_thread(import_module, SDK)
            async with sdk.open_connection(self.entry, self.grant, sdk.open_transport) as connection:
                reason = await self._use(connection)
        except ToolServerError as failure:
            return failure.reason
        except Exception:
            if reason is None:
                logger.exception("tool server %s", self.entry.name)
            # Else: what was on its way when the connection was closed.
        return reason or Reason(_("Something went wrong in Divan itself. The log says what."))

    async def _use(self, connection: "Connection") -> Reason:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self.definitions = await connection.begin()
        except TimeoutError:
            return Reason(_("It did not answer within %(seconds)s s."), {"seconds": int(CONNECT_SECONDS)})
        except ToolServerError as failure:
            return failure.reason
        self._be_ready(connection)
        try:
            return await connection.follow(self._take)
        except ToolServerError as failure:
            return failure.reason

    def _take(self, definitions: Sequence[Definition]) -> None:
        self.definitions = definitions

    def _be_ready(self, connection: "Connection") -> None:
        self._connection, self._held, self._mending, self.reason = connection, True, False, None
        logger.info("tool server %s has %d tools", self.entry.name, len(self.definitions))
        self._tell()

    def _lose(self) -> None:
        self._connection, self._mending = None, True
        self._begin_anew()

    def _give_up(self) -> None:
        self._connection, self._mending = None, False
        self._tell()

    def _begin_anew(self) -> None:
        if self._outcome.done():
            self._outcome = asyncio.get_running_loop().create_future()

    def _tell(self) -> None:
        if not self._outcome.done():
            self._outcome.set_result(None)
