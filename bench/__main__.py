"""`make bench`. Options: --quick (shorter runs; p99 is then rough), --only PART (see SECTIONS), --rounds N,
--no-pin. All that it needs is Linux and the packages that Divan runs with.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import uvloop

from bench import (
    begins,
    conversations,
    lanes,
    machines,
    many,
    processes,
    rag,
    rest,
    search,
    streams,
    tool_rounds,
)
from bench.report import print_table, write_json
from bench.targets import (
    DivanTarget,
    PassingTarget,
    Target,
    consumer_process,
    divan_on,
    ports,
    relay_process,
    upstream_process,
    wait_for_port,
)

RATE = 50
COUNTS = (1, 10, 100, 200)
AT_ONCE = 100
MACHINES = "machines"
WITH_SERVERS = (MACHINES, "many")
"""They start PostgreSQL and Valkey."""
SECTIONS = ("rest", "streams", "lanes", "tools", "conversations", "search", "many", MACHINES, "documents")
CONSUMER = "bare consumer"
Tables = dict[str, Sequence[Any]]


def pin(pid: int, core: int, *, wanted: bool) -> None:
    """The server under test has one core for itself; all that drives it shares the others."""
    cores = os.cpu_count() or 1
    if wanted and cores > 1:
        processes.pin(pid, {core} if core == 0 else set(range(1, cores)))


def measure_streams(folder: Path, shapes: Sequence[streams.Shape], *, rounds: int, pinned: bool) -> Tables:
    upstream_port, relay_port, consumer_port = ports(3)
    upstream_url = f"http://127.0.0.1:{upstream_port}/v1"
    with ExitStack() as running:
        upstream = running.enter_context(upstream_process(folder, upstream_port))
        wait_for_port(upstream, upstream_port)
        relay = running.enter_context(relay_process(folder, relay_port, upstream_url))
        wait_for_port(relay, relay_port)
        consumer = running.enter_context(consumer_process(folder, consumer_port, upstream_url))
        wait_for_port(consumer, consumer_port)
        divan = running.enter_context(divan_on(folder / "streams", upstream_url))
        pin(upstream.pid, 1, wanted=pinned)
        pin(os.getpid(), 1, wanted=pinned)
        targets: list[Target] = [
            DivanTarget(divan),
            PassingTarget(CONSUMER, consumer, consumer_port),
            PassingTarget("bare relay", relay, relay_port),
        ]
        for target in targets:
            pin(target.process.pid, 0, wanted=pinned)
            uvloop.run(streams.measure(target, streams.Shape(5, RATE, 50)))
        return compare(targets, shapes, rounds)


def compare(
    targets: Sequence[Target], shapes: Sequence[streams.Shape], rounds: int
) -> dict[str, Sequence[Any]]:
    """Round by round, each target after the other: what else the machine does meets all of them."""
    found: dict[tuple[str, str], list[streams.Result]] = {}
    for _ in range(rounds):
        for shape in shapes:
            for target in targets:
                result = uvloop.run(streams.measure(target, shape))
                found.setdefault((shape.name, target.name), []).append(result)
                print(".", end="", file=sys.stderr, flush=True)
    results = [streams.median_of(each) for each in found.values()]
    return {"streams": results, "by the bare consumer": streams.ratios(results, DivanTarget.name, CONSUMER)}


@contextmanager
def divan_alone(folder: Path, name: str, *, pinned: bool) -> Iterator[DivanTarget]:
    """With the upstream, and no other program."""
    (upstream_port,) = ports(1)
    with ExitStack() as running:
        upstream = running.enter_context(upstream_process(folder, upstream_port))
        wait_for_port(upstream, upstream_port)
        divan = running.enter_context(divan_on(folder / name, f"http://127.0.0.1:{upstream_port}/v1"))
        pin(upstream.pid, 1, wanted=pinned)
        pin(os.getpid(), 1, wanted=pinned)
        pin(divan.pid, 0, wanted=pinned)
        yield DivanTarget(divan)


def measure_tools(folder: Path, *, quick: bool, pinned: bool) -> Tables:
    with divan_alone(folder, "tools", pinned=pinned) as target:
        return {
            "tools": [uvloop.run(tool_rounds.measure(target, 3 if quick else 7))],
            "first word": uvloop.run(begins.measure(target, quick=quick)),
        }


def measure_lanes(folder: Path, *, quick: bool, pinned: bool) -> list[lanes.Result]:
    with divan_alone(folder, "lanes", pinned=pinned) as target:
        uvloop.run(lanes.measure(target, 0, 50, 1))
        rounds = 3 if quick else 7
        return [row for rate in (50, 200) for row in uvloop.run(lanes.measure(target, rate, 400, rounds))]


def plan(*, quick: bool) -> list[streams.Shape]:
    tokens = 150 if quick else 400
    steady = [streams.Shape(count, RATE, tokens) for count in COUNTS]
    at_once = streams.Shape(AT_ONCE, RATE, tokens, at_once=True)
    return [*steady, at_once, streams.Shape(1, 0, 100_000), streams.Shape(10, 0, 20_000)]


def measure(only: Sequence[str], *, quick: bool, rounds: int, pinned: bool) -> Tables:
    sizes = conversations.SIZES[:4] if quick else conversations.SIZES
    sections: Tables = {}
    with tempfile.TemporaryDirectory(prefix="divan-bench-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Tables]] = {
            "rest": lambda: {"rest": [rest.measure(divan_on(folder / "rest"))]},
            "streams": lambda: measure_streams(folder, plan(quick=quick), rounds=rounds, pinned=pinned),
            "lanes": lambda: {"lanes": measure_lanes(folder, quick=quick, pinned=pinned)},
            "tools": lambda: measure_tools(folder, quick=quick, pinned=pinned),
            "conversations": lambda: {
                "conversations": conversations.measure_all(divan_on(folder / "long"), sizes)
            },
            "search": lambda: {"search": search.measure_all(folder / "search", postgresql=not quick)},
            "many": lambda: {"many": many.measure_all(folder / "many", many.COUNTS[: 1 if quick else 2])},
            MACHINES: lambda: machines.measure_all(folder / MACHINES, quick=quick, rounds=rounds),
        }
        for title, part in parts.items():
            if title in only:
                found = part()
                sections |= found
                for name_of_table, rows in found.items():
                    print_table(name_of_table, rows)
    return sections


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="What Divan costs on this machine.")
    parser.add_argument("--quick", action="store_true", help="shorter runs; p99 is then a rough figure")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one part (may be repeated)")
    parser.add_argument("--rounds", type=int, help="of the streams; medians are told (default: 3, quick: 1)")
    parser.add_argument("--no-pin", action="store_true", help="do not give the server a core of its own")
    options = parser.parse_args()
    if not processes.PROC.is_dir():
        parser.error("it reads what processes cost from /proc, which only Linux has.")
    wanted = list(options.only or SECTIONS)
    missing = machines.missing_packages()
    if missing and (left_out := [section for section in wanted if section in WITH_SERVERS]):
        reason = f"{', '.join(left_out)} needs {' and '.join(missing)}, which `make bench` installs."
        if options.only:
            parser.error(reason)
        print(f"Left out: {reason}")
        wanted = [section for section in wanted if section not in WITH_SERVERS]
    rounds = options.rounds or (1 if options.quick else 3)
    sections = measure(wanted, quick=options.quick, rounds=rounds, pinned=not options.no_pin)
    if "documents" in wanted:
        sections |= rag.measure_all(quick=options.quick)
    print(f"\nWritten to {write_json(sections)}")
    failures = [row for name in ("streams", MACHINES) for row in sections.get(name, ()) if row.failures]
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
