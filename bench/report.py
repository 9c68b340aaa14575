"""The table on the terminal and the JSON file."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def print_table(title: str, rows: Sequence[Any]) -> None:
    """`rows` are dataclass instances of one kind."""
    if not rows:
        return
    table = [list(asdict(rows[0])), *([str(value) for value in asdict(row).values()] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    print(f"\n{title}")
    for line in table:
        print(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip(),
            flush=True,
        )


def write_json(sections: dict[str, Sequence[Any]]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    made = datetime.now(UTC)
    path = RESULTS / f"{made:%Y%m%d-%H%M%S}.json"
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_average_before": os.getloadavg()[0],
    }
    measured = {name: [asdict(row) for row in rows] for name, rows in sections.items()}
    path.write_text(json.dumps({"made": made.isoformat(), "machine": machine, **measured}, indent=2) + "\n")
    return path
