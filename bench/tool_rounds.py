"""Ten rounds of tools in one answer against ten plain answers that say as much."""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from bench.processes import cpu_seconds
from bench.socket import Socket, connect
from bench.targets import Target

ROUNDS = 10
TOKENS = 400
"""Of each round, and of each plain answer."""
AT_A_TIME = 5
PATIENCE = 120


@dataclass(frozen=True)
class Result:
    """CPU of the server for one conversation, medians over all `turns`. `ratio`: with tools to without."""

    rounds: int
    tokens: int
    turns: int
    plain_ms: float
    tools_ms: float
    ratio: float


class Talk:
    """A new conversation in which `commands` are sent, each once the answer to the one before is whole."""

    def __init__(self, target: Target, commands: Sequence[dict[str, object]]) -> None:
        self._target = target
        self._commands: Iterator[dict[str, object]] = iter(commands)
        self._conversation: str | None = None
        self._socket: Socket | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Raises RuntimeError where an answer failed, TimeoutError."""
        socket = self._socket = await connect(self._target.url, self._take, self._fail)
        if self._target.greeting is not None:
            socket.send(self._target.greeting)
        self._go_on()
        await asyncio.wait_for(self._ended, PATIENCE)
        socket.close()

    def _go_on(self) -> None:
        command = next(self._commands, None)
        if command is None:
            self._ended.set_result(None)
        elif self._socket is not None:
            self._socket.send(orjson.dumps({**command, "conversation": self._conversation}))

    def _take(self, payload: bytes) -> None:
        event = orjson.loads(payload)
        if isinstance(event, list):
            return
        if event["type"] == "error":
            self._fail(event["message"])
        elif event["type"] == "record":
            self._conversation = event["conversation"]
            if event["record"].get("status") == "failed":
                self._fail(event["record"]["error"]["message"])
            elif self._target.is_end(event):
                self._go_on()

    def _fail(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_exception(RuntimeError(reason))


def plain() -> list[dict[str, object]]:
    """Ten questions, each answered at once."""
    return [asking(f"bench-0-{TOKENS}", "go")] * ROUNDS


def with_tools() -> list[dict[str, object]]:
    """One question, before whose last words a calculation is asked for nine times."""
    return [{**asking(f"bench-0-{TOKENS}-{ROUNDS}", "go"), "tools": ["calculate"]}]


def asking(model: str, text: str) -> dict[str, object]:
    return {"type": "send", "ref": "1", "text": text, "lanes": [{"model": f"openai/{model}"}]}


async def measure(target: Target, turns: int) -> Result:
    """By turns, so that what else the machine does falls on both. Each figure is that of several
    conversations, since Linux counts CPU in hundredths of a second."""
    taken: dict[str, list[float]] = {"plain": [], "tools": []}
    await Talk(target, plain()).run()
    await Talk(target, with_tools()).run()
    for _ in range(turns):
        for name, commands in (("plain", plain()), ("tools", with_tools())):
            before = cpu_seconds(target.process.pid)
            for _ in range(AT_A_TIME):
                await Talk(target, commands).run()
            taken[name].append((cpu_seconds(target.process.pid) - before) / AT_A_TIME * 1000)
    plain_ms, tools_ms = statistics.median(taken["plain"]), statistics.median(taken["tools"])
    return Result(
        rounds=ROUNDS,
        tokens=TOKENS,
        turns=turns,
        plain_ms=round(plain_ms, 1),
        tools_ms=round(tools_ms, 1),
        ratio=round(tools_ms / plain_ms, 2),
    )
