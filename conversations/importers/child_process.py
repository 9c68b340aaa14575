"""Imports what a stranger's program made in a process of its own, with an end to its memory and its time: the
server goes on whatever is in the file."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from django.utils import translation
from django.utils.translation import gettext as _

from conversations import errors
from conversations.errors import StorageError
from conversations.import_child import OUT_OF_MEMORY

from .entry import ImportRefusedError
from .report import ImportReport

AT_ONCE = 2
WAIT_S = 20.0
"""For one of the places; then whoever waits is told to come again."""
CPU_SECONDS = 60
BYTES_PER_SECOND = 500_000
"""A large file has more time: so many bytes of it for each further second."""
ROOT = Path(__file__).resolve().parent.parent.parent

_places = threading.BoundedSemaphore(AT_ONCE)


def import_in_child(
    data_dir: Path,
    path: Path,
    owner: str,
    *,
    dry_run: bool = False,
    report: ImportReport | None = None,
    stop: Path | None = None,
    label: str = "",
) -> ImportReport:
    """As `import_file`, which the child calls. `stop`: a file; the import stops when it is there. `report`
    has the number of conversations on the way, and at the end all that was done."""
    report = report or ImportReport()
    task = {
        "data_dir": str(data_dir),
        "path": str(path),
        "owner": owner,
        "dry_run": dry_run,
        "stop": str(stop) if stop else "",
        "label": label,
        "language": translation.get_language(),
        "cpu_seconds": CPU_SECONDS + path.stat().st_size // BYTES_PER_SECOND,
    }
    if not _places.acquire(timeout=WAIT_S):
        raise ImportRefusedError(_("Other imports are running. Try again when they are done."))
    try:
        return _run(task, report)
    finally:
        _places.release()


def _run(task: dict[str, Any], report: ImportReport) -> ImportReport:
    with subprocess.Popen(
        [sys.executable, "-m", "conversations.import_child"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            given = cast(Any, process.stdin)
            given.write(json.dumps(task).encode())
            given.close()
            for line in cast(Any, process.stdout):
                if _take(json.loads(line), report):
                    return report
            status = process.wait()
        finally:
            process.kill()
    if 0 <= status != OUT_OF_MEMORY:
        raise RuntimeError(f"the import's process ended with {status}")
    raise ImportRefusedError(
        _("To read this file takes more memory or time than an import may have. What was taken in stays.")
    )


def _take(told: dict[str, Any], report: ImportReport) -> bool:
    """Whether this was the end."""
    match told:
        case {"conversations": int(count)}:
            report.on_the_way = count
            return False
        case {"refused": str(why)}:
            raise ImportRefusedError(why)
        case {"error": str(kind), "message": str(why)}:
            raise cast(type[StorageError], getattr(errors, kind))(why)
    given = told["report"]
    for name, value in given.items():
        setattr(report, name, _PAIRS.get(name, lambda one: one)(value))
    return True


_PAIRS: dict[str, Callable[[Any], Any]] = {
    "skipped": lambda pairs: [tuple(pair) for pair in pairs],
    "mended": lambda pairs: [tuple(pair) for pair in pairs],
    "unread": lambda pairs: dict.fromkeys(tuple(pair) for pair in pairs),
}
