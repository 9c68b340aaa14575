"""Makes documents of conversations in a process of its own: `python -m conversations.export_child`, with
settings as JSON, and the seconds without a task after which it ends.

A task is a JSON object a line on standard input; `lines` bytes of records follow where it is of no file. Each
is answered by a JSON object a line: {"name", "mime", "attachments", "damaged", "size"} and the document's
bytes, or {"error": class of StoreError, "message"}. Without a task it ends with status
0; ending otherwise means that a limit of the system was met, or a fault that is told on standard error.
"""

import json
import math
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

OUT_OF_MEMORY = 3
"""The exit status."""


def main(settings: str, idle_seconds: str) -> None:
    # Ctrl-C in the server's terminal is for the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import django
    from django.conf import settings as configured

    # What texts are looked up with; no database, and no key.
    configured.configure(STORE="files", **json.loads(settings))
    django.setup()
    try:
        while line := read_line(float(idle_seconds)):
            task = json.loads(line)
            limit_resources(task)
            carry_out(task)
    except (MemoryError, RecursionError):
        # Nothing is closed or written any more: for that too memory may be missing.
        os._exit(OUT_OF_MEMORY)


def read_line(seconds: float) -> bytes:
    """Empty where none comes in time, or none will any more."""
    return sys.stdin.buffer.readline() if select.select([sys.stdin], [], [], seconds)[0] else b""


def limit_resources(task: dict[str, Any]) -> None:
    """To so much more time than this process has had, and so much memory."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Whole seconds alone can be set: who has had nearly one more is not to be left with nothing.
    seconds = math.ceil(used.ru_utime + used.ru_stime) + task["cpu_seconds"]
    for limit, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, task["memory"])):
        resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))


def carry_out(task: dict[str, Any]) -> None:
    from django.utils import translation

    from conversations.errors import AttachmentsAwayError, StoreError
    from core.originals.base import OriginalsAwayError

    records = sys.stdin.buffer.read(task["lines"])
    try:
        with translation.override(task["language"]):
            head, data = make_export(task, records)
    except StoreError as error:
        head, data = {"error": type(error).__name__, "message": str(error)}, b""
    except OriginalsAwayError as error:
        said = f"an attachment cannot be reached: {error.strerror}"
        head, data = {"error": AttachmentsAwayError.__name__, "message": said}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + data)
    sys.stdout.buffer.flush()


def make_export(task: dict[str, Any], records: bytes) -> tuple[dict[str, Any], bytes]:
    from conversations.attachments import AttachmentStore
    from conversations.export import Scope, export_document, export_stored
    from conversations.export.document import FormatName
    from conversations.store.memory import MemoryFile

    folder = Path(task["data_dir"])
    name: FormatName = task["format"]
    scope: Scope = task["scope"]
    damaged: int | None = None
    attachments = AttachmentStore.of_copies(folder)
    if records:
        document = export_document(MemoryFile.of_lines(records), attachments, name, scope)
    else:
        document, damaged = export_stored(folder, task["conversation"], name, scope, attachments=attachments)
    head = {
        "conversation": document.conversation,
        "title": document.title,
        "suffix": document.suffix,
        "mime": document.mime,
        "attachments": document.attachments,
        "damaged": damaged,
        "size": len(document.data),
    }
    return head, document.data


if __name__ == "__main__":
    main(*sys.argv[1:])
