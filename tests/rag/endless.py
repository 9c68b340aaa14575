"""Loaders that misbehave."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from rag.load.blocks import Block, Progress


def load(path: Path, name: str) -> Iterator[Block | Progress]:
    yield Progress(1, 2)
    signal.pause()


def swallow(path: Path, name: str) -> Iterator[Block | Progress]:
    yield Block(str(len([bytes(1 << 26) for _ in range(64)])))


def crash(path: Path, name: str) -> Iterator[Block | Progress]:
    yield Progress(1, 2)
    os.kill(os.getpid(), signal.SIGSEGV)


def environment(path: Path, name: str) -> Iterator[Block | Progress]:
    yield Block(" ".join(f"{key}={value}" for key, value in os.environ.items()))
