"""Reads one file in a process of its own: `python -m rag.load.child PATH NAME LOADERS`.

Writes a JSON array a line: ["kind", k], ["block", text, level, page], ["progress", done, total] and at last
["end"] or ["error", code, detail]. Ending without either of these means that a limit of the system was met.
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.load.blocks import MAX_CHARACTERS, Block, Loader, Progress
from rag.load.kinds import kind_of
from rag.load.lines import broken

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


def limit_myself() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A reader writes no file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def events(path: Path, name: str, loaders: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    kind = kind_of(path, name)
    yield "kind", kind
    module, _, function = loaders[kind].rpartition(".")
    load: Loader = getattr(importlib.import_module(module), function)
    characters = 0
    for event in load(path, name):
        if isinstance(event, Progress):
            yield "progress", event.done, event.total
            continue
        characters += len(event.text)
        if characters > MAX_CHARACTERS:
            raise DocumentError("too_long", f"more than {MAX_CHARACTERS} characters")
        if text := plain(event):
            yield "block", text, event.level, event.page
    if not characters:
        raise DocumentError("no_text")
    yield ("end",)


def plain(block: Block) -> str:
    """Without lone surrogates and control characters, which neither databases nor models take, and without
    marks that only say where a line may end."""
    text = block.text.encode("utf-8", errors="ignore").decode().translate(INVISIBLE)
    return broken("".join(char for char in text if char >= " " or char in "\n\t").strip("\n"))


def main(path: str, name: str, loaders: str) -> None:
    limit_myself()
    try:
        for event in events(Path(path), name, LOADERS | json.loads(loaders)):
            say(event)
    except DocumentError as error:
        say(("error", error.code, error.detail))
    except (MemoryError, RecursionError) as error:
        say(("error", "memory", type(error).__name__))
    except Exception as error:  # noqa: BLE001 -- whatever a parser raises, the file is what is wrong
        say(("error", "broken", f"{type(error).__name__}: {error}"))


def say(event: tuple[Any, ...]) -> None:
    sys.stdout.buffer.write(json.dumps(event, ensure_ascii=False).encode(errors="replace") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:4])
