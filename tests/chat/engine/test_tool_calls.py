"""The calls of one round, without an engine."""

import asyncio
from collections.abc import Sequence

import pytest

from chat.engine.answers.tool_calls import DENIED, OUT_OF_TIME, Stopwatch, ToolCalls
from chat.engine.answers.toolbox import CallOutcome
from conversations.records import ToolCallPart
from tests.chat.engine.tools import Box, Held, gave
from tests.services.clock import waiting_clock


def call(id: str, name: str = "look") -> ToolCallPart:  # noqa: A002 (as the part calls it)
    return {"type": "tool_call", "id": id, "name": name, "arguments": "{}"}


class Kept:
    """What an answer is told: which calls waited each time, and the results in their order."""

    def __init__(self, box: Box) -> None:
        self.waiting: list[list[str]] = []
        self.results: list[str] = []
        self.contents: list[str] = []
        self.changed = asyncio.Event()
        self.calls = ToolCalls(box, self.keep, self.show)

    async def keep(self, waiting: Sequence[ToolCallPart]) -> None:
        self.waiting.append([one["id"] for one in waiting])
        self.changed.set()

    def show(self, outcome: CallOutcome) -> None:
        self.results.append(outcome.result["id"])
        self.contents.append(outcome.result["content"])


async def test_calls_that_only_read_run_at_once_and_give_results_in_their_order() -> None:
    slow, quick = Held(), asyncio.Event()

    async def look(one: ToolCallPart) -> CallOutcome:
        quick.set()
        return gave(one, "quick")

    kept = Kept(Box({"slow": slow, "look": look}))
    made = asyncio.create_task(kept.calls.make([call("c1", "slow"), call("c2")], 300.0))
    async with asyncio.timeout(30):
        await slow.begun.wait()
        await quick.wait()
    assert kept.results == []
    slow.go.set()
    await made
    assert (kept.results, kept.waiting) == (["c1", "c2"], [[]])


async def test_calls_that_change_something_are_made_one_after_the_other() -> None:
    first, second = Held(), Held()
    second.go.set()
    kept = Kept(Box({"first": first, "second": second}, changing=["first", "second"]))
    made = asyncio.create_task(kept.calls.make([call("c1", "first"), call("c2", "second")], 300.0))
    async with asyncio.timeout(30):
        await first.begun.wait()
    await asyncio.sleep(0)
    assert not second.begun.is_set()
    first.go.set()
    await made
    assert kept.results == ["c1", "c2"]


async def test_of_several_calls_some_may_be_allowed_and_others_not() -> None:
    box = Box(asking=["repeat"])
    kept = Kept(box)
    made = asyncio.create_task(kept.calls.make([call(f"c{n}", "repeat") for n in (1, 2, 3)], 300.0))
    async with asyncio.timeout(30):
        await kept.changed.wait()
    assert [one["id"] for one in kept.calls.waiting] == ["c1", "c2", "c3"]
    assert [one["id"] for one in kept.calls.apply_decision(["c2", "nobody"], "deny")] == ["c2"]
    assert kept.calls.apply_decision(["c2"], "allow") == []
    kept.calls.apply_decision(["c1", "c3"], "allow")
    await made
    assert (box.begun, kept.results) == (["c1", "c3"], ["c1", "c2", "c3"])
    assert kept.contents[1] == DENIED
    assert kept.waiting[-1] == []


async def test_time_that_a_person_takes_is_no_time_of_tools() -> None:
    kept = Kept(Box(asking=["repeat"]))
    with waiting_clock() as now:
        made = asyncio.create_task(kept.calls.make([call("c1", "repeat")], 300.0))
        await kept.changed.wait()
        await asyncio.sleep(3_600)
        kept.calls.apply_decision(["c1"], "allow")
        assert (await made, now()) == (0, 3_600)


async def test_when_no_time_is_left_nothing_more_begins() -> None:
    box = Box()
    kept = Kept(box)
    await kept.calls.make([call("c1", "repeat")], 0.0)
    assert (box.begun, kept.contents) == ([], [OUT_OF_TIME])


async def test_what_runs_longer_than_is_left_is_given_up() -> None:
    held = Held()
    kept = Kept(Box({"look": held}))
    taken = await kept.calls.make([call("c1")], 0.01)
    assert held.cancelled
    assert taken >= 0.01
    assert "not known whether this was done" in kept.contents[0]


async def test_cancelled_it_gives_up_all_that_runs() -> None:
    helds = [Held(), Held()]
    kept = Kept(Box({"a": helds[0], "b": helds[1]}))
    made = asyncio.create_task(kept.calls.make([call("c1", "a"), call("c2", "b")], 300.0))
    for held in helds:
        await held.begun.wait()
    made.cancel()
    await asyncio.wait({made})
    assert [held.cancelled for held in helds] == [True, True]
    assert kept.results == []


@pytest.mark.parametrize(
    ("spans", "taken"),
    [([(0, 2)], 2), ([(0, 2), (5, 6)], 3), ([(0, 4), (1, 2)], 4), ([(0, 3), (2, 5)], 5), ([], 0)],
)
def test_time_counts_while_anything_runs(spans: list[tuple[int, int]], taken: int) -> None:
    now = 0.0
    watch = Stopwatch(lambda: now)
    running = {span: watch.running() for span in spans}
    for now in map(float, range(10)):
        for (start, end), context in running.items():
            if now == start:
                context.__enter__()
            if now == end:
                context.__exit__(None, None, None)
    assert watch.taken == taken
