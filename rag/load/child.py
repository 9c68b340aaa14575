"""Reads one file in a process of its own: `python -m rag.load.child PATH NAME LOADERS [SPLITTER OPTIONS]`.

Writes a JSON array a line: ["kind", k], ["block", text, level, page], ["progress", done, total] and at last
["end"] or ["error", code, detail]. With a splitter no blocks are told, but ["pages", number] (0: it has none)
and ["piece", text, heading, page].
Ending without either of the last means that a limit of the system was met.
"""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.load.blocks import MAX_CHARACTERS, MAX_PASSAGES, Block, Loader, Progress, Splitter
from rag.load.kinds import kind_of
from rag.load.lines import break_long_lines

MEMORY = 1024**3
CPU_SECONDS = 90
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
LOADERS = {
    "pdf": "rag.load.pdf.load",
    "docx": "rag.load.word.load",
    "pptx": "rag.load.slides.load",
    "xlsx": "rag.load.sheets.load",
    "epub": "rag.load.book.load",
    "html": "rag.load.html.load",
    "md": "rag.load.text.load_markdown",
    "csv": "rag.load.text.load_csv",
    "txt": "rag.load.text.load_text",
    "code": "rag.load.text.load_text",
}


def limit_resources() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A reader writes no file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def events(path: Path, name: str, loaders: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    kind = kind_of(path, name)
    yield "kind", kind
    load: Loader = import_function(loaders[kind])
    characters = 0
    for event in load(path, name):
        if isinstance(event, Progress):
            yield "progress", event.done, event.total
            continue
        characters += len(event.text)
        if characters > MAX_CHARACTERS:
            raise DocumentError("too_long", f"more than {MAX_CHARACTERS} characters")
        if text := clean_block(event):
            yield "block", text, event.level, event.page
    if not characters:
        raise DocumentError("no_text")
    yield ("end",)


def import_function(path: str) -> Any:
    module, _, function = path.rpartition(".")
    return getattr(importlib.import_module(module), function)


def cut_told_blocks(told: Iterable[tuple[Any, ...]], splitter: Splitter) -> Iterator[tuple[Any, ...]]:
    """Blocks, once they are all there, as the passages that they are cut into."""
    kind, blocks = "", list[Block]()
    for event in told:
        if event[0] == "block":
            blocks.append(Block(*event[1:]))
            continue
        if event[0] == "kind":
            kind = event[1]
        elif event[0] == "end":
            yield "pages", max((block.page or 0 for block in blocks), default=0)
            yield from cut_into_pieces(blocks, kind, splitter)
        yield event


def cut_into_pieces(blocks: list[Block], kind: str, splitter: Splitter) -> Iterator[tuple[Any, ...]]:
    try:
        for number, piece in enumerate(import_function(splitter.path)(blocks, kind, **splitter.options)):
            if number >= MAX_PASSAGES:
                raise DocumentError("too_long", f"more than {MAX_PASSAGES} passages")
            yield "piece", piece.text, piece.heading, piece.page
    except (DocumentError, MemoryError, RecursionError):
        raise
    except Exception as error:
        # Whatever text it is given, to cut it is ours, or the administrator's splitter's.
        raise DocumentError("internal", f"{splitter.path}: {type(error).__name__}: {error}") from error


def clean_block(block: Block) -> str:
    """Without lone surrogates and control characters, which neither databases nor models take, and without
    marks that only say where a line may end."""
    text = block.text.encode("utf-8", errors="ignore").decode().translate(INVISIBLE)
    return break_long_lines("".join(char for char in text if char >= " " or char in "\n\t").strip("\n"))


def main(path: str, name: str, loaders: str, splitter: str = "", options: str = "{}") -> None:
    limit_resources()
    try:
        told = events(Path(path), name, LOADERS | json.loads(loaders))
        for event in cut_told_blocks(told, Splitter(splitter, json.loads(options))) if splitter else told:
            write_event(event)
    except DocumentError as error:
        write_event(("error", error.code, error.detail))
    except (MemoryError, RecursionError) as error:
        write_event(("error", "memory", type(error).__name__))
    except Exception as error:  # noqa: BLE001 -- whatever a parser raises, the file is what is wrong
        write_event(("error", "broken", f"{type(error).__name__}: {error}"))


def write_event(event: tuple[Any, ...]) -> None:
    sys.stdout.buffer.write(json.dumps(event, ensure_ascii=False).encode(errors="replace") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
