"""The life of an answer: what state it is in, and which may follow.

    queued ⇄ streaming ⇄ waiting
       ╰────────┼──────────╯
    complete (from streaming alone), stopped, failed, interrupted

`queued`: answers before it have to end, or a place at its server has to become free; it has a position.
`streaming`: it is asked, or about to be, or a tool runs. `waiting`: for a person to allow a call. The other
four are for ever: the status of its record.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, cast

from conversations.records import AnswerHeader, LiveStatus, Status, Timing

State = LiveStatus | Status
CutShort = Literal["stopped", "interrupted"]

FOLLOWING: Mapping[State, Sequence[State]] = {
    "queued": ("queued", "streaming", "stopped", "failed", "interrupted"),
    "streaming": ("queued", "streaming", "waiting", "complete", "stopped", "failed", "interrupted"),
    "waiting": ("streaming", "waiting", "stopped", "failed", "interrupted"),
    "complete": (),
    "stopped": (),
    "failed": (),
    "interrupted": (),
}


class WrongTransitionError(RuntimeError):
    """A fault of Divan's own: an answer was to become what it cannot become."""


class Life:
    """The states of one answer, from when it was asked for. `cut_short`: what it is to end as, once somebody
    has said that it is to end. `ended` is set when its record is on disk and shown, or could not be written.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked = clock()
        self._first: float | None = None
        self._before: tuple[Life, ...] = ()
        self.state: State = "streaming"
        self.position: int | None = None
        self.cut_short: CutShort | None = None
        self.ended = asyncio.Event()

    @classmethod
    def of_another_process(cls, ended: asyncio.Event) -> "Life":
        """The life of an answer that another process gives: all that is known here is when it has ended."""
        life = cls()
        life.ended = ended
        return life

    def queue(self, position: int) -> None:
        """It waits for a place; `position` of the queue: 1 is next."""
        self._become("queued", position)

    def stream(self) -> None:
        """Its request goes out. Until it has a word its time counts from here."""
        self._become("streaming")
        if self._first is None:
            self._asked = self._clock()

    def wait(self) -> None:
        self._become("waiting")

    def mark_header(self, header: AnswerHeader) -> AnswerHeader:
        """Returns `header` as `start` carries it while the answer lives: with its status, and its place in
        the queue."""
        marked: AnswerHeader = {**header, "status": cast(LiveStatus, self.state)}
        if self.position is not None:
            marked["position"] = self.position
        return marked

    def end(self, status: Status) -> None:
        self._become(status)

    def stop(self, status: CutShort) -> None:
        """Says that it is to end, and as what; whoever says so first is heeded."""
        self.cut_short = self.cut_short or status

    def note_first_word(self) -> None:
        """The time to the first token ends here; later calls change nothing."""
        if self._first is None:
            self._first = self._clock()

    @property
    def has_words(self) -> bool:
        return self._first is not None

    def timing(self) -> Timing:
        first = None if self._first is None else in_milliseconds(self._first - self._asked)
        return {"first_token_ms": first, "total_ms": in_milliseconds(self._clock() - self._asked)}

    def follow(self, before: Iterable["Life"]) -> None:
        """From now on `wait_in_line` waits until these have ended, however they end."""
        self._before = tuple(before)

    def answers_ahead(self) -> list["Life"]:
        """What has to end before it is asked, the next first: what it follows, and what that follows."""
        found: list[Life] = []
        to_see = list(self._before)
        while to_see:
            life = to_see.pop()
            if life not in found and not life.ended.is_set():
                found.append(life)
                to_see.extend(life._before)
        return found[::-1]

    async def wait_in_line(self, on_position: Callable[[int], None]) -> None:
        """Returns when nothing is ahead any more; tells how many are left each time that one has
        ended."""
        for earlier in self.answers_ahead():
            await earlier.ended.wait()
            if left := len(self.answers_ahead()):
                on_position(left)
        self._before = ()

    def _become(self, state: State, position: int | None = None) -> None:
        if state not in FOLLOWING[self.state]:
            raise WrongTransitionError(f"an answer that is {self.state} cannot become {state}")
        self.state, self.position = state, position


def in_milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
