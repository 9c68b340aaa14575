"""Finds calls that hold up the event loop."""

import asyncio
import sys
import threading
import time
import traceback
from types import FrameType, TracebackType
from typing import Self

LOOKS = 4


class BlockingDetector:
    """Fails on leaving where the loop was held up for longer than `limit` seconds, and shows where it was.

    A thread watches a number that the loop counts up. The loop is held up by work when its thread used that
    much of a processor between two counts, and by a call when it stands at one place at each of some looks.
    That the machine was busy with something else is neither.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._beat = 0
        self._worked = 0.0
        self._stop = threading.Event()
        self._loop_thread = threading.get_ident()
        self._processor = time.pthread_getcpuclockid(self._loop_thread)
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._listing_stamp: asyncio.Task[None] | None = None
        self.found: list[str] = []

    async def __aenter__(self) -> Self:
        self._listing_stamp = asyncio.create_task(self._count())
        await asyncio.sleep(0)
        self._watch.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._listing_stamp is not None:
            self._listing_stamp.cancel()
        await asyncio.to_thread(self._watch.join)
        if error is None:
            assert self.found == [], "\n\n".join(self.found)

    async def _count(self) -> None:
        while True:
            self._worked = time.thread_time()
            self._beat += 1
            await asyncio.sleep(self._limit / 20)

    def _look(self) -> None:
        looks = told = seen = 0
        last: FrameType | None = None
        at = -1
        while not self._stop.wait(self._limit / LOOKS):
            beat = self._beat
            frame = sys._current_frames()[self._loop_thread]
            stands = (beat, frame.f_lasti) == (seen, at) and frame is last
            looks = looks + 1 if stands and not is_idle(frame) else 0
            seen, at, last = beat, frame.f_lasti, frame
            works = time.clock_gettime(self._processor) - self._worked > self._limit
            if (works or looks >= LOOKS) and told != beat:
                told = beat
                stack = "".join(traceback.format_stack(frame)[-6:])
                self.found.append(f"The event loop was held up in:\n{stack}")


def is_idle(frame: FrameType) -> bool:
    """Whether the loop waits for something to do."""
    return frame.f_code.co_name == "select" and frame.f_code.co_filename.endswith("selectors.py")
