"""What a connector leaves behind: nothing. And whom it holds up: nobody."""

import asyncio
import contextlib
import gc
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from providers.connectors import PROVIDERS, load_connector
from providers.types import Secret, ServerConfig, Timeouts
from providers.wire import transport
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.detector import BlockingDetector
from tests.providers.connectors.hearing import KEY, asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import End, Fail, Say, Scenario, Tokens, refusal, scenario
from tests.upstreams.wire import Wire

STREAMS = 200
KINDS: dict[str, Scenario] = {
    "whole": scenario(Tokens(10, 200), End()),
    "cut": scenario(Say("Half"), ending=False),
    "failing": scenario(Say("Half"), Fail()),
    "refused": refusal(500, b"no"),
}


Left = tuple[int, list[str]]


def left_open() -> Left:
    """Tasks, and files with sockets; of the fake too, which runs in this process."""
    files = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            name = str(link.readlink()).partition(":[")[0]
            # The log is opened at the first line that is written to it, and stays open.
            if not name.endswith(".log"):
                files.append(name)
    return len(asyncio.all_tasks()), sorted(files)


async def test_two_hundred_streams_leave_no_task_socket_or_file(one_wire: Wire, upstream: Upstream) -> None:
    upstream.scenarios |= KINDS
    server = ServerConfig(
        one_wire.name,
        one_wire.provider,
        upstream.base_url(one_wire.name),
        Secret(KEY),
        timeouts=Timeouts(10, 30, 30),
    )
    nothing_asked = left_open()
    warm = load_connector(one_wire.provider)(server)
    await hear(warm, asking("plain"))
    await warm.aclose()
    await upstream.drop_connections()
    before = await settled(nothing_asked)

    connector = load_connector(one_wire.provider)(server)
    asked = [asking(list(KINDS)[n % len(KINDS)]) for n in range(STREAMS)]
    running = [asyncio.create_task(hear(connector, request)) for request in asked]
    await upstream.next_chat(STREAMS // 2)
    for task in running[::5]:
        task.cancel()
    heard = await asyncio.gather(*running, return_exceptions=True)
    assert sum(not isinstance(h, BaseException) for h in heard) >= STREAMS * 3 // 5
    await connector.aclose()
    await upstream.drop_connections()
    assert more_than(before, await settled(before)) == (0, [])


def more_than(before: Left, now: Left) -> Left:
    """How many tasks came to those of before, and which kinds of files."""
    files = [name for name in sorted(set(now[1])) if now[1].count(name) > before[1].count(name)]
    return max(0, now[0] - before[0]), files


async def settled(expected: Left) -> Left:
    """What is open once that is no more than `expected`, or has not changed for a while: the system closes
    sockets in its own time."""
    gc.collect()
    now, same = left_open(), 0
    while more_than(expected, now) != (0, []) and same < 1000:
        await asyncio.sleep(0.01)
        last, now = now, left_open()
        same = same + 1 if now == last else 0
    return now


async def test_closing_twice_or_unused_is_no_matter(one_wire: Wire, connect: Connect) -> None:
    unused = connect(one_wire)
    await unused.aclose()
    used = connect(one_wire)
    await hear(used, asking(one_wire.model))
    await used.aclose()
    await used.aclose()


@pytest.mark.serial
async def test_no_call_holds_up_the_event_loop(one_wire: Wire, upstream: Upstream, connect: Connect) -> None:
    connector = connect(one_wire)
    # The first request imports an SDK, in a thread.
    await hear(connector, asking("plain"))
    upstream.scenarios["flowing"] = scenario(Tokens(300, 300), End())
    async with BlockingDetector(0.25):
        await connector.list_models()
        heard = await asyncio.gather(*(hear(connector, asking("flowing")) for _ in range(5)))
    assert [h.code for h in heard] == [None] * 5


@pytest.mark.parametrize("held_up", [lambda: time.sleep(0.5), lambda: sum(range(1000))], ids=["call", "work"])
async def test_the_detector_finds_what_holds_up(held_up: Callable[[], object]) -> None:
    detector = BlockingDetector(0.1)

    async def watched() -> None:
        async with detector:
            await asyncio.sleep(0)
            while not detector.found:
                held_up()

    with pytest.raises(AssertionError, match=r"(?s)held up in.*test_health"):
        await watched()


async def test_connections_are_kept(
    one_wire: Wire, upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer ends so that the next request needs no new connection."""
    # How long the last bytes may take is another matter: on a busy machine longer.
    monkeypatch.setattr(transport, "DRAIN_TIME", 30.0)
    connector = connect(one_wire)
    for _ in range(5):
        heard = await hear(connector, asking(one_wire.model))
        assert heard.error is None
    assert upstream.connections == 1


def test_a_connector_is_loaded_without_its_sdk() -> None:
    names = ", ".join(repr(name) for name in sorted(PROVIDERS))
    program = (
        "import sys; from providers.connectors import load_connector\n"
        "from providers.types import ServerConfig\n"
        f"for name in ({names},): load_connector(name)(ServerConfig(name, name))\n"
        "print(*(m for m in ('google.genai', 'huggingface_hub', 'httpx2', 'openai') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.split() == []


def test_a_key_cannot_be_printed(one_wire: Wire) -> None:
    server = ServerConfig("s", one_wire.provider, "", Secret(KEY), headers={"X-Extra": "value"})
    connector = load_connector(one_wire.provider)(server)
    assert KEY not in f"{server!r} {connector!r} {vars(connector)}"
