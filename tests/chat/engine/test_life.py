"""What an answer may become, and from what; who waits for whom; how long it took."""

import asyncio
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.engine.answers.life import FOLLOWING, CutShort, Life, WrongTransitionError
from conversations.records import Status
from tests.conversations.samples import header

STEPS: dict[str, tuple[Any, ...]] = {
    "queued": ("queue", 2),
    "streaming": ("stream",),
    "waiting": ("wait",),
    "complete": ("end", "complete"),
    "stopped": ("end", "stopped"),
    "failed": ("end", "failed"),
    "interrupted": ("end", "interrupted"),
}


def step(life: Life, to: str) -> None:
    method, *arguments = STEPS[to]
    getattr(life, method)(*arguments)


def alive(state: str) -> Life:
    life = Life()
    for one in {"waiting": ["streaming"], "complete": ["streaming"]}.get(state, []):
        step(life, one)
    step(life, state)
    return life


def test_every_state_has_its_line() -> None:
    assert set(FOLLOWING) == set(STEPS)


@pytest.mark.parametrize("to", STEPS)
@pytest.mark.parametrize("state", STEPS)
def test_it_becomes_what_it_may_and_nothing_else(state: str, to: str) -> None:
    life = alive(state)
    if to in FOLLOWING[state]:  # type: ignore[index]
        step(life, to)
        assert life.state == to
    else:
        with pytest.raises(WrongTransitionError, match=state):
            step(life, to)
        assert life.state == state


@pytest.mark.parametrize("last", get_args(Status))
def test_nothing_follows_the_end(last: str) -> None:
    assert FOLLOWING[last] == ()  # type: ignore[index]


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_whatever_is_tried_it_ends_once_and_is_whole_only_after_it_was_asked(tried: list[str]) -> None:
    life, been = Life(), ["streaming"]
    for to in tried:
        try:
            step(life, to)
        except WrongTransitionError:
            continue
        been.append(to)
    ends = [state for state in been if state in get_args(Status)]
    assert len(ends) <= 1
    assert ends == been[len(been) - len(ends) :]
    assert "complete" not in been or been[-2] == "streaming"
    assert (life.position is not None) == (life.state == "queued")


def test_a_header_says_where_it_stands_and_is_never_changed() -> None:
    life, first = Life(), header("a1", "u1")
    before = dict(first)
    assert life.mark_header(first) == first
    life.queue(3)
    assert life.mark_header(first) == {**first, "status": "queued", "position": 3}
    life.stream()
    assert life.mark_header(first) == first == before


@pytest.mark.parametrize(("first", "second"), [get_args(CutShort), get_args(CutShort)[::-1]])
def test_the_first_who_ends_it_says_how(first: CutShort, second: CutShort) -> None:
    life = Life()
    life.stop(first)
    life.stop(second)
    assert life.cut_short == first


def test_its_time_counts_from_its_request_and_to_its_first_word() -> None:
    now = 10.0
    life = Life(lambda: now)
    life.queue(1)
    now = 20.0
    life.stream()
    assert life.timing() == {"first_token_ms": None, "total_ms": 0}
    now = 20.25
    life.note_first_word()
    now = 21.0
    life.note_first_word()
    life.stream()
    assert life.timing() == {"first_token_ms": 250, "total_ms": 1000}


async def test_it_waits_for_what_it_follows_and_for_what_that_follows() -> None:
    first, second, third = Life(), Life(), Life()
    second.follow([first])
    third.follow([second])
    assert third.answers_ahead() == [first, second]
    told: list[int] = []
    waiting = asyncio.create_task(third.wait_in_line(told.append))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.ended.set()
    second.ended.set()
    await waiting
    assert (third.answers_ahead(), told) == ([], [])


async def test_whoever_waits_is_told_how_many_are_left() -> None:
    lives = [Life() for _ in range(4)]
    last = Life()
    last.follow(lives)
    told: asyncio.Queue[int] = asyncio.Queue()
    waiting = asyncio.create_task(last.wait_in_line(told.put_nowait))
    await asyncio.sleep(0)
    for number, life in enumerate(last.answers_ahead()):
        life.ended.set()
        if number < 3:
            assert await told.get() == 3 - number
    await waiting
    assert told.empty()


async def test_what_has_ended_already_is_not_waited_for() -> None:
    earlier, later = Life(), Life()
    earlier.ended.set()
    later.follow([earlier])
    await later.wait_in_line(lambda _: None)
    assert later.answers_ahead() == []
