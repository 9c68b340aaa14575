"""How many answers one user may have running, or waiting in line, in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.protocol.errors import RateLimitedError

TOO_MANY = _("Too many of your answers are running. Wait until some have ended, or stop them.")

_beginning: Counter[str] = Counter()
"""Those that the engine does not know yet, or never will: answers of `/v1`."""


@contextmanager
def starting(owner: str, answers: int) -> Iterator[None]:
    """While answers are begun, until the engine has them. Raises RateLimitedError."""
    answers_here = current_engine().answers.values()
    running = sum(answer.room.owner == owner and answer.record is None for answer in answers_here)
    if running + _beginning[owner] + answers > settings.ANSWERS_AT_ONCE:
        raise RateLimitedError(TOO_MANY)
    _beginning[owner] += answers
    try:
        yield
    finally:
        _beginning[owner] -= answers
        if not _beginning[owner]:
            del _beginning[owner]
