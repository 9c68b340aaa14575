"""Starts, watches and ends the process that reads a file."""

import base64
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from rag.errors import CancelledError, DocumentError, ErrorCode
from rag.load.blocks import MAX_CHARACTERS, Block, Piece, Progress, Splitter

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 180.0
LOOK_EVERY = 0.2
MAX_OUTPUT = 12 * MAX_CHARACTERS
MAX_LINE = 8 * MAX_CHARACTERS
CHUNK = 1 << 16

Event = str | int | Block | Piece | Progress


def read_file(
    path: Path,
    name: str,
    *,
    loaders: Mapping[str, str] | None = None,
    splitter: Splitter | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    seconds: float = SECONDS,
) -> Iterator[Event]:
    """First the file's kind, then what is in it: blocks, or with a `splitter` the number of its pages (0: it
    has none) and its passages. The process is
    dead when this ends, however it ends. Raises DocumentError. `loaders`: dotted paths by kind, in place of
    Divan's own."""
    cut = (splitter.path, json.dumps(dict(splitter.options))) if splitter else ()
    with _reader("child", str(path), name, json.dumps(dict(loaders or {})), *cut) as process:
        for line in _lines(process, cancelled, time.monotonic() + seconds):
            event = _event(line)
            if event is None:
                return
            yield event
        raise DocumentError(*_end_of(process.wait()))


def render_pages(
    path: Path, pages: Sequence[int], *, seconds: float = SECONDS
) -> Iterator[tuple[int, bytes]]:
    """Pages of a PDF, by number, as PNG. Raises DocumentError where one cannot be drawn."""
    with _reader("pictures", str(path), *map(str, pages)) as process:
        for line in _lines(process, lambda: False, time.monotonic() + seconds):
            number, _, picture = line.partition(b" ")
            yield int(number), base64.b64decode(picture)
        if status := process.wait():
            raise DocumentError(*_end_of(status))


@contextmanager
def _reader(module: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`module` of rag/load in a process of its own, which is dead when the block ends. No key of the server's
    environment goes where strangers' bytes are parsed."""
    command = [sys.executable, "-m", f"rag.load.{module}", *arguments]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen(  # noqa: S603 -- this interpreter, and a path that Divan made
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _lines(
    process: "subprocess.Popen[bytes]", cancelled: Callable[[], bool], deadline: float
) -> Iterator[bytes]:
    pipe = cast(Any, process.stdout).fileno()
    kept, total = bytearray(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if cancelled():
                raise CancelledError
            if time.monotonic() > deadline:
                raise DocumentError("timeout")
            if not selector.select(LOOK_EVERY):
                continue
            chunk = os.read(pipe, CHUNK)
            if not chunk:
                return
            total += len(chunk)
            kept += chunk
            if total > MAX_OUTPUT or len(kept) > MAX_LINE:
                raise DocumentError("too_long")
            if b"\n" in chunk:
                *lines, rest = bytes(kept).split(b"\n")
                kept = bytearray(rest)
                yield from lines


def _event(line: bytes) -> Event | None:
    """None at the end."""
    match json.loads(line):
        case ["kind", str(kind)]:
            return kind
        case ["block", str(text), int(level), int() | None as page]:
            return Block(text, level, page)
        case ["pages", int(number)]:
            return number
        case ["piece", str(text), str(heading), int() | None as page]:
            return Piece(text, heading, page)
        case ["progress", int(done), int(total)]:
            return Progress(done, total)
        case ["error", str(code), str(detail)]:
            raise DocumentError(cast(ErrorCode, code), detail)
        case ["end"]:
            return None
    raise DocumentError("broken", "the reader said something else")


def _end_of(status: int) -> tuple[ErrorCode, str]:
    """Native parsers abort where memory ends."""
    match -status:
        case signal.SIGXCPU:
            return "timeout", "CPU"
        case signal.SIGABRT | signal.SIGKILL | signal.SIGTRAP:
            return "memory", signal.Signals(-status).name
    return "broken", f"the reader ended with {status}"
