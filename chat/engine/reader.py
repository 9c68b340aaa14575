import asyncio
from collections import deque

from chat.engine.frames import Frame

SOFT_LIMIT = 4_000_000
HARD_LIMIT = 64_000_000


class Reader:
    """What one socket, or one SSE client, has still to be sent. Putting never waits.

    Past the soft limit (characters) deltas are dropped: the reader sees a gap in `seq` and opens again.
    Past the hard limit it is given up: `overflowed` says that its connection should be closed.
    """

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self.overflowed = False

    def put(self, frame: Frame) -> None:
        if self._size > SOFT_LIMIT:
            if frame.is_delta:
                return
            if self._size > HARD_LIMIT:
                self.overflowed = True
                self._wake.set()
                return
        self._frames.append(frame)
        self._size += len(frame.body)
        self._wake.set()

    async def take(self) -> list[Frame]:
        """All that is waiting, in order; waits for the first. Empty only where `overflowed`."""
        await self._wake.wait()
        self._wake.clear()
        frames = list(self._frames)
        self._frames.clear()
        self._size = 0
        return frames
