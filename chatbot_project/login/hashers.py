"""Password hashes that a small machine can afford: little memory each, and few of them at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.contrib.auth import hashers
from django.utils.translation import gettext_lazy as _

from chat.protocol.errors import ChatError

Result = TypeVar("Result")
AT_ONCE = 2
WAITING = 32
"""Threads that may wait for their turn; whoever comes then is told at once to come again."""
WAIT_S = 5.0
RETRY_S = 5.0

_places = threading.BoundedSemaphore(AT_ONCE)
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
_queue = threading.BoundedSemaphore(AT_ONCE + WAITING)


class LoginBusyError(ChatError):
    """Too many people are logging in at once."""

    code = "rate_limited"
    message = _("Too many people are logging in at this moment. Try again in a few seconds.")
    retryable = True

    @property
    def status(self) -> int:
        return 503


@contextmanager
def turn() -> Iterator[None]:
    """Raises BusyError where no place is free in time."""
    if not _queue.acquire(blocking=False):
        raise LoginBusyError(retry_after=RETRY_S)
    try:
        if not _places.acquire(timeout=WAIT_S):
            raise LoginBusyError(retry_after=RETRY_S)
        try:
            yield
        finally:
            _places.release()
    finally:
        _queue.release()


def hash_in_turn(function: Callable[..., Result], *args: Any, **options: Any) -> Result:
    """In one of few threads: the system keeps what a thread freed for that thread, and each request has one
    of its own. Raises BusyError."""
    with turn():
        return _pool.submit(function, *args, **options).result()


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """19 MiB, two rounds, one thread: what OWASP names for a server that does other things besides. Hashes
    with other parameters are still checked, and made anew at the next login."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, *args: Any, **options: Any) -> str:
        return hash_in_turn(super().encode, *args, **options)

    def verify(self, *args: Any, **options: Any) -> bool:
        return hash_in_turn(super().verify, *args, **options)


class PBKDF2PasswordHasher(hashers.PBKDF2PasswordHasher):
    """Checks hashes that are older than the present ones."""

    def encode(self, *args: Any, **options: Any) -> str:
        return hash_in_turn(super().encode, *args, **options)
