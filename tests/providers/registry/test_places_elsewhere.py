"""Limits of a model server count over all processes of the machine: each `Slots` here is one of them."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from providers import limits
from providers.limits import Slots
from providers.places_elsewhere import STARTED, PlacesElsewhere
from providers.types import ServerConfig
from tests.providers.registry.test_limits import OLLAMA, ONE, TWO, Request, nothing_loaded, settled
from tests.services.processes import ROOT

FREE = ServerConfig("free", "openai", "http://free.test")
BUSY = ServerConfig("busy", "openai", "http://busy.test", requests_per_minute=2)


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOK_ELSEWHERE", 0.005)


def process(folder: Path) -> Slots:
    return Slots(nothing_loaded, PlacesElsewhere(folder))


def running(requests: list[Request]) -> int:
    return sum(request.running.is_set() and not request.task.done() for request in requests)


@pytest.mark.parametrize(("server", "most"), [(ONE, 1), (TWO, 2)])
async def test_no_more_run_at_once_than_the_server_takes_and_all_have_their_turn(
    tmp_path: Path, server: ServerConfig, most: int
) -> None:
    processes = [process(tmp_path) for _ in range(3)]
    requests = [Request(slots, server) for slots in processes for _ in range(3)]
    at_once: list[int] = []
    waiting = list(requests)
    async with asyncio.timeout(30):
        while waiting:
            await asyncio.wait(
                [asyncio.ensure_future(request.running.wait()) for request in waiting],
                return_when=asyncio.FIRST_COMPLETED,
            )
            await settled()
            at_once.append(running(requests))
            first = next(request for request in waiting if request.running.is_set())
            waiting.remove(first)
            await first.finish()
    assert max(at_once) == most
    assert list((tmp_path / server.name).glob("[!.]*")) == []


async def test_two_models_of_one_ollama_do_not_run_at_once_in_two_processes(tmp_path: Path) -> None:
    one, other = process(tmp_path), process(tmp_path)
    first = Request(one, OLLAMA, "llama")
    async with asyncio.timeout(30):
        await first.running.wait()
        same, another = Request(other, OLLAMA, "llama"), Request(other, OLLAMA, "qwen")
        await same.running.wait()
        await settled()
        assert not another.running.is_set()
        assert another.positions[0] >= 1
        await first.finish()
        await same.finish()
        await another.running.wait()
        await another.finish()


async def test_requests_of_a_minute_are_counted_over_all_processes(tmp_path: Path) -> None:
    processes = [process(tmp_path) for _ in range(3)]
    requests = [Request(slots, BUSY) for slots in processes]
    async with asyncio.timeout(30):
        await asyncio.wait(
            [asyncio.ensure_future(request.running.wait()) for request in requests[:2]],
        )
        await settled()
        assert [request.running.is_set() for request in requests] == [True, True, False]
        old = [f"{time.time() - 61:.3f}\n", "garbage\n", f"{time.time() + 900:.3f}\n"]
        (tmp_path / BUSY.name / STARTED).write_text("".join(old))
        late = Request(processes[0], BUSY)
        await late.running.wait()
    for request in [*requests, late]:
        request.task.cancel()
    await asyncio.gather(*(request.task for request in [*requests, late]), return_exceptions=True)


OTHER = """
import sys, time
from pathlib import Path
from providers.places_elsewhere import PlacesElsewhere
places = PlacesElsewhere(Path(sys.argv[1]))
with places.counting("one"):
    held = places.hold("one", "llama")
print("held", flush=True)
time.sleep(600)
"""


def test_what_a_dead_process_held_counts_no_more(tmp_path: Path) -> None:
    places = PlacesElsewhere(tmp_path)
    other = [sys.executable, "-c", OTHER, str(tmp_path)]
    with subprocess.Popen(other, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with places.counting("one") as taken:
            assert taken is not None
            assert taken.models == Counter({"llama": 1})
        process.kill()
    with places.counting("one") as taken:
        assert taken is not None
        assert (taken.models, len(taken.started)) == (Counter(), 1)


async def test_a_server_without_limits_costs_no_file(tmp_path: Path) -> None:
    request = Request(process(tmp_path / "places"), FREE)
    await request.running.wait()
    await request.finish()
    assert not (tmp_path / "places").exists()


async def test_a_folder_that_cannot_be_made_holds_up_no_request(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    request = Request(process(tmp_path / "file"), ONE)
    async with asyncio.timeout(30):
        await request.running.wait()
    await request.finish()
