"""Runs whose process died are taken up again, and those that are due begin: looked at now and then, by every
process."""

import asyncio
import logging

from chat.engine import current_engine
from chat.engine.draining import draining
from chat.engine.supervision import keep_running
from chat.protocol.errors import NotFoundError, StorageUnavailableError
from chat.testsets import running, stored_runs
from chat.testsets.schedule import begin_due_runs
from chat.testsets.stored_sets import DamagedSetError

logger = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks."""


class Keeper:
    """Takes up runs whose process died, and begins those that are due, for as long as the server runs."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = keep_running(
            "Looking after runs of test sets",
            self._look_again_and_again,
            expected=(StorageUnavailableError,),
        )

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look_again_and_again(self) -> None:
        while not (current_engine().is_closing or draining.has_begun):
            await take_up_runs()
            await begin_due_runs()
            await asyncio.sleep(LOOK)
        # Ended, it would be begun again.
        await asyncio.Event().wait()


keeper = Keeper()
"""Of this process."""


async def take_up_runs() -> None:
    for testset, run in await asyncio.to_thread(stored_runs.find_left):
        try:
            found = await running.take_up_run(testset, run)
        except (NotFoundError, DamagedSetError) as error:
            logger.warning("The run %s does not go on: %s", run, error)
            await asyncio.to_thread(stored_runs.give_up, testset, run)
            continue
        if found is not None:
            running.spawn_run(found)
