"""`make bench`. Options: --quick (shorter runs; p99 is then rough), --only PART (see SECTIONS), --no-pin."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench import conversations, lanes, rag, rest, search, streams
from bench.report import print_table, write_json
from bench.targets import (
    DivanTarget,
    RelayTarget,
    Target,
    divan_on,
    ports,
    relay_process,
    upstream_process,
    wait_for_port,
)

RATE = 50
COUNTS = (1, 10, 100, 200)
SECTIONS = ("rest", "streams", "lanes", "conversations", "search", "documents")


def pin(pid: int, core: int, *, wanted: bool) -> None:
    """The server under test has one core for itself; all that drives it shares the others."""
    cores = os.cpu_count() or 1
    if wanted and cores > 1 and sys.platform == "linux":
        psutil.Process(pid).cpu_affinity([core] if core == 0 else list(range(1, cores)))


def measure_streams(folder: Path, *, quick: bool, pinned: bool) -> list[streams.Result]:
    upstream_port, relay_port = ports(2)
    upstream_url = f"http://127.0.0.1:{upstream_port}/v1"
    with ExitStack() as running:
        upstream = running.enter_context(upstream_process(folder, upstream_port))
        wait_for_port(upstream, upstream_port)
        relay = running.enter_context(relay_process(folder, relay_port, upstream_url))
        wait_for_port(relay, relay_port)
        divan = running.enter_context(divan_on(folder / "streams", upstream_url))
        pin(upstream.pid, 1, wanted=pinned)
        pin(os.getpid(), 1, wanted=pinned)
        targets: list[Target] = [DivanTarget(divan), RelayTarget(relay, relay_port)]
        for target in targets:
            pin(target.process.pid, 0, wanted=pinned)
            uvloop.run(streams.measure(target, 5, RATE, 50))
        return [
            told(uvloop.run(streams.measure(target, count, rate, tokens)))
            for count, rate, tokens in plan(quick=quick)
            for target in targets
        ]


def measure_lanes(folder: Path, *, quick: bool, pinned: bool) -> list[lanes.Result]:
    (upstream_port,) = ports(1)
    with ExitStack() as running:
        upstream = running.enter_context(upstream_process(folder, upstream_port))
        wait_for_port(upstream, upstream_port)
        divan = running.enter_context(divan_on(folder / "lanes", f"http://127.0.0.1:{upstream_port}/v1"))
        pin(upstream.pid, 1, wanted=pinned)
        pin(os.getpid(), 1, wanted=pinned)
        pin(divan.pid, 0, wanted=pinned)
        target = DivanTarget(divan)
        uvloop.run(lanes.measure(target, 0, 50, 1))
        rounds = 3 if quick else 7
        return [row for rate in (50, 200) for row in uvloop.run(lanes.measure(target, rate, 400, rounds))]


def plan(*, quick: bool) -> list[tuple[int, int, int]]:
    """Streams, tokens a second of each (0: as fast as they are taken), tokens of each."""
    tokens = 150 if quick else 400
    steady = [(count, RATE, tokens) for count in COUNTS]
    full = [(1, 0, 100_000), (10, 0, 20_000)]
    return steady + full


def told(result: streams.Result) -> streams.Result:
    print(".", end="", file=sys.stderr, flush=True)
    return result


def measure(only: Sequence[str], *, quick: bool, pinned: bool) -> dict[str, Sequence[Any]]:
    sizes = conversations.SIZES[:4] if quick else conversations.SIZES
    sections: dict[str, Sequence[Any]] = {}
    with tempfile.TemporaryDirectory(prefix="divan-bench-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Sequence[Any]]] = {
            "rest": lambda: [rest.measure(divan_on(folder / "rest"))],
            "streams": lambda: measure_streams(folder, quick=quick, pinned=pinned),
            "lanes": lambda: measure_lanes(folder, quick=quick, pinned=pinned),
            "conversations": lambda: conversations.measure_all(divan_on(folder / "long"), sizes),
            "search": lambda: search.measure_all(folder / "search", postgresql=not quick),
        }
        for title, part in parts.items():
            if title in only:
                sections[title] = part()
                print_table(title, sections[title])
    return sections


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="What Divan costs on this machine.")
    parser.add_argument("--quick", action="store_true", help="shorter runs; p99 is then a rough figure")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one part (may be repeated)")
    parser.add_argument("--no-pin", action="store_true", help="do not give the server a core of its own")
    options = parser.parse_args()
    wanted = options.only or SECTIONS
    sections = measure(wanted, quick=options.quick, pinned=not options.no_pin)
    if "documents" in wanted:
        sections |= rag.measure_all(quick=options.quick)
    print(f"\nWritten to {write_json(sections)}")
    failures = [row for row in sections.get("streams", ()) if row.failures]
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
