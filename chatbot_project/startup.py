"""What is done once when a server starts, and what it then says."""

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from chat.engine import current_engine
from chat.people.reconciliation import bring_together
from chat.testsets.keeper import keeper
from conversations.index.indexing import follow_auth_mode
from conversations.store.choice import current_store
from core import heap
from providers import limits, registry
from providers.catalogue.health import Health
from providers.configuration import learned, rows
from providers.configuration.setup import follow_environment
from providers.costs import reservations

logger = logging.getLogger(__name__)

SECONDS_FOR_SERVERS = 2.0
NEW_OBJECTS = 10_000
"""So many more than were given back before Python's collector looks for cycles among them, in place of 700:
most of what an answer makes lives as long as it does, and is no rubbish while it streams."""


def prepare_server() -> None:
    """Answers that a killed server left become `interrupted`; the environment's servers get their rows."""
    close_to_others(database_and_logs())
    follow_environment()
    learned.forget_old()
    rows.get_rows()
    for problem in bring_together().problems:
        logger.error("%s", problem)
    current_store().journals.recover_all()
    follow_auth_mode()
    if not settings.REDIS_URL:
        reservations.forget_all()


def database_and_logs() -> Iterator[Path]:
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        path = Path(database["NAME"])
        yield from path.parent.glob(f"{path.name}*")
    yield from (settings.DATA_DIR / "logs").glob("*")


def close_to_others(files: Iterator[Path]) -> None:
    """What was made before new files were their owner's alone."""
    for path in files:
        # SQLite's files beside the database come and go.
        with suppress(FileNotFoundError):
            found = path.stat()
            if found.st_uid == os.geteuid() and found.st_mode & 0o077:
                path.chmod(found.st_mode & 0o700)


def announce_start(host: str, port: int, say: Callable[[str], object]) -> None:
    """Called on the event loop once the server listens."""
    limits.count_here()
    here = current_engine()
    here.spawn(announce_address(host, port, say))
    here.file_watch.start()
    here.purging.start()
    here.mirroring.start()
    keeper.start()


async def announce_address(host: str, port: int, say: Callable[[str], object]) -> None:
    """One line: the address, and the model servers with what they have."""
    name = f"[{host}]" if ":" in host else host
    say(f"Divan is at http://{name}:{port} · {await servers_found()}")
    freeze_loaded_objects()


def freeze_loaded_objects() -> None:
    """Python's collector would go through all modules, models and SDKs again and again, and every stream
    would stand still meanwhile: a tenth of a second and more. They stay for as long as the process does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    # What importing and reading all of it took.
    heap.return_free_memory()


async def servers_found() -> str:
    try:
        async with asyncio.timeout(SECONDS_FOR_SERVERS):
            await registry.list_models(refresh=True)
    except TimeoutError:
        pass
    health = await registry.health()
    return ", ".join(f"{name}: {summarise_state(state)}" for name, state in health.items())


def summarise_state(state: Health) -> str:
    if state.error:
        return state.error.partition(".")[0]
    if state.models_count is None:
        return "answers" if state.available else "no answer yet"
    return "1 model" if state.models_count == 1 else f"{state.models_count} models"
