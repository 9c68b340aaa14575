"""A proxy that gives each new connection to the next of its servers, as nginx does by default."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

BLOCK = 64 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def running_round_robin(ports: Sequence[int]) -> Iterator[int]:
    """Yields the proxy's port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_serve(ports), loop).result(10)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(ports: Sequence[int]) -> asyncio.Server:
    turn = itertools.count()

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            far = await _next_that_answers(ports, next(turn))
            if far is not None:
                both = (_pump(reader, far[1]), _pump(far[0], writer))
                await asyncio.gather(*both, return_exceptions=True)
        writer.close()

    return await asyncio.start_server(passed_on, "127.0.0.1", 0)


async def _next_that_answers(ports: Sequence[int], turn: int) -> Streams | None:
    for step in range(len(ports)):
        with suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", ports[(turn + step) % len(ports)])
    return None


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(BLOCK):
            target.write(block)
            await target.drain()
    target.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
