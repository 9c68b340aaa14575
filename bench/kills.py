"""`python -m bench.kills [--rounds N] [--lanes N]`: kills a server that streams (`kill -9`), starts it again,
and compares what it had shown with what is on its disk.

Ends with status 1 where anything is lost that was shown 200 ms before a kill, or an answer is missing,
doubled or not `interrupted`.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bench import stamps
from bench.socket import connect
from bench.targets import divan_on
from tests.services.server import Divan

KEPT_AFTER_MS = 200.0
"""How long ago something must have been shown to be on disk whatever happens."""
TEXT = "/echo length=100000 speed=200"
PATIENCE = 60
LONGEST = 1.5
"""Seconds for which it streams, at most, before it is killed."""


@dataclass
class Shown:
    """What a client was shown of one answer: when (µs), and the text."""

    deltas: list[tuple[int, str]] = field(default_factory=list)

    def text(self, until: float = float("inf")) -> str:
        return "".join(text for at, text in self.deltas if at <= until)

    def first_beyond(self, length: int) -> int | None:
        """When the first was shown that a text of `length` characters does not have whole."""
        end = 0
        for at, text in self.deltas:
            end += len(text)
            if end > length:
                return at
        return None


@dataclass(frozen=True)
class Loss:
    """Of one answer: what was shown last and is gone. `problem`: what should never be, else empty."""

    ms: float = 0.0
    characters: int = 0
    problem: str = ""


class Reader:
    """A page that sends one message to several lanes and reads along."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = defaultdict(Shown)
        self.ack: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        self._spoke = asyncio.Event()

    def take(self, payload: bytes) -> None:
        at, event = stamps.now(), orjson.loads(payload)
        if event["type"] == "delta":
            self.shown[event["message"]].deltas.append((at, event["text"]))
            self._spoke.set()
        elif event["type"] == "ack" and not self.ack.done():
            self.ack.set_result(event)

    def lose(self, _reason: str) -> None:
        self.gone.set()

    async def all_speak(self, answers: Sequence[str]) -> None:
        while not all(self.shown[answer].deltas for answer in answers):
            self._spoke.clear()
            await self._spoke.wait()


async def stream_and_kill(divan: Divan, lanes: int, seconds: float) -> tuple[str, int, dict[str, Shown]]:
    """The conversation, when its server was killed, and what was shown of each answer."""
    reader = Reader()
    socket = await connect(divan.socket_url, reader.take, reader.lose)
    lane = {"model": "echo/echo"}
    asked = {"type": "send", "ref": "1", "conversation": None, "text": TEXT, "lanes": [lane] * lanes}
    socket.send(orjson.dumps(asked))
    async with asyncio.timeout(PATIENCE):
        ack = await reader.ack
        await reader.all_speak(ack["answers"])
        await asyncio.sleep(seconds)
        killed = stamps.now()
        divan.kill()
        await reader.gone.wait()
    return ack["conversation"], killed, {answer: reader.shown[answer] for answer in ack["answers"]}


def loss_of(answer: str, shown: Shown, killed: int, records: Sequence[dict[str, Any]]) -> Loss:
    found = [record for record in records if record.get("id") == answer]
    if len(found) != 1:
        return Loss(problem=f"{len(found)} records of {answer}")
    if found[0]["status"] != "interrupted":
        return Loss(problem=f"{answer} is {found[0]['status']}")
    kept = "".join(part["text"] for part in found[0]["parts"] if part["type"] == "text")
    if not (kept.startswith(whole := shown.text()) or whole.startswith(kept)):
        return Loss(problem=f"{answer} has another text than was shown")
    lost_at = shown.first_beyond(len(kept))
    ms = 0.0 if lost_at is None else max(0.0, (killed - lost_at) / 1000)
    problem = f"{answer} lacks what was shown {ms:.0f} ms before" if ms > KEPT_AFTER_MS else ""
    return Loss(ms, max(0, len(whole) - len(kept)), problem)


def records_on_disk(divan: Divan, conversation: str) -> list[dict[str, Any]]:
    file = divan.data_dir / "conversations" / f"{conversation}.jsonl"
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


async def kill_again_and_again(folder: Path, rounds: int, lanes: int, seed: int) -> list[Loss]:
    chance, losses = random.Random(seed), []
    divan = divan_on(folder / "killed")
    divan.start()
    try:
        for number in range(1, rounds + 1):
            seconds = chance.uniform(0.05, LONGEST)
            conversation, killed, shown = await stream_and_kill(divan, lanes, seconds)
            divan.start()
            records = records_on_disk(divan, conversation)
            losses += [loss_of(answer, one, killed, records) for answer, one in shown.items()]
            if sys.stderr.isatty():
                print(f"\r{number}/{rounds}", end="", file=sys.stderr)
    finally:
        if divan.is_running:
            divan.kill()
    return losses


def report(losses: Sequence[Loss], rounds: int) -> str:
    problems = [loss.problem for loss in losses if loss.problem]
    late = sorted(loss.ms for loss in losses)
    lost = sum(loss.characters > 0 for loss in losses)
    most = max(loss.characters for loss in losses)
    said = (
        f"{rounds} kills, {len(losses)} answers: {len(problems)} wrong, {lost} lack their end. "
        f"Lost of the time before the kill: {statistics.median(late):.0f} ms in the middle, "
        f"{late[-1]:.0f} ms at most; of the text {most} characters at most."
    )
    return "\n".join([said, *problems])


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="divan-kills-") as folder:
        losses = asyncio.run(kill_again_and_again(Path(folder), given.rounds, given.lanes, given.seed))
    print(report(losses, given.rounds))
    return 1 if any(loss.problem for loss in losses) else 0


if __name__ == "__main__":
    sys.exit(main())
