"""`rounds()` by itself: no engine, no disk, no network."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.engine.answers.rounds import RoundLimits, RoundResult, ask_in_rounds

LIMITS = RoundLimits(10, 300.0)
WANTED = st.lists(st.lists(st.sampled_from("abc"), max_size=3), max_size=14)
"""What a model calls, round by round; after the last it calls nothing."""
SECONDS = st.floats(0, 200)


class Model:
    """Calls what it is told to, as long as it may; `ignores`: also when it may not."""

    def __init__(self, wanted: Sequence[Sequence[str]], took: float = 0.0, *, ignores: bool = False) -> None:
        self.wanted, self.took, self.ignores = list(wanted), took, ignores
        self.steps: list[str] = []
        self.left: list[float] = []
        self.told = 0

    async def ask(self, may_call: bool) -> RoundResult[str, int]:
        number = sum(step.startswith("ask") for step in self.steps)
        self.steps.append("ask" if may_call else "ask without tools")
        calls = self.wanted[number] if number < len(self.wanted) else []
        return RoundResult(number, calls if may_call or self.ignores else [])

    async def make(self, calls: Sequence[str], seconds: float) -> float:
        self.steps.append("".join(calls))
        self.left.append(seconds)
        return self.took

    def tell(self) -> None:
        self.told += 1

    def answer(self, limits: RoundLimits = LIMITS) -> RoundResult[str, int]:
        return asyncio.run(ask_in_rounds(self.ask, self.make, limits, self.tell))


def test_without_a_call_a_model_is_asked_once() -> None:
    model = Model([])
    assert model.answer() == RoundResult(0, [])
    assert (model.steps, model.told) == (["ask"], 0)


def test_what_calls_gave_leads_to_the_next_round() -> None:
    model = Model(["a", "bc"])
    assert model.answer().done == 2
    assert model.steps == ["ask", "a", "ask", "bc", "ask"]


@pytest.mark.parametrize("most", [1, 2, 10])
def test_after_the_last_round_it_is_asked_once_more_without_tools(most: int) -> None:
    model = Model(["a"] * 20)
    model.answer(RoundLimits(most, 300.0))
    assert model.steps == [*["ask", "a"] * most, "ask without tools"]
    assert model.told == 1


def test_when_the_time_is_used_up_it_is_asked_once_more_without_tools() -> None:
    model = Model(["a"] * 20, took=120.0)
    model.answer()
    assert model.steps == [*["ask", "a"] * 3, "ask without tools"]
    assert (model.left, model.told) == ([300.0, 180.0, 60.0], 1)


def test_what_is_called_past_the_limit_nobody_makes() -> None:
    model = Model(["a"] * 20, ignores=True)
    assert model.answer(RoundLimits(1, 300.0)).calls == "a"
    assert model.steps == ["ask", "a", "ask without tools"]


def test_a_refusal_between_rounds_ends_it() -> None:
    model = Model(["a"])

    async def ask(may_call: bool) -> RoundResult[str, int]:
        if model.steps:
            raise PermissionError("the budget is used up")
        return await model.ask(may_call)

    with pytest.raises(PermissionError):
        asyncio.run(ask_in_rounds(ask, model.make, LIMITS, model.tell))
    assert model.steps == ["ask", "a"]


@given(WANTED, SECONDS, st.integers(1, 12), st.floats(1, 400))
def test_whatever_a_model_calls_no_limit_is_passed_and_it_has_the_last_word(
    wanted: list[list[str]], took: float, most: int, seconds: float
) -> None:
    model = Model(wanted, took)
    said = model.answer(RoundLimits(most, seconds))
    asked = [step for step in model.steps if step.startswith("ask")]
    made = [step for step in model.steps if not step.startswith("ask")]
    assert len(made) <= most
    assert len(asked) == len(made) + 1
    assert said.done == len(asked) - 1
    assert not said.calls
    assert all(left > 0 for left in model.left)
    assert model.steps[-1] == ("ask without tools" if model.told else "ask")
    assert model.told == (len(made) == most or took * len(made) >= seconds) * bool(made)
