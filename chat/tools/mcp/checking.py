"""Connects to tool servers on purpose, now, each on a connection of its own: for the admin."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import Entry
from chat.tools.mcp.reasons import Reason
from chat.tools.mcp.server import ConnectedServer

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many tools a server has, or why it cannot be used."""

    name: str
    tools: int = 0
    reason: Reason | None = None


def check_entries(entries: Sequence[Entry]) -> list[CheckResult]:
    """All at once, each within PATIENCE seconds. For synchronous callers, whether or not an event loop runs
    in their thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _check_all(entries)).result()


async def _check_all(entries: Sequence[Entry]) -> list[CheckResult]:
    return await asyncio.gather(*map(check_entry, entries))


async def check_entry(entry: Entry) -> CheckResult:
    server = ConnectedServer(entry)
    server.want()
    try:
        async with asyncio.timeout(PATIENCE):
            await server.known()
        if server.status == "ready":
            return CheckResult(entry.name, len(server.definitions))
        return CheckResult(entry.name, reason=server.reason)
    except TimeoutError:
        seconds = {"seconds": int(PATIENCE)}
        return CheckResult(entry.name, reason=Reason(_("It did not answer within %(seconds)s s."), seconds))
    finally:
        await server.aclose()
