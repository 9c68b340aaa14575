import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from providers import limits
from providers.limits import MINUTE, MOST_PASSED, MOST_YIELDED, RequestPlace, Slots
from providers.types import ServerConfig

OLLAMA = ServerConfig("ollama", "ollama", "http://127.0.0.1:11434")
TWO = ServerConfig("two", "openai", "http://two.test", max_concurrent=2)
ONE = ServerConfig("one", "openai", "http://one.test", max_concurrent=1)


@dataclass(frozen=True)
class Wanted:
    server: ServerConfig
    model: str = "m"


class Request:
    """A request that runs until it is told to end."""

    def __init__(
        self, slots: Slots, server: ServerConfig, model: str = "m", *, background: bool = False
    ) -> None:
        self.positions: list[int] = []
        self.running = asyncio.Event()
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self._run(slots, Wanted(server, model), background))

    async def _run(self, slots: Slots, target: Wanted, background: bool) -> None:
        with slots.announce(target, self.positions.append, background=background) as place:
            async with place.occupy():
                self.running.set()
                await self.end.wait()

    async def finish(self) -> None:
        self.end.set()
        await self.task


async def nothing_loaded(server: ServerConfig) -> frozenset[str]:
    return frozenset()


@asynccontextmanager
async def requests(slots: Slots, *wanted: tuple[ServerConfig, str]) -> AsyncIterator[list[Request]]:
    made = [Request(slots, server, model) for server, model in wanted]
    await settled()
    try:
        yield made
    finally:
        for request in made:
            request.task.cancel()
        await asyncio.gather(*(request.task for request in made), return_exceptions=True)


async def settled() -> None:
    """Lets every task that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def running(made: list[Request]) -> list[int]:
    return [index for index, one in enumerate(made) if one.running.is_set() and not one.task.done()]


async def test_a_server_without_limits_takes_all_at_once() -> None:
    free = ServerConfig("free", "gemini")
    async with requests(Slots(), *[(free, "m")] * 50) as made:
        assert len(running(made)) == 50
        assert all(one.positions == [] for one in made)


async def test_no_more_run_than_the_server_may_have_and_the_rest_learn_their_place() -> None:
    async with requests(Slots(), *[(TWO, "m")] * 4) as made:
        assert running(made) == [0, 1]
        assert [one.positions for one in made] == [[], [], [1], [2]]
        await made[1].finish()
        await settled()
        assert running(made) == [0, 2]
        assert made[3].positions == [2, 1]


async def test_it_is_first_come_first_served() -> None:
    slots = Slots()
    async with requests(slots, *[(ONE, "m")] * 5) as made:
        order = []
        for _ in range(5):
            [now] = running(made)
            order.append(now)
            await made[now].finish()
            await settled()
        assert order == [0, 1, 2, 3, 4]
        assert slots.load_of("one") == 0


async def test_one_that_gives_up_in_the_queue_leaves_no_gap() -> None:
    async with requests(Slots(), *[(ONE, "m")] * 4) as made:
        made[1].task.cancel()
        await settled()
        assert made[2].positions == [2, 1]
        await made[0].finish()
        await settled()
        assert running(made) == [2]


async def test_one_that_is_stopped_while_it_runs_gives_its_place_back() -> None:
    slots = Slots()
    async with requests(slots, *[(ONE, "m")] * 2) as made:
        made[0].task.cancel()
        await settled()
        assert running(made) == [1]
        assert slots.load_of("one") == 1


async def test_one_that_is_stopped_in_the_moment_it_is_let_in_gives_its_place_back() -> None:
    slots = Slots()
    async with requests(slots, *[(ONE, "m")] * 3) as made:
        made[0].end.set()
        await asyncio.sleep(0)
        made[1].task.cancel()
        await settled()
        assert running(made) == [2]
        assert slots.load_of("one") == 1


async def test_all_that_wait_may_give_up_at_once() -> None:
    slots = Slots()
    async with requests(slots, *[(ONE, "m")] * 20) as made:
        for one in made:
            one.task.cancel()
        await settled()
        assert slots.load_of("one") == 0


async def test_the_minute_allows_so_many_and_then_the_next(clock: Callable[[], float]) -> None:
    server = ServerConfig("slow", "openai", "http://slow.test", requests_per_minute=2)
    async with requests(Slots(), *[(server, "m")] * 3) as made:
        assert running(made) == [0, 1]
        assert made[2].positions == [1]
        for one in made[:2]:
            await one.finish()
        await settled()
        assert running(made) == []
        await made[2].running.wait()
        assert clock() == MINUTE


async def test_two_models_of_one_ollama_run_one_after_the_other() -> None:
    async with requests(Slots(nothing_loaded), (OLLAMA, "a"), (OLLAMA, "b"), (OLLAMA, "a")) as made:
        assert running(made) == [0, 2]
        assert made[1].positions == [1]
        await made[0].finish()
        await settled()
        assert running(made) == [2]
        await made[2].finish()
        await settled()
        assert running(made) == [1]


async def test_a_model_that_is_loaded_need_not_wait_for_another() -> None:
    async def both(server: ServerConfig) -> frozenset[str]:
        return frozenset({"a:latest", "b:latest"})

    async with requests(Slots(both), (OLLAMA, "a"), (OLLAMA, "b"), (OLLAMA, "c")) as made:
        assert running(made) == [0, 1]
        assert not made[2].running.is_set()
        assert made[2].positions[-1] == 1


async def test_requests_for_the_running_model_pass_another_model_only_so_often() -> None:
    slots = Slots(nothing_loaded)
    async with requests(slots, (OLLAMA, "a"), (OLLAMA, "b"), *[(OLLAMA, "a")] * 6) as made:
        assert running(made) == [0, *range(2, 2 + MOST_PASSED)]
        for index in running(made):
            await made[index].finish()
        await settled()
        assert running(made) == [1]
        await made[1].finish()
        await settled()
        assert running(made) == [6, 7]


async def test_ollama_that_does_not_tell_what_is_loaded_holds_nothing_up() -> None:
    asked = asyncio.Event()

    async def silent(server: ServerConfig) -> frozenset[str]:
        asked.set()
        await asyncio.Event().wait()
        return frozenset()

    async with requests(Slots(silent), (OLLAMA, "a"), (OLLAMA, "b")) as made:
        await asked.wait()
        assert running(made) == [0]
        await made[0].finish()
        await settled()
        assert running(made) == [1]


async def test_different_servers_do_not_wait_for_each_other() -> None:
    other = ServerConfig("ollama-2", "ollama", "http://10.0.0.2:11434")
    async with requests(Slots(nothing_loaded), (OLLAMA, "a"), (other, "b"), (ONE, "c")) as made:
        assert running(made) == [0, 1, 2]


async def test_a_limit_that_was_lifted_lets_the_waiting_in() -> None:
    slots = Slots()
    async with requests(slots, *[(ONE, "m")] * 2) as made:
        wider = ServerConfig("one", "openai", "http://one.test", max_concurrent=3)
        third = Request(slots, wider)
        await settled()
        assert running(made) == [0, 1]
        await third.finish()


async def test_what_nobody_waits_for_lets_younger_ones_go_but_not_for_ever() -> None:
    slots = Slots()
    held = Request(slots, ONE)
    await settled()
    background = Request(slots, ONE, background=True)
    await settled()
    answers = [Request(slots, ONE) for _ in range(MOST_YIELDED + 2)]
    await settled()
    assert background.positions[-1] == len(answers) + 1
    await held.finish()
    order: list[Request] = []
    for _ in range(len(answers) + 1):
        await settled()
        [now] = [one for one in (background, *answers) if one.running.is_set() and not one.task.done()]
        order.append(now)
        await now.finish()
    assert order.index(background) == MOST_YIELDED
    assert [one for one in order if one is not background] == answers


async def test_what_nobody_waits_for_does_not_pass_an_answer_that_waits_for_its_model() -> None:
    slots = Slots(nothing_loaded)
    async with requests(slots, (OLLAMA, "a"), (OLLAMA, "b")) as (running, waiting):
        title = Request(slots, OLLAMA, "a", background=True)
        await settled()
        assert not title.running.is_set()
        await running.finish()
        await settled()
        assert waiting.running.is_set()
        assert not title.running.is_set()
        await waiting.finish()
        await title.running.wait()
        await title.finish()


async def test_whoever_was_announced_first_goes_first_each_time() -> None:
    slots = Slots()
    told: list[str] = []

    async def take(name: str, place: RequestPlace) -> None:
        async with place.occupy():
            told.append(name)

    with (
        slots.announce(Wanted(ONE), told_nothing) as first,
        slots.announce(Wanted(ONE), told_nothing) as second,
    ):
        assert slots.load_of("one") == 2
        async with first.occupy():
            waiting = asyncio.create_task(take("second", second))
            await settled()
        holding = Request(slots, ONE)
        await waiting
        await holding.running.wait()
        younger = Request(slots, ONE)
        again = asyncio.create_task(take("first again", first))
        await settled()
        assert (younger.positions, told) == ([1, 2], ["second"])
        await holding.finish()
        await again
        await younger.finish()
    assert slots.load_of("one") == 0


def told_nothing(position: int) -> None:
    pass


async def test_a_server_has_one_queue_for_all_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ServerConfig] = []

    def noting(server: ServerConfig) -> limits.Queue:
        made.append(server)
        return queue(server)

    queue = limits.Queue
    monkeypatch.setattr(limits, "Queue", noting)
    async with requests(Slots(), *[(TWO, "m")] * 4):
        assert made == [TWO]
