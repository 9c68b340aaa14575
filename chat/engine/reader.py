import asyncio
from collections import deque
from collections.abc import Mapping

from chat.engine.frames import Frame

SOFT_LIMIT = 4_000_000
HARD_LIMIT = 16_000_000
AT_ONCE = 256 * 1024
"""Characters that are taken together: what has been taken is no longer counted."""


class Reader:
    """What one socket, or one SSE client, has still to be sent. Putting never waits.

    Past the soft limit (characters) deltas are dropped: the reader sees a gap in `seq` and opens again; who
    asks for more waits until there is room. Past the hard limit it is given up, and its connection closed.
    """

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._size = 0
        self._begins: dict[str, int] = {}
        """Of answers that it has read elsewhere, until it has been put more, the next delta."""
        self._wake = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._overflow = asyncio.Event()

    @property
    def overflowed(self) -> bool:
        return self._overflow.is_set()

    @property
    def waiting(self) -> int:
        """How many characters wait to be taken."""
        return self._size

    def begin_at(self, seqs: Mapping[str, int]) -> None:
        """Deltas of these answers with lower numbers have been read already, and are passed over, however
        late they come; all others are put from now on."""
        self._begins = dict(seqs)

    def put(self, frame: Frame) -> None:
        if self._begins and self._has_read(frame):
            return
        if self._size > SOFT_LIMIT:
            if frame.is_delta:
                return
            if self._size > HARD_LIMIT:
                self._overflow.set()
                self._has_room.set()
                self._wake.set()
                return
        self._frames.append(frame)
        self._size += len(frame.body)
        if self._size > SOFT_LIMIT:
            self._has_room.clear()
        self._wake.set()

    def _has_read(self, frame: Frame) -> bool:
        if frame.seq is None or frame.message is None:
            return False
        if frame.seq < self._begins.get(frame.message, 0):
            return True
        self._begins.pop(frame.message, None)
        return False

    async def take_frames(self) -> list[Frame]:
        """What is waiting, in order, up to `AT_ONCE` but one frame at least; waits for the first. Empty only
        where `overflowed`."""
        await self._wake.wait()
        frames: list[Frame] = []
        size = 0
        while self._frames and (not frames or size + len(self._frames[0].body) <= AT_ONCE):
            frames.append(self._frames.popleft())
            size += len(frames[-1].body)
        self._size -= size
        if not self._frames and not self.overflowed:
            self._wake.clear()
        if self._size <= SOFT_LIMIT:
            self._has_room.set()
        return frames

    async def wait_for_room(self) -> None:
        """Returns when no more is waiting than the soft limit, or the reader is given up."""
        await self._has_room.wait()

    async def wait_for_overflow(self) -> None:
        await self._overflow.wait()
