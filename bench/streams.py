"""Many streams at once: added delay of each token, first token, tokens a second, CPU of the server."""

import asyncio
import gc
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Protocol, TypeVar

import orjson

from bench import processes, stamps
from bench.socket import Socket, connect
from bench.targets import Target

RAMP_SECONDS = 1.0
"""The streams begin evenly within it, where they do not begin at once."""
SETTLING_SECONDS = 3.0
"""After the last stream: what is put off until then (titles, an index) costs CPU too."""
PATIENCE = 120
LAG_EVERY = 5_000
"""Microseconds."""


@dataclass
class Stream:
    """What one reader saw. Delays are microseconds."""

    target: Target
    model: str
    delays: list[int] = field(default_factory=list)
    first: int | None = None
    failure: str | None = None
    socket: Socket | None = None

    async def connect(self) -> None:
        self.ended = asyncio.Event()
        try:
            self.socket = await connect(self.target.url, self.take, self.fail)
            if self.target.greeting is not None:
                self.socket.send(self.target.greeting)
        except (OSError, TimeoutError) as error:
            self.fail(f"no connection: {error}")

    async def run(self, start_after: float) -> None:
        if self.failure:
            return
        await asyncio.sleep(start_after)
        self.asked = stamps.now()
        await self.ask()
        try:
            await asyncio.wait_for(self.ended.wait(), PATIENCE)
        except TimeoutError:
            self.fail(f"no end within {PATIENCE} s")
        expected = int(self.model.rsplit("-", 1)[1])
        if self.failure is None and len(self.delays) != expected:
            self.failure = f"{len(self.delays)} of {expected} tokens came"

    async def ask(self) -> None:
        assert self.socket is not None
        self.socket.send(self.target.request(self.model))

    def fail(self, reason: str) -> None:
        if not self.ended.is_set():
            self.failure = reason
            self.ended.set()

    def take(self, payload: bytes) -> None:
        now = stamps.now()
        event = orjson.loads(payload)
        if (texts := self.target.words(event)) is not None:
            for word in "".join(texts).split():
                arrived, sent = stamps.read(word)
                self.delays.append(now - sent)
                if arrived is not None:
                    # What Divan added on the way there and back; the upstream's own wait is taken out.
                    self.first = (now - self.asked) - (sent - arrived)
        elif event["type"] == "error":
            self.fail(event["message"])
        elif self.target.is_end(event):
            self.ended.set()


@dataclass(frozen=True)
class Shape:
    """`rate`: tokens a second of each stream, 0: as fast as they are taken."""

    streams: int
    rate: int
    tokens: int
    at_once: bool = False

    @property
    def name(self) -> str:
        speed = f"{self.rate}/s" if self.rate else "full speed"
        return f"{self.streams} begun at once" if self.at_once else f"{self.streams} at {speed}"


@dataclass(frozen=True)
class Result:
    """Times in milliseconds, CPU in seconds of the server's process for 1,000 tokens, memory in megabytes.
    `driver_lag_p99_ms` is how late the load client itself woke up: what that adds is not the server's."""

    target: str
    shape: str
    tokens: int
    seconds: float
    tokens_per_second: float
    added_p50_ms: float
    added_p99_ms: float
    first_token_p50_ms: float
    first_token_p95_ms: float
    driver_lag_p99_ms: float
    cpu_per_1000: float
    peak_mb: float
    wire_bytes: float
    failures: int
    why: str


@dataclass(frozen=True)
class Ratio:
    """Divan's figures by those of the bare consumer in the same run."""

    shape: str
    cpu: float
    tokens_per_second: float
    added_p50: float
    added_p99: float
    first_token_p50: float
    peak: float


class Counted(Protocol):
    """A row of a table of streams."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def failures(self) -> int: ...

    @property
    def why(self) -> str: ...


Row = TypeVar("Row", bound=Counted)


def percentile(values: list[int], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1000 if ordered else float("nan")


async def measure(target: Target, shape: Shape) -> Result:
    streams = [Stream(target, f"bench-{shape.rate}-{shape.tokens}") for _ in range(shape.streams)]
    server = target.process.pid
    await asyncio.gather(*(stream.connect() for stream in streams))
    processes.forget_peak(server)
    cpu_before = processes.cpu_seconds(server)
    seconds, lag = await run_all(streams, shape)
    await asyncio.sleep(SETTLING_SECONDS)
    cpu, peak = processes.cpu_seconds(server) - cpu_before, processes.peak_memory(server)
    for stream in streams:
        if stream.socket:
            stream.socket.close()
    return summary(target.name, shape, streams, seconds, cpu, peak, lag)


async def run_all(streams: Sequence[Stream], shape: Shape) -> tuple[float, list[int]]:
    """The seconds that they took, and how late the load client woke up meanwhile."""
    ramp = 0.0 if shape.at_once or shape.streams == 1 or not shape.rate else RAMP_SECONDS
    gc.collect()
    gc.disable()
    lag: list[int] = []
    watch = asyncio.create_task(watch_lag(lag))
    started = stamps.now()
    await asyncio.gather(
        *(stream.run(ramp * number / shape.streams) for number, stream in enumerate(streams))
    )
    seconds = (stamps.now() - started) / 1e6
    watch.cancel()
    gc.enable()
    return seconds, lag


async def watch_lag(lag: list[int]) -> None:
    while True:
        wanted = stamps.now() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY / 1e6)
        lag.append(stamps.now() - wanted)


def summary(
    name: str, shape: Shape, streams: list[Stream], seconds: float, cpu: float, peak: float, lag: list[int]
) -> Result:
    delays = [delay for stream in streams for delay in stream.delays]
    firsts = [stream.first for stream in streams if stream.first is not None]
    failures = [stream.failure for stream in streams if stream.failure]
    received = sum(stream.socket.received for stream in streams if stream.socket)
    return Result(
        target=name,
        shape=shape.name,
        tokens=len(delays),
        seconds=round(seconds, 3),
        tokens_per_second=round(len(delays) / seconds, 1),
        added_p50_ms=round(percentile(delays, 0.5), 3),
        added_p99_ms=round(percentile(delays, 0.99), 3),
        first_token_p50_ms=round(percentile(firsts, 0.5), 3),
        first_token_p95_ms=round(percentile(firsts, 0.95), 3),
        driver_lag_p99_ms=round(percentile(lag, 0.99), 3),
        cpu_per_1000=round(cpu / max(len(delays), 1) * 1000, 4),
        peak_mb=round(peak, 1),
        wire_bytes=round(received / max(len(delays), 1), 1),
        failures=len(failures),
        why=failures[0] if failures else "",
    )


def median_of(rounds: Sequence[Row]) -> Row:
    """Of each figure by itself; failures are summed up."""
    figures = [asdict(one) for one in rounds]
    medians = {
        name: round(statistics.median(row[name] for row in figures), 4)
        for name, value in figures[0].items()
        if isinstance(value, float)
    }
    why = next((one.why for one in rounds if one.why), "")
    failures = sum(one.failures for one in rounds)
    return replace(rounds[0], **medians, failures=failures, why=why)


def ratios(results: Sequence[Result], own: str, floor: str) -> list[Ratio]:
    of = {(one.shape, one.target): one for one in results}
    return [
        Ratio(
            shape=shape,
            cpu=by(one.cpu_per_1000, other.cpu_per_1000),
            tokens_per_second=by(one.tokens_per_second, other.tokens_per_second),
            added_p50=by(one.added_p50_ms, other.added_p50_ms),
            added_p99=by(one.added_p99_ms, other.added_p99_ms),
            first_token_p50=by(one.first_token_p50_ms, other.first_token_p50_ms),
            peak=by(one.peak_mb, other.peak_mb),
        )
        for (shape, target), one in of.items()
        if target == own and (other := of.get((shape, floor))) is not None
    ]


def by(one: float, other: float) -> float:
    return round(one / other, 3) if other else float("nan")
