"""What a hundred open pages cost the server: no thread of its own for each."""

from contextlib import AsyncExitStack

import psutil

from tests.services.server import Divan
from tests.services.wire import wire

PAGES = 40


async def test_pages_that_ask_share_the_threads_of_the_server(standing: Divan) -> None:
    async with AsyncExitStack() as open_pages:
        pages = [await open_pages.enter_async_context(wire(standing.socket_url)) for _ in range(PAGES)]
        for page in pages:
            lanes = [{"model": "echo/echo"}]
            assert (await page.ask("send", conversation=None, text="Hi", lanes=lanes))["answers"]
        assert psutil.Process(standing.pid).num_threads() < PAGES
