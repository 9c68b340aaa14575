"""Loaders that misbehave."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from rag.load.blocks import Block, Piece, Progress


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


def split_without_end(blocks: list[Block], kind: str) -> Iterator[Piece]:
    for _ in iter(int, 1):
        pass
    yield Piece("")


def split_into_all_memory(blocks: list[Block], kind: str) -> Iterator[Piece]:
    yield Piece(str(len([bytes(1 << 26) for _ in range(64)])))


def split_into_too_many(blocks: list[Block], kind: str) -> Iterator[Piece]:
    while True:
        yield Piece("x")
