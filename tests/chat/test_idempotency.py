"""One of several processes begins a conversation that both were asked for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from chat.policy import idempotency


class Beginnings:
    """A home in which others are beginning the same `turns` times before this process may. `threads`: those
    that asked it, or told it that they have done."""

    def __init__(self, turns: int) -> None:
        self.turns = turns
        self.threads: set[int] = set()
        self.held = False

    @contextmanager
    def try_beginning(self, asked: str) -> Iterator[bool]:
        self.threads.add(threading.get_ident())
        self.turns -= 1
        self.held = self.turns < 0
        try:
            yield self.held
        finally:
            self.threads.add(threading.get_ident())
            self.held = False


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Beginnings:
    made = Beginnings(turns=2)
    engine = SimpleNamespace(store=made, broadcast=SimpleNamespace(alone=False))
    monkeypatch.setattr(idempotency, "current_engine", lambda: engine)
    monkeypatch.setattr(idempotency, "ASK_AGAIN", 0.0)
    return made


async def test_a_beginning_is_held_by_no_wait_of_the_event_loop(home: Beginnings) -> None:
    async with idempotency.held_by_one_process("k3v9x2qd"):
        assert (home.held, home.turns) == (True, -1)
    assert not home.held
    assert threading.get_ident() not in home.threads


async def test_a_beginning_is_given_back_where_it_fails(home: Beginnings) -> None:
    with pytest.raises(ValueError, match="no room"):
        async with idempotency.held_by_one_process("k3v9x2qd"):
            raise ValueError("no room")
    assert not home.held
