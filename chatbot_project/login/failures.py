"""Where failed logins are kept: in the memory of each process, of the latest addresses and names alone, or in
Redis, for all. While Redis does not answer each process goes by its own."""

import hashlib
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

WAIT_FOR_REDIS = 1.0
ALONE_FOR = 5.0
"""Seconds after which a Redis that did not answer is asked again."""
PREFIX = "divan.login."

Key = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class FailedLogins:
    """Failed logins of an address or a name. `last`: when the last was."""

    count: int = 0
    last: float = 0.0


class FailureStore(Protocol):
    """`seconds`: after which a value may be forgotten."""

    def get(self, key: Key) -> float | None: ...
    def put(self, key: Key, value: float, seconds: float) -> None: ...
    def drop(self, key: Key) -> None: ...
    def failures(self, key: Key) -> FailedLogins: ...
    def count(self, key: Key, at: float, seconds: float) -> None:
        """Counts one more failure at that moment."""


class MemoryFailures:
    def __init__(self, most: int) -> None:
        self._most = most
        self._values: defaultdict[str, OrderedDict[Key, float]] = defaultdict(OrderedDict)
        """By kind: nobody pushes one kind out with another."""
        self._failures: OrderedDict[Key, FailedLogins] = OrderedDict()

    def get(self, key: Key) -> float | None:
        return self._values[key[0]].get(key)

    def put(self, key: Key, value: float, seconds: float) -> None:
        put_last(self._values[key[0]], key, value, self._most)

    def drop(self, key: Key) -> None:
        self._values[key[0]].pop(key, None)
        self._failures.pop(key, None)

    def failures(self, key: Key) -> FailedLogins:
        return self._failures.get(key, FailedLogins())

    def count(self, key: Key, at: float, seconds: float) -> None:
        put_last(self._failures, key, FailedLogins(self.failures(key).count + 1, at), self._most)

    def largest(self) -> int:
        """How many of the kind of which there are most."""
        return max(len(self._failures), *map(len, self._values.values()), 0)


class SharedFailures:
    """Called from threads. What is written is also kept in `own`, for when Redis is away. Names and addresses
    stand in Redis as digests."""

    def __init__(self, url: str, own: MemoryFailures) -> None:
        from redis import Redis

        self._redis = Redis.from_url(
            url, socket_connect_timeout=WAIT_FOR_REDIS, socket_timeout=WAIT_FOR_REDIS, decode_responses=True
        )
        self._own = own
        self._alone_until = 0.0

    def get(self, key: Key) -> float | None:
        found = self._ask(lambda: cast(str | None, self._redis.get(name_of(key))) or "")
        if found is None:
            return self._own.get(key)
        return float(found) if found else None

    def put(self, key: Key, value: float, seconds: float) -> None:
        self._own.put(key, value, seconds)
        self._ask(lambda: self._redis.set(name_of(key), repr(value), px=round(seconds * 1000)))

    def drop(self, key: Key) -> None:
        self._own.drop(key)
        self._ask(lambda: self._redis.delete(name_of(key)))

    def failures(self, key: Key) -> FailedLogins:
        found = self._ask(lambda: cast(dict[str, str], self._redis.hgetall(name_of(key))))
        if found is None:
            return self._own.failures(key)
        return FailedLogins(int(found.get("count", 0)), float(found.get("last", 0)))

    def count(self, key: Key, at: float, seconds: float) -> None:
        self._own.count(key, at, seconds)

        def add() -> None:
            with self._redis.pipeline() as pipe:
                pipe.hincrby(name_of(key), "count", 1)
                pipe.hset(name_of(key), "last", repr(at))
                pipe.pexpire(name_of(key), round(seconds * 1000))
                pipe.execute()

        self._ask(add)

    def _ask(self, ask: Callable[[], Value]) -> Value | None:
        """None where Redis does not answer."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._alone_until:
            return None
        try:
            return ask()
        except (RedisError, OSError) as error:
            self._alone_until = time.monotonic() + ALONE_FOR
            logger.warning("Each process counts failed logins for itself: Redis does not answer (%s)", error)
            return None


def name_of(key: Key) -> str:
    kind, *whose = key
    return f"{PREFIX}{kind}.{hashlib.sha256(chr(0).join(whose).encode()).hexdigest()}"


def put_last(kept: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
