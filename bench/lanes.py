"""Several lanes against one: how much longer the slowest answer of a turn takes than a lane alone."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from bench import stamps
from bench.socket import connect
from bench.targets import Target

LANES = (1, 3, 6)
PATIENCE = 120


@dataclass(frozen=True)
class Result:
    """From the command to the record of the slowest lane, each at `rate` tokens a second, over all rounds.
    `longer_percent`: than a lane alone, medians compared."""

    lanes: int
    rate: int
    tokens: int
    rounds: int
    slowest_p50_s: float
    slowest_max_s: float
    longer_percent: float


class Turn:
    """One question to `lanes` lanes of a new conversation."""

    def __init__(self, target: Target, model: str, lanes: int) -> None:
        self.target = target
        self.command = orjson.dumps(
            {
                "type": "send",
                "ref": "1",
                "conversation": None,
                "text": "go",
                "lanes": [{"model": f"openai/{model}"}] * lanes,
            }
        )
        self.left = lanes
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def seconds(self) -> float:
        """Raises RuntimeError where an answer failed, TimeoutError."""
        socket = await connect(self.target.url, self.take, self.fail)
        began = stamps.now()
        socket.send(self.command)
        ended = await asyncio.wait_for(self.ended, PATIENCE)
        socket.close()
        return (ended - began) / 1e6

    def take(self, payload: bytes) -> None:
        event = orjson.loads(payload)
        if self.target.is_end(event):
            self.left -= 1
            if not self.left:
                self.ended.set_result(stamps.now())
        elif event["type"] == "error":
            self.fail(event["message"])
        elif event["type"] == "record" and event["record"].get("status") == "failed":
            self.fail(event["record"]["error"]["message"])

    def fail(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(reason))


async def measure(target: Target, rate: int, tokens: int, rounds: int) -> list[Result]:
    """The counts take turns, so that what else the machine does falls on all of them."""
    taken: dict[int, list[float]] = {count: [] for count in LANES}
    model = f"bench-{rate}-{tokens}"
    for _ in range(rounds):
        for count in LANES:
            taken[count].append(await Turn(target, model, count).seconds())
    return summary(rate, tokens, taken)


def summary(rate: int, tokens: int, taken: Mapping[int, Sequence[float]]) -> list[Result]:
    alone = statistics.median(taken[1])
    return [
        Result(
            lanes=count,
            rate=rate,
            tokens=tokens,
            rounds=len(times),
            slowest_p50_s=round(statistics.median(times), 3),
            slowest_max_s=round(max(times), 3),
            longer_percent=round((statistics.median(times) / alone - 1) * 100, 2),
        )
        for count, times in taken.items()
    ]
