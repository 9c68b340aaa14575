"""Finds calls that hold up the event loop."""

import asyncio
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Self


class BlockingDetector:
    """Fails on leaving where the loop was held up for longer than `limit` seconds, and shows where it was.

    A thread watches a number that the loop counts up; what the loop's thread is doing when it stands
    still is taken from its frames.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._beat = time.monotonic()
        self._stop = threading.Event()
        self._loop_thread = threading.get_ident()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._pulse: asyncio.Task[None] | None = None
        self.found: list[str] = []

    async def __aenter__(self) -> Self:
        self._pulse = asyncio.create_task(self._count())
        await asyncio.sleep(0)
        self._watch.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._pulse is not None:
            self._pulse.cancel()
        await asyncio.to_thread(self._watch.join)
        if error is None:
            assert self.found == [], "\n\n".join(self.found)

    async def _count(self) -> None:
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(self._limit / 20)

    def _look(self) -> None:
        while not self._stop.wait(self._limit / 4):
            still = time.monotonic() - self._beat
            if still > self._limit:
                frame = sys._current_frames()[self._loop_thread]
                stack = "".join(traceback.format_stack(frame)[-6:])
                self.found.append(f"The event loop was held up for {still:.2f} s in:\n{stack}")
                self._beat = time.monotonic()
