"""Tool servers for tests, and what is asked of them."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from chat.tools.mcp.entries import Entry, ServerProgram
from chat.tools.mcp.server import ConnectedServer
from tests.services.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]


def program(*ways: str, name: str = "test", **env: str) -> ServerProgram:
    around = {"PYTHONPATH": str(ROOT), **env}
    return ServerProgram(
        name, sys.executable, ("-m", "tests.services.tool_program", *ways), tuple(around.items())
    )


@asynccontextmanager
async def connected(entry: Entry) -> AsyncGenerator[ConnectedServer]:
    """Whether that works or not; closed with the block."""
    server = ConnectedServer(entry)
    try:
        server.want()
        await server.known()
        yield server
    finally:
        await server.aclose()


async def until(holds: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, holds, seconds=30, what="what a tool server does")


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has waited for yet has ended too.
    return not Path(f"/proc/{pid}/stat").exists() or _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"
