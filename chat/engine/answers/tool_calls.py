"""The calls of one answer: which wait for a person, which run, and for how long altogether."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from chat.engine.answers.toolbox import CallOutcome, Decision, PersonDecision, Toolbox
from conversations.records import ToolCallPart, ToolResultPart

DENIED = "The person did not allow this call. Do not repeat it: go on without it, or ask them."
UNASKED = (
    "Not done: this call needs a person's permission, and nobody can be asked here. Do not repeat it: go on "
    "without it."
)
OUT_OF_TIME = "Not done: the time that tools may take in one answer is used up."
CUT_SHORT = "The time that tools may take in one answer is used up: it is not known whether this was done."
SECONDS_TO_END = 2.0
"""That a call which is given up has for ending; nobody waits longer for it."""

KeepCalls = Callable[[Sequence[ToolCallPart]], Awaitable[None]]
"""Returns when the calls made so far, and which of them wait for a person, are on disk and shown."""


class Stopwatch:
    """Counts the seconds in which at least one thing runs: calls that run together count once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running = 0
        self._since = 0.0
        self._taken = 0.0

    @property
    def taken(self) -> float:
        return self._taken + (self._clock() - self._since if self._running else 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._running == 0:
            self._since = self._clock()
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            if self._running == 0:
                self._taken += self._clock() - self._since


class ToolCalls:
    """Makes the calls of an answer, round by round."""

    def __init__(
        self, toolbox: Toolbox, keep_calls: KeepCalls, show_result: Callable[[CallOutcome], None]
    ) -> None:
        self._toolbox = toolbox
        self._keep_calls = keep_calls
        self._show_result = show_result
        self._asked: dict[str, tuple[ToolCallPart, asyncio.Future[Decision]]] = {}

    @property
    def waiting(self) -> list[ToolCallPart]:
        """The calls that a person has still to allow."""
        return [call for call, decision in self._asked.values() if not decision.done()]

    def apply_decision(self, ids: Iterable[str], decided: PersonDecision) -> list[ToolCallPart]:
        """Lets those of these calls run, or refuses them, that wait for a person; returns them."""
        settled = [call for call in self.waiting if call["id"] in ids]
        self._apply_decision(settled, decided)
        return settled

    def apply_decision_to_equals(self, others: Sequence[ToolCallPart], decided: PersonDecision) -> None:
        """Applies what was said of `others`, calls of the same turn, to the equal ones that wait here."""
        is_settled_by = self._toolbox.is_settled_by
        self._apply_decision(
            [call for call in self.waiting if any(is_settled_by(call, one, decided) for one in others)],
            decided,
        )

    def _apply_decision(self, calls: Iterable[ToolCallPart], decided: PersonDecision) -> None:
        for call in calls:
            self._toolbox.note_decision(call, decided)
            self._asked[call["id"]][1].set_result("deny" if decided == "deny" else "allow")

    async def make(self, calls: Sequence[ToolCallPart], seconds: float) -> float:
        """Returns when each has its result, which are shown in the order of the calls; gives the seconds
        for which tools ran, about `seconds` at the most. Cancelled, it gives up what runs."""
        watch = Stopwatch(asyncio.get_running_loop().time)
        decisions = [await self._toolbox.decide(call) for call in calls]
        for call, decision in zip(calls, decisions, strict=True):
            if decision == "ask":
                self._asked[call["id"]] = call, asyncio.get_running_loop().create_future()
        await self._keep_calls(self.waiting)
        tasks: list[asyncio.Task[CallOutcome]] = []
        before: asyncio.Task[CallOutcome] | None = None
        for call, decision in zip(calls, decisions, strict=True):
            changes = self._toolbox.changes_something(call)
            task = asyncio.create_task(
                self._make_one(call, decision, before if changes else None, watch, seconds)
            )
            before = task if changes else before
            tasks.append(task)
        try:
            for task in tasks:
                self._show_result(await task)
        finally:
            self._asked.clear()
            await give_up(tasks)
        return watch.taken

    async def _make_one(
        self,
        call: ToolCallPart,
        decision: Decision,
        before: "asyncio.Task[CallOutcome] | None",
        watch: Stopwatch,
        seconds: float,
    ) -> CallOutcome:
        """`before`: a call that has to end first."""
        if decision == "ask":
            decision = await self._asked[call["id"]][1]
            await self._keep_calls(self.waiting)
        if before is not None:
            await asyncio.wait({before})
        if decision != "allow":
            return CallOutcome(refused_result(call, UNASKED if decision == "unasked" else DENIED))
        left = seconds - watch.taken
        if left <= 0:
            return CallOutcome(refused_result(call, OUT_OF_TIME))
        with watch.running():
            try:
                async with asyncio.timeout(left):
                    return await self._toolbox.run(call)
            except TimeoutError:
                return CallOutcome(refused_result(call, CUT_SHORT))


def refused_result(call: ToolCallPart, why: str) -> ToolResultPart:
    """The result of a call that was not made: the model reads `why`."""
    return {
        "type": "tool_result",
        "id": call["id"],
        "name": call["name"],
        "content": why,
        "is_error": True,
        "ms": 0,
    }


async def give_up(tasks: Iterable["asyncio.Task[CallOutcome]"]) -> None:
    """Cancels those that still run, and waits at most SECONDS_TO_END for them to end."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=SECONDS_TO_END)
