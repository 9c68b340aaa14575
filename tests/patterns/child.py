"""Runs patterns on hostile texts: reads their uses as JSON, writes for each how long its worst text took.
`python -m tests.patterns.child SECONDS`: no text is given more of the processor than that.

A process of its own, whose processor time the system limits: a pattern that never comes back ends it.
"""

import json
import re
import resource
import signal
import sys
import time
from typing import Any

from tests.patterns.hostile import Unit, hostile_units, make_text

SIZE = 100_000
FIRST_SIZE = SIZE // 10
FIRST_SECONDS = 0.02
"""What takes less for a tenth of the text takes less than two seconds for all of it where it is quadratic;
and what is cubic takes minutes already. The whole text is made for what takes longer."""


class TooLongError(Exception):
    pass


def give_up(number: int, frame: Any) -> None:
    raise TooLongError


def run(pattern: "re.Pattern[Any]", method: str, text: str | bytes) -> None:
    if method in ("sub", "subn"):
        getattr(pattern, method)(lambda found: found[0], text)
    elif method == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)


def slowest(use: dict[str, Any], limit: float) -> tuple[float, str]:
    """Seconds of processor time for the text that took longest, and how that begins."""
    source = use["pattern"].encode("latin-1") if use["bytes"] else use["pattern"]
    pattern = re.compile(source, use["flags"])
    worst, began = 0.0, ""

    def measure(unit: Unit, size: int) -> float:
        text = make_text(unit, size)
        given = text.encode("utf-8", "replace") if use["bytes"] else text
        before = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, limit)
        try:
            run(pattern, use["method"], given)
        except TooLongError:
            return limit
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return time.process_time() - before

    for unit in hostile_units(source, use["flags"]):
        took = measure(unit, FIRST_SIZE)
        if FIRST_SECONDS <= took < limit:
            took = measure(unit, SIZE)
        if took > worst:
            worst, began = took, make_text(unit, 60)
        if took >= limit:
            break
    return worst, began


def main() -> None:
    signal.signal(signal.SIGPROF, give_up)
    resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
    limit = float(sys.argv[1])
    for use in json.load(sys.stdin):
        seconds, began = slowest(use, limit)
        row = [use["place"], use["method"], seconds, began, use["pattern"][:120]]
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
