"""Whether a connection takes more: what a client does not read waits where it is bounded.

Twisted's transports take any number of bytes and say when they have too many (`pauseProducing`), and when
they have none left (`resumeProducing`). Whoever sends passes the gate first.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]

STALLED = 60.0
"""Seconds in which a client must read something of what waits for it."""


@implementer(IPushProducer)  # type: ignore[misc, unused-ignore]
class Gate:
    """`transport` is the connection's own; `give_up` ends it, where nothing is read for long."""

    def __init__(self, transport: Any, give_up: Callable[[], object]) -> None:
        self.transport = transport
        self._give_up = give_up
        self._open = asyncio.Event()
        self._open.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone: nobody need wait for it, nor end it."""
        self._open.set()
        self._give_up = do_nothing

    async def passed(self) -> None:
        """Returns when the connection takes more, or is no more."""
        while not self._open.is_set():
            before = waiting_bytes(self.transport)
            try:
                async with asyncio.timeout(STALLED):
                    await self._open.wait()
            except TimeoutError:
                if waiting_bytes(self.transport) >= before:
                    self._open.set()
                    self._give_up()


def do_nothing() -> None:
    pass


def waiting_bytes(transport: Any) -> int:
    """Of what was written and the system has not taken."""
    return len(transport.dataBuffer) - int(transport.offset) + int(transport._tempDataLen)


def write_at_once(transport: Any, data: bytes) -> None:
    """To the system itself where nothing waits before it; what it does not take waits in the transport."""
    if transport.connected and not transport.disconnecting and not waiting_bytes(transport):
        written = transport.writeSomeData(data)
        # Anything else is a lost connection, of which the transport tells once it writes.
        if isinstance(written, int) and written > 0:
            data = data[written:]
    if data:
        transport.write(data)


def text_frame(payload: bytes) -> bytes:
    """One whole message of text, not masked, as a server sends it (RFC 6455, section 5.2)."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload
