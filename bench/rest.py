"""What Divan takes before anyone asks anything: the time to start, and memory at rest."""

import statistics
import time
import urllib.request
from dataclasses import dataclass

from bench.processes import memory_of, threads_of
from tests.services.server import Divan

STARTS = 3


@dataclass(frozen=True)
class Result:
    """`start_s`: from the command to the first answered page, tables already there. `rss_mb` is the
    process's resident memory after a page was served; `uss_mb` what would be freed if it ended."""

    start_s: float
    rss_mb: float
    uss_mb: float
    threads: int


def measure(server: Divan) -> Result:
    with server:
        pass
    starts = []
    for _ in range(STARTS):
        began = time.perf_counter()
        with server:
            starts.append(time.perf_counter() - began)
            urllib.request.urlopen(server.url, timeout=10).read()
            memory, threads = memory_of(server.pid), threads_of(server.pid)
    return Result(
        start_s=round(statistics.median(starts), 2),
        rss_mb=round(memory.resident, 1),
        uss_mb=round(memory.own, 1),
        threads=threads,
    )
