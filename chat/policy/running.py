"""How many answers one user may have running, or waiting in line, in all processes."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.engine.answers.answer import Answer
from chat.engine.room import Room
from chat.protocol.errors import RateLimitedError
from core.holdings import current_holdings

TOO_MANY = _("Too many of your answers are running. Wait until some have ended, or stop them.")

_beginning: Counter[str] = Counter()
"""Those that the engine does not know yet, or never will: answers of `/v1`."""


@asynccontextmanager
async def place_for_answers(owner: str, answers: int) -> AsyncIterator[None]:
    """While answers are begun, until the engine has them. Raises RateLimitedError."""
    async with current_holdings().counting(key_of(owner)) as others:
        elsewhere = sum(others.alive.values())
        left = settings.ANSWERS_AT_ONCE - elsewhere - answers
        # Where all together are fewer, nobody's are counted.
        if count_of_all_here() > left and count_here(owner) > left:
            raise RateLimitedError(TOO_MANY)
        _beginning[owner] += answers
        tell_others(owner)
    try:
        yield
    finally:
        _beginning[owner] -= answers
        if not _beginning[owner]:
            del _beginning[owner]
        tell_others(owner)


def count_ended(room: Room, _answer: Answer) -> None:
    """Called with each answer that has its record."""
    tell_others(room.owner or "")


def tell_others(owner: str) -> None:
    if not (holdings := current_holdings()).alone:
        holdings.publish(key_of(owner), lambda: count_here(owner))


def count_of_all_here() -> int:
    return _beginning.total() + len(current_engine().answers)


def count_here(owner: str) -> int:
    """How many answers of this person run in this process."""
    answers = current_engine().answers.values()
    return _beginning[owner] + sum(answer.room.owner == owner and answer.record is None for answer in answers)


def key_of(owner: str) -> str:
    return f"answers.{owner}"
