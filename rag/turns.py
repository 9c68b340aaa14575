"""Whose document is next: people take turns, and of one person's documents the smallest and the oldest do, so
that neither a book delays a note nor notes a book for ever."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

MOST = 10_000
"""People that are remembered; whoever is not has not had a turn of late."""


@dataclass(frozen=True, slots=True)
class ReadingTurn:
    owner: str
    oldest: bool


_lock = threading.Lock()
_taken: OrderedDict[str, int] = OrderedDict()
"""How many documents of a person were taken; whose turn was last stands last."""


def next_of(owners: Collection[str]) -> ReadingTurn:
    """Of these, whoever has waited longest since their last turn."""
    with _lock:
        places = {owner: place for place, owner in enumerate(_taken, 1)}
        owner = min(owners, key=lambda one: (places.get(one, 0), one))
        return ReadingTurn(owner, _taken.get(owner, 0) % 2 == 1)


def mark_turn(turn: ReadingTurn) -> None:
    with _lock:
        _taken[turn.owner] = _taken.get(turn.owner, 0) + 1
        _taken.move_to_end(turn.owner)
        while len(_taken) > MOST:
            _taken.popitem(last=False)


def forget_turns() -> None:
    """Everybody's turn is the first again, as after a start. Only tests need it."""
    with _lock:
        _taken.clear()
