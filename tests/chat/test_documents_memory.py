"""What documents take of a server's memory, and when: nothing of it until a conversation asks them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chat.test_documents import TEXT, give
from tests.chat.test_rest import session
from tests.services.processes import wait_until
from tests.services.server import Divan
from tests.services.wire import wire

pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells")


def has_loaded(server: Divan) -> bool:
    return "numpy" in Path(f"/proc/{server.pid}/maps").read_text()


async def loaded(server: Divan) -> None:
    await asyncio.to_thread(wait_until, lambda: has_loaded(server), seconds=30, what="the vectors")


@pytest.fixture
async def server(start_server: Callable[..., Divan]) -> Divan:
    """Begun anew after it read a document: reading loads the library too."""
    server = start_server()
    async with session(server) as http:
        await give(http, TEXT)
    await asyncio.to_thread(server.restart)
    return server


async def test_vectors_are_read_when_a_conversation_that_asks_documents_is_opened(server: Divan) -> None:
    async with wire(server.socket_url) as page:
        off = await page.ask("send", conversation=None, text="Hello", lanes=[{"model": "echo/echo"}])
        await page.answer(off["answers"][0])
        await page.ask("open", conversation=off["conversation"])
        assert not has_loaded(server)
        await page.ask("settings", conversation=off["conversation"], rag=True)
        await loaded(server)
    await asyncio.to_thread(server.restart)
    assert not has_loaded(server)
    async with wire(server.socket_url) as page:
        await page.ask("open", conversation=off["conversation"])
        await loaded(server)
