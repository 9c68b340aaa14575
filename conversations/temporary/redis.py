"""Redis, asked from any thread."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry

from conversations.errors import TemporaryAwayError

PREFIX = "divan.temporary."
WAIT_FOR_REDIS = 2.0
"""Seconds, for each thing that is asked."""
AWAY_FOR = 1.0
"""Seconds after which a Redis that did not answer is asked again: no thread must wait for it each time."""


class TemporaryRedis:
    """Raises TemporaryAwayError where it does not answer, or takes nothing more."""

    def __init__(self, url: str) -> None:
        # Once more at once: a connection may be one that Redis has closed since.
        once_more = Retry(NoBackoff(), 1)
        self._redis = Redis.from_url(
            url, socket_connect_timeout=WAIT_FOR_REDIS, socket_timeout=WAIT_FOR_REDIS, retry=once_more
        )
        self._away_until = 0.0

    def ask(self, *command: Any) -> Any:
        with self._answering():
            return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]

    def run(self, script: str, keys: Sequence[str], *values: Any) -> Any:
        return self.ask("EVAL", script, len(keys), *keys, *values)

    @contextmanager
    def together(self) -> Iterator[Pipeline]:
        """What is asked inside goes there in one round trip, by `execute`."""
        with self._answering(), self._redis.pipeline(transaction=False) as asked:
            yield asked

    def count(self, keys: Sequence[str]) -> int:
        return int(self.ask("EXISTS", *keys)) if keys else 0

    def close(self) -> None:
        self._redis.close()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        if time.monotonic() < self._away_until:
            raise TemporaryAwayError("Redis does not answer")
        try:
            yield
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_FOR
            raise TemporaryAwayError(f"Redis does not answer: {error}") from error


def decode_texts(found: Any) -> list[str]:
    return [one.decode() for one in cast("list[bytes]", found)]
