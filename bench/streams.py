"""Many streams at once: added delay of each token, first token, tokens a second, CPU of the server."""

import asyncio
import gc
import statistics
from dataclasses import dataclass, field

import orjson
import psutil

from bench import stamps
from bench.socket import Socket, connect
from bench.targets import Target

RAMP_SECONDS = 1.0
"""The streams begin evenly within it."""
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
        except (OSError, TimeoutError) as error:
            self.fail(f"no connection: {error}")

    async def run(self, start_after: float) -> None:
        if self.failure:
            return
        await asyncio.sleep(start_after)
        self.asked = stamps.now()
        assert self.socket is not None
        self.socket.send(self.target.request(self.model))
        try:
            await asyncio.wait_for(self.ended.wait(), PATIENCE)
        except TimeoutError:
            self.fail(f"no end within {PATIENCE} s")
        expected = int(self.model.rsplit("-", 1)[1])
        if self.failure is None and len(self.delays) != expected:
            self.failure = f"{len(self.delays)} of {expected} tokens came"

    def fail(self, reason: str) -> None:
        if not self.ended.is_set():
            self.failure = reason
            self.ended.set()

    def take(self, payload: bytes) -> None:
        now = stamps.now()
        event = orjson.loads(payload)
        kind = event["type"]
        if kind == "delta":
            for word in event["text"].split():
                arrived, sent = stamps.read(word)
                self.delays.append(now - sent)
                if arrived is not None:
                    # What Divan added on the way there and back; the upstream's own wait is taken out.
                    self.first = (now - self.asked) - (sent - arrived)
        elif kind == "error":
            self.fail(event["message"])
        elif self.target.is_end(event):
            self.ended.set()


@dataclass(frozen=True)
class Result:
    """Times in milliseconds, CPU in seconds of the server's process for 1,000 tokens. `driver_lag_p99_ms`
    is how late the load client itself woke up: what that adds is not the server's."""

    target: str
    streams: int
    rate: int
    tokens: int
    seconds: float
    tokens_per_second: float
    added_p50_ms: float
    added_p99_ms: float
    added_max_ms: float
    first_token_p50_ms: float
    first_token_p99_ms: float
    driver_lag_p99_ms: float
    cpu_per_1000: float
    cpu_share: float
    failures: int
    why: str


def percentile(values: list[int], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1000 if ordered else float("nan")


async def measure(target: Target, count: int, rate: int, tokens: int) -> Result:
    streams = [Stream(target, f"bench-{rate}-{tokens}") for _ in range(count)]
    server = psutil.Process(target.process.pid)
    ramp = RAMP_SECONDS if count > 1 and rate else 0.0
    await asyncio.gather(*(stream.connect() for stream in streams))
    gc.collect()
    gc.disable()
    lag: list[int] = []
    watch = asyncio.create_task(watch_lag(lag))
    cpu_before, started = cpu_seconds(server), stamps.now()
    await asyncio.gather(*(stream.run(ramp * number / count) for number, stream in enumerate(streams)))
    seconds, cpu = (stamps.now() - started) / 1e6, cpu_seconds(server) - cpu_before
    watch.cancel()
    gc.enable()
    for stream in streams:
        if stream.socket:
            stream.socket.close()
    return summary(target.name, rate, streams, seconds, cpu, lag)


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def watch_lag(lag: list[int]) -> None:
    while True:
        wanted = stamps.now() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY / 1e6)
        lag.append(stamps.now() - wanted)


def summary(
    name: str, rate: int, streams: list[Stream], seconds: float, cpu: float, lag: list[int]
) -> Result:
    delays = [delay for stream in streams for delay in stream.delays]
    firsts = [stream.first for stream in streams if stream.first is not None]
    failures = [stream.failure for stream in streams if stream.failure]
    return Result(
        target=name,
        streams=len(streams),
        rate=rate,
        tokens=len(delays),
        seconds=round(seconds, 3),
        tokens_per_second=round(len(delays) / seconds, 1),
        added_p50_ms=round(percentile(delays, 0.5), 3),
        added_p99_ms=round(percentile(delays, 0.99), 3),
        added_max_ms=round(percentile(delays, 1.0), 3),
        first_token_p50_ms=round(statistics.median(firsts) / 1000, 3) if firsts else float("nan"),
        first_token_p99_ms=round(percentile(firsts, 0.99), 3),
        driver_lag_p99_ms=round(percentile(lag, 0.99), 3),
        cpu_per_1000=round(cpu / max(len(delays), 1) * 1000, 4),
        cpu_share=round(cpu / seconds, 3),
        failures=len(failures),
        why=failures[0] if failures else "",
    )
