"""Downloads of Ollama models. One runs to its end whoever looks on: closing the page does not stop it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from providers.errors import ProviderError, map_faults
from providers.ollama.administration import PullProgress, full_name, pull_model
from providers.types import ServerConfig


@dataclass(eq=False, slots=True)
class Pull:
    server: str
    model: str
    progress: PullProgress = PullProgress("starting")
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def report(self, progress: PullProgress) -> None:
        self.progress = progress
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()


_pulls: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Pull]] = WeakKeyDictionary()


def list_running_pulls() -> dict[tuple[str, str], Pull]:
    return _pulls.setdefault(asyncio.get_running_loop(), {})


def find_pull(server: str, model: str) -> Pull | None:
    return list_running_pulls().get((server, full_name(model)))


def start_pull(server: ServerConfig, model: str, when_done: Callable[[], object]) -> Pull:
    """The download of that model, begun now unless it runs already. `when_done` is called once it is
    complete."""
    known = find_pull(server.name, model)
    if known is None:
        known = Pull(server.name, full_name(model))
        list_running_pulls()[known.server, known.model] = known
        known.task = asyncio.create_task(_run(known, server, when_done), name=f"pull {known.model}")
    return known


def stop_pull(server: str, model: str) -> bool:
    known = find_pull(server, model)
    if known is None or known.task is None:
        return False
    known.task.cancel()
    return True


async def follow_pull(download: Pull) -> AsyncGenerator[PullProgress]:
    """Its progress from now on, as often as the reader can take it; the last is `done` or has an error."""
    while True:
        changed, progress = download.changed, download.progress
        yield progress
        if progress.done or progress.error:
            return
        await changed.wait()


async def _run(download: Pull, server: ServerConfig, when_done: Callable[[], object]) -> None:
    try:
        with map_faults(download.server, download.model):
            async with aclosing(pull_model(server, download.model)) as steps:
                async for progress in steps:
                    if not progress.done:
                        download.report(progress)
            when_done()
        download.report(PullProgress("success", done=True))
    except ProviderError as error:
        download.report(PullProgress("failed", error=error))
    except asyncio.CancelledError:
        download.report(PullProgress("stopped", done=True))
        raise
    finally:
        list_running_pulls().pop((download.server, download.model), None)
