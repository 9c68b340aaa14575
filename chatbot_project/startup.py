"""What is done once when a server starts, and what it then says."""

import asyncio
from collections.abc import Callable

from django.conf import settings

from conversations.journal import recover_all
from conversations.store import FileStore
from providers import registry
from providers.setup import ensure_servers

SECONDS_FOR_SERVERS = 2.0


def prepare() -> None:
    """Answers that a killed server left become `interrupted`; the environment's servers get their rows."""
    ensure_servers()
    recover_all(FileStore(settings.DATA_DIR))


async def announce(host: str, port: int, say: Callable[[str], object]) -> None:
    """One line: the address, and the model servers with what they have."""
    name = f"[{host}]" if ":" in host else host
    say(f"Divan is at http://{name}:{port} · {await servers_found()}")


async def servers_found() -> str:
    try:
        async with asyncio.timeout(SECONDS_FOR_SERVERS):
            await registry.list_models(refresh=True)
    except TimeoutError:
        pass
    health = await registry.health()
    return ", ".join(
        f"{name}: {state.models_count} models" if state.available else f"{name}: not reached"
        for name, state in health.items()
    )
