"""The rounds of an answer: ask, make the calls that the model wants, ask again with what they gave.

Pure: whoever asks, and makes the calls, is given.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Call = TypeVar("Call")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class RoundLimits:
    """`rounds`: after so many the model may call nothing any more. `seconds`: that all calls of an answer may
    take together."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RoundResult(Generic[Call, Done]):
    """What one round gave: the calls that the model wants, and `done`, how the stream ended."""

    done: Done
    calls: Sequence[Call] = ()


async def ask_in_rounds(
    ask: Callable[[bool], Awaitable[RoundResult[Call, Done]]],
    make_calls: Callable[[Sequence[Call], float], Awaitable[float]],
    limits: RoundLimits,
    tell_limit: Callable[[], None],
) -> RoundResult[Call, Done]:
    """Returns the result of the last round. `ask` is told whether the model may call. `make_calls` is given
    the seconds that are left, and gives those that the calls took; by then each has its result. At a limit
    the model is asked once more without tools; what it calls then nobody makes. What these raise is raised.
    """
    taken = 0.0
    for _ in range(limits.rounds):
        said = await ask(True)
        if not said.calls:
            return said
        taken += await make_calls(said.calls, limits.seconds - taken)
        if taken >= limits.seconds:
            break
    tell_limit()
    return await ask(False)
