"""Asks servers on purpose, now, each on a connection of its own: for the admin's actions and
`check_servers`. Nothing of the running registry waits for it."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from providers import connectors
from providers.errors import ProviderError, map_faults
from providers.types import ModelInfo, ServerConfig

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of asking one server: its models, or why not. `latency_ms` of the whole question."""

    server: ServerConfig
    models: Sequence[ModelInfo] = ()
    latency_ms: float = 0.0
    error: ProviderError | None = None


def check_servers(servers: Iterable[ServerConfig], patience: float = PATIENCE) -> list[Checked]:
    """In the order given; all are asked at once, and each within `patience` seconds. For synchronous
    callers, whether or not an event loop runs in their thread."""
    wanted = list(servers)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _check_all(wanted, patience)).result()


async def _check_all(servers: Sequence[ServerConfig], patience: float) -> list[Checked]:
    return await asyncio.gather(*(check_server(server, patience) for server in servers))


async def check_server(server: ServerConfig, patience: float = PATIENCE) -> Checked:
    began = time.monotonic()
    try:
        connector = connectors.load_connector(server.provider)(server)
    except (ValueError, ImportError) as error:
        return Checked(server, error=ProviderError("internal", str(error), server=server.name))
    try:
        with map_faults(server.name):
            async with asyncio.timeout(patience):
                await connector.validate()
                models = await connector.list_models()
    except ProviderError as error:
        return Checked(server, error=error)
    finally:
        await connector.aclose()
    return Checked(server, models, (time.monotonic() - began) * 1000)
