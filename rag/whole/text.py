"""What a file holds: extracted once in the limited process (rag/load), kept beside the file from then on."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from providers.tokens import estimate_tokens
from rag.errors import DocumentError, ErrorCode
from rag.load.blocks import Block, Progress
from rag.load.kinds import TEXT, said_kind
from rag.load.reading import read_file
from rag.whole import side_files

VERSION = 1
"""Grows when the loaders read differently: what was kept before is then read again."""
AT_ONCE = 2
"""Files of one server process that are extracted at the same time, each by a process of its own."""
RAW = {"csv": "rag.load.text.load_text"}
"""Whole tables are read as they stand: a row that names its columns is for passages alone."""
PASSING: frozenset[ErrorCode] = frozenset({"missing", "internal", "cancelled"})


@dataclass(frozen=True, slots=True)
class FileText:
    """`pages`: how many the file has; None where its format has none. `textless`: of these the numbers of
    those that hold no text. `error`: a code of rag/errors.py, where it could not be read; empty else."""

    kind: str = ""
    blocks: Sequence[Block] = ()
    pages: int | None = None
    textless: Sequence[int] = ()
    tokens: int = 0
    error: str = ""

    @property
    def is_scan(self) -> bool:
        """Whether it has pages, and no text on any of them."""
        return self.error == "no_text" and bool(self.pages)

    @property
    def is_plain_text(self) -> bool:
        return self.kind in TEXT


_running: dict[Path, asyncio.Future[FileText]] = {}
_extracting = ThreadPoolExecutor(AT_ONCE, "extracting")
"""Not the pool in which conversations are written: reading a book may take minutes."""


async def text_of(path: Path, name: str) -> FileText:
    """Whoever asks while it is extracted waits for that. Raises nothing: `error` says what went wrong."""
    known = await asyncio.to_thread(known_text, path, name)
    if known is not None:
        return known
    place, loop = _place(path, name), asyncio.get_running_loop()
    running = _running.get(place)
    if running is None or running.get_loop() is not loop:
        running = _running[place] = loop.run_in_executor(_extracting, extract_and_keep, path, name)
        running.add_done_callback(lambda _: _running.pop(place, None))
    return await asyncio.shield(running)


def known_text(path: Path, name: str) -> FileText | None:
    """What was extracted before, or None. Reads from the disk: not for the event loop."""
    known = side_files.read_kept(_place(path, name), VERSION)
    return None if known is None else _from_json(known)


def extract_and_keep(path: Path, name: str) -> FileText:
    """Takes minutes where it must, and blocks its thread meanwhile."""
    text = extract_text(path, name)
    if text.error not in PASSING:
        side_files.write_kept(_place(path, name), VERSION, _to_json(text))
    return text


def extract_text(path: Path, name: str) -> FileText:
    kind, error, total = "", "", 0
    blocks: list[Block] = []
    try:
        for event in read_file(path, name, loaders=RAW | settings.RAG_LOADERS, cancelled=_server_ends):
            if isinstance(event, str):
                kind = event
            elif isinstance(event, Progress):
                total = event.total
            elif isinstance(event, Block):
                blocks.append(event)
    except DocumentError as refusal:
        error = refusal.code
    except OSError:
        error = "missing"
    if error:
        blocks = []
    pages = total if kind == "pdf" else max((block.page or 0 for block in blocks), default=0)
    told = {block.page for block in blocks if not block.level}
    textless = [page for page in range(1, pages + 1) if page not in told] if kind == "pdf" else []
    tokens = sum(estimate_tokens(block.text) for block in blocks)
    return FileText(kind, blocks, pages or None, textless, tokens, error)


def _server_ends() -> bool:
    """The interpreter waits for its threads before it ends; ours must not hold it up."""
    return not threading.main_thread().is_alive()


def _place(path: Path, name: str) -> Path:
    """The name decides between kinds of plain text."""
    return side_files.path_beside(path, f"{said_kind(name) or 'any'}.text")


def _to_json(text: FileText) -> dict[str, Any]:
    return {
        "kind": text.kind,
        "blocks": [[block.text, block.level, block.page] for block in text.blocks],
        "pages": text.pages,
        "textless": text.textless,
        "tokens": text.tokens,
        "error": text.error,
    }


def _from_json(kept_text: Mapping[str, Any]) -> FileText:
    return FileText(
        kept_text["kind"],
        [Block(text, level, page) for text, level, page in kept_text["blocks"]],
        kept_text["pages"],
        kept_text["textless"],
        kept_text["tokens"],
        kept_text["error"],
    )


def page_ranges(numbers: Sequence[int]) -> str:
    """Writes numbers as ranges: `3-7, 9`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
