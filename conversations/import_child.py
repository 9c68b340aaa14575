"""Imports one upload in a process of its own: `python -m conversations.import_child`, its task as JSON on
standard input.

Writes a JSON object a line: {"conversations": n} on the way, at last {"report": …}, {"refused": why} or
{"error": class of StorageError, "message"}. Ending without one of these means that a limit of the system was
met.
"""

import dataclasses
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

MEMORY = 3 * 2**29
"""Bytes of addresses: those of the libraries, and what a conversation of the largest size takes."""
SAY_EVERY = 0.2
OUT_OF_MEMORY = 3
"""The exit status."""


def limit_resources(cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    task = json.load(sys.stdin)
    limit_resources(task["cpu_seconds"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
    import django

    django.setup()
    from django.utils import translation

    from conversations.errors import StorageError
    from conversations.importers.entry import ImportRefusedError

    with translation.override(task["language"]):
        try:
            write_event({"report": run(task)})
        except ImportRefusedError as error:
            write_event({"refused": str(error)})
        except StorageError as error:
            write_event({"error": type(error).__name__, "message": str(error)})
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)


def run(task: dict[str, Any]) -> dict[str, Any]:
    from conversations.importers.report import ImportReport
    from conversations.importers.run import import_file

    report = ImportReport()
    stop = Path(task["stop"]) if task["stop"] else None
    last = time.monotonic()

    def should_stop() -> bool:
        nonlocal last
        if time.monotonic() - last > SAY_EVERY:
            last = time.monotonic()
            write_event({"conversations": report.conversations})
        return stop is not None and stop.exists()

    import_file(
        Path(task["data_dir"]),
        Path(task["path"]),
        task["owner"],
        dry_run=task["dry_run"],
        report=report,
        should_stop=should_stop,
        label=task["label"],
    )
    return {**dataclasses.asdict(dataclasses.replace(report, unread={})), "unread": list(report.unread)}


def write_event(told: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
