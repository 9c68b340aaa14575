"""What tools that are on and not used cost an answer before its first word: while others ask too, and after a
pause in which what was looked up of them has become too old."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bench.processes import cpu_seconds_of_threads
from bench.socket import Socket, connect
from bench.targets import Target

MODEL = "bench-0-5"
PAUSE = 3.5
"""Seconds; longer than anything that is looked up for a begin is known."""
PATIENCE = 60


@dataclass(frozen=True)
class Result:
    """Medians over `answers` conversations of one lane that begin, by turns with tools off and on: from the
    command to the first word, and the server's CPU by then."""

    begin: str
    answers: int
    off_ms: float
    on_ms: float
    off_cpu_ms: float
    on_cpu_ms: float


class Asker:
    """A page that asks in new conversations, one after the other."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket: Socket | None = None
        self._first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        self._socket = await connect(self._target.url, self._take, self._fail)
        if self._target.greeting is not None:
            self._socket.send(self._target.greeting)

    async def ask(self, *, tools: bool) -> tuple[float, float]:
        """Milliseconds until the first word, and of CPU; returns when the answer is kept."""
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        self._first, self._end = loop.create_future(), loop.create_future()
        pid = self._target.process.pid
        command = {
            "type": "send",
            "ref": "1",
            "conversation": None,
            "text": "go",
            "lanes": [{"model": f"openai/{MODEL}"}],
            "tools": tools,
        }
        before = cpu_seconds_of_threads(pid)
        began = time.monotonic_ns()
        self._socket.send(orjson.dumps(command))
        wall = (await asyncio.wait_for(self._first, PATIENCE) - began) / 1e6
        cpu = (cpu_seconds_of_threads(pid) - before) * 1e3
        await asyncio.wait_for(self._end, PATIENCE)
        return wall, cpu

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _take(self, payload: bytes) -> None:
        event = orjson.loads(payload)
        if self._target.words(event) if isinstance(event, list) else event["type"] == "delta":
            if not self._first.done():
                self._first.set_result(time.monotonic_ns())
        elif isinstance(event, dict) and self._target.is_end(event):
            self._end.set_result(None)

    def _fail(self, reason: str) -> None:
        for waited in (self._first, self._end):
            if not waited.done():
                waited.set_exception(RuntimeError(reason))


async def measure(target: Target, *, quick: bool) -> list[Result]:
    asker = Asker(target)
    await asker.open()
    for tools in (False, True) * 5:
        await asker.ask(tools=tools)
    plans: Sequence[tuple[str, int, float]] = [
        ("one after the other", 30 if quick else 100, 0.0),
        ("after a pause", 5 if quick else 15, PAUSE),
    ]
    results = [await compare(asker, *plan) for plan in plans]
    asker.close()
    return results


async def compare(asker: Asker, name: str, answers: int, pause: float) -> Result:
    taken: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for _ in range(answers):
        for tools in (False, True):
            await asyncio.sleep(pause)
            taken[tools].append(await asker.ask(tools=tools))
    (off_ms, off_cpu), (on_ms, on_cpu) = (
        [round(statistics.median(figures), 2) for figures in zip(*taken[tools], strict=True)]
        for tools in (False, True)
    )
    return Result(name, answers, off_ms, on_ms, off_cpu, on_cpu)
