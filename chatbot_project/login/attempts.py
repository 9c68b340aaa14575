"""How long somebody waits before they may try a name and a password again.

Failures count by address and by name. From one address many failures make all its next attempts wait. For one
name many failures, from wherever they come, make each address wait once before it tries that name; what
others go on trying makes that wait no longer, so that strangers cannot keep a person out. Where a person has
logged in before, only their own failures from there count.

Kept in the memory of each process, of the `MOST` latest addresses and names alone.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

MOST = 10_000
FREE = 5
"""Failures for a name before anybody waits."""
FREE_OF_ADDRESS = 20
"""Many people may share an address."""
LONGEST = 60.0
FORGOTTEN = 900.0
"""Seconds without a failure after which a name, or an address, is as new."""

Key = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Attempts:
    """`clock`: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._failures: OrderedDict[Key, _Failures] = OrderedDict()
        self._known: OrderedDict[Key, None] = OrderedDict()
        self._may_at: OrderedDict[Key, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, name: str) -> float:
        """Seconds until this may be tried; 0: now."""
        with self._lock:
            pair = ("pair", address, name)
            if pair in self._known:
                return self._left(pair, FREE)
            return max(self._left(("address", address), FREE_OF_ADDRESS), self._left_of_name(address, name))

    def failed(self, address: str, name: str) -> None:
        with self._lock:
            pair = ("pair", address, name)
            self._may_at.pop(pair, None)
            keys = [pair] if pair in self._known else [pair, ("address", address), ("name", name)]
            for key in keys:
                failures = self._of(key)
                failures.count += 1
                failures.last = self._clock()
                _put(self._failures, key, failures, self._most)

    def succeeded(self, address: str, name: str) -> None:
        with self._lock:
            pair = ("pair", address, name)
            _put(self._known, pair, None, self._most)
            self._failures.pop(pair, None)

    def _left_of_name(self, address: str, name: str) -> float:
        pair = ("pair", address, name)
        if (may_at := self._may_at.get(pair)) is not None:
            return max(0.0, may_at - self._clock())
        wait = max(_wait_after(self._of(("name", name)).count, FREE), self._left(pair, FREE))
        if wait:
            _put(self._may_at, pair, self._clock() + wait, self._most)
        return wait

    def _left(self, key: Key, free: int) -> float:
        failures = self._of(key)
        return max(0.0, failures.last + _wait_after(failures.count, free) - self._clock())

    def _of(self, key: Key) -> _Failures:
        failures = self._failures.get(key)
        if failures is None or self._clock() - failures.last > FORGOTTEN:
            return _Failures()
        return failures


def _wait_after(count: int, free: int) -> float:
    """Twice as long after each failure."""
    return 0.0 if count < free else min(LONGEST, 2.0 ** min(count - free, 10))


def _put(kept: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


attempts = Attempts()
