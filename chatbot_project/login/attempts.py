"""How long somebody waits before they may try a name and a password again.

Failures count by address and by name. From one address many failures make all its next attempts wait. For one
name many failures, from wherever they come, make each address wait once before it tries that name; what
others go on trying makes that wait no longer, so that strangers cannot keep a person out. Where a person has
logged in before, only their own failures from there count.

Kept by `failures.py`: for all processes where there is a Redis.
"""

import threading
import time
from collections.abc import Callable
from functools import cache

from django.conf import settings

from chatbot_project.login.failures import FailedLogins, FailureStore, Key, MemoryFailures, SharedFailures

FREE = 5
"""Failures for a name before anybody waits."""
FREE_OF_ADDRESS = 20
"""Many people may share an address."""
LONGEST = 60.0
FORGOTTEN = 900.0
"""Seconds without a failure after which a name, or an address, is as new."""
KNOWN = 30 * 86_400.0
"""Seconds for which it is remembered from where a person has logged in."""
MOST = 10_000


class Attempts:
    """Counts failed logins. `clock`: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, kept: FailureStore | None = None) -> None:
        self._clock = clock
        self._kept = kept or MemoryFailures(MOST)
        self._lock = threading.Lock()

    def wait(self, address: str, name: str) -> float:
        """Seconds until this may be tried; 0: now."""
        with self._lock:
            if self._is_known(address, name):
                return self._left(("pair", address, name), FREE)
            return max(self._left(("address", address), FREE_OF_ADDRESS), self._left_of_name(address, name))

    def failed(self, address: str, name: str) -> None:
        with self._lock:
            pair = ("pair", address, name)
            self._kept.drop(("may", address, name))
            known = self._is_known(address, name)
            for key in [pair] if known else [pair, ("address", address), ("name", name)]:
                if not self._of(key).count:
                    self._kept.drop(key)
                self._kept.count(key, self._clock(), FORGOTTEN)

    def succeeded(self, address: str, name: str) -> None:
        with self._lock:
            self._kept.put(("known", address, name), 1.0, KNOWN)
            self._kept.drop(("pair", address, name))

    def _is_known(self, address: str, name: str) -> bool:
        return self._kept.get(("known", address, name)) is not None

    def _left_of_name(self, address: str, name: str) -> float:
        if (may_at := self._kept.get(("may", address, name))) is not None:
            return max(0.0, may_at - self._clock())
        own = self._left(("pair", address, name), FREE)
        wait = max(_wait_after(self._of(("name", name)).count, FREE), own)
        if wait:
            self._kept.put(("may", address, name), self._clock() + wait, FORGOTTEN)
        return wait

    def _left(self, key: Key, free: int) -> float:
        failures = self._of(key)
        return max(0.0, failures.last + _wait_after(failures.count, free) - self._clock())

    def _of(self, key: Key) -> FailedLogins:
        failures = self._kept.failures(key)
        return failures if self._clock() - failures.last <= FORGOTTEN else FailedLogins()


def _wait_after(count: int, free: int) -> float:
    """Twice as long after each failure."""
    return 0.0 if count < free else min(LONGEST, 2.0 ** min(count - free, 10))


@cache
def attempts() -> Attempts:
    """Of this process. By the system's clock where machines share what is kept."""
    if not settings.REDIS_URL:
        return Attempts()
    return Attempts(time.time, kept=SharedFailures(settings.REDIS_URL, MemoryFailures(MOST)))
