"""What a process costs, as Linux tells it in /proc."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
RESET_PEAK = "5"


@dataclass(frozen=True)
class Memory:
    """Megabytes: resident, and what would be free if the process ended."""

    resident: float
    own: float


def cpu_seconds(pid: int) -> float:
    """Of all its threads, in the system too."""
    return sum(int(field) for field in _fields(pid)[11:13]) / TICKS


def cpu_seconds_of_threads(pid: int) -> float:
    """As `cpu_seconds`, to the nanosecond; threads that have ended are forgotten."""
    nanoseconds = 0
    for thread in (PROC / f"{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            nanoseconds += int((thread / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def cpu_seconds_of_family(pid: int) -> float:
    """As `cpu_seconds`, of a process with its children, those that have ended too."""
    ticks = sum(int(field) for field in _fields(pid)[11:15])
    for child in children_of(pid):
        # One that ends just now is among those that have ended, the next time.
        with suppress(FileNotFoundError, ProcessLookupError):
            ticks += sum(int(field) for field in _fields(child)[11:15])
    return ticks / TICKS


def parent_of(pid: int) -> int:
    return int(_fields(pid)[1])


def children_of(pid: int) -> list[int]:
    children = []
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):
                if parent_of(int(folder.name)) == pid:
                    children.append(int(folder.name))
    return children


def memory_of(pid: int) -> Memory:
    lines = _numbers(PROC / f"{pid}/smaps_rollup")
    own = lines["Private_Clean"] + lines["Private_Dirty"] + lines.get("Private_Hugetlb", 0)
    return Memory(resident=lines["Rss"] / 1e3, own=own / 1e3)


def forget_peak(pid: int) -> None:
    (PROC / f"{pid}/clear_refs").write_text(RESET_PEAK)


def peak_memory(pid: int) -> float:
    """Megabytes that were resident at most since `forget_peak`."""
    return _numbers(PROC / f"{pid}/status")["VmHWM"] / 1e3


def threads_of(pid: int) -> int:
    return len(list((PROC / f"{pid}/task").iterdir()))


def pin(pid: int, cores: set[int]) -> None:
    """Those of its threads that there are, and with them those that they will start."""
    for thread in (PROC / f"{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def _fields(pid: int) -> list[str]:
    """Of /proc/<pid>/stat, from the third on: state, parent … and from the 14th CPU in ticks: its own, the
    system's for it, and both of its children that have ended."""
    # The name of the process, the second, stands in parentheses, and may hold any of them.
    return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()


def _numbers(path: Path) -> dict[str, float]:
    """Of lines as `Rss:   1234 kB`: bytes / 1,000."""
    found: dict[str, float] = {}
    for line in path.read_text().splitlines():
        name, colon, rest = line.partition(":")
        words = rest.split()
        if colon and len(words) == 2 and words[1] == "kB":
            found[name] = int(words[0]) * 1.024
    return found
