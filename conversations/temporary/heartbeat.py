"""This process among those that write journals of temporary conversations."""

import logging
import threading
from collections.abc import Iterable
from contextlib import suppress
from uuid import uuid4

from conversations.errors import TemporaryAwayError
from conversations.temporary.redis import PREFIX, TemporaryRedis
from core.repeated_messages import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

BEAT = 5.0
"""Seconds between two signs of life."""
OVERDUE = 15.0
"""Seconds without one, by Redis's clock, after which a process counts as dead: others end its answers, and it
finds its journals refused."""
NOBODY = "-"


class Heartbeat:
    """Gives signs of life from `begin` to `close`, on a thread of its own: it also lives while its event loop
    is busy."""

    def __init__(self, redis: TemporaryRedis) -> None:
        self.name = uuid4().hex
        self._redis = redis
        self._guard = threading.Lock()
        self._beating: threading.Thread | None = None
        self._closed = threading.Event()

    def begin(self) -> None:
        with self._guard:
            if self._beating is not None:
                return
            self._beat()
            self._beating = threading.Thread(target=self._go_on, name="temporary-chats", daemon=True)
            self._beating.start()

    def close(self) -> None:
        self._closed.set()
        if self._beating is not None:
            with suppress(TemporaryAwayError):
                self._redis.ask("DEL", key_of(self.name))

    def find_alive(self, names: Iterable[str]) -> set[str]:
        """Those of the processes that live."""
        asked = sorted(set(names) - {NOBODY})
        if not asked:
            return set()
        found = self._redis.ask("MGET", *map(key_of, asked))
        return {name for name, sign in zip(asked, found, strict=True) if sign is not None}

    def _beat(self) -> None:
        self._redis.ask("SET", key_of(self.name), "1", "PX", round(OVERDUE * 1000))

    def _go_on(self) -> None:
        while not self._closed.wait(BEAT):
            try:
                self._beat()
            except TemporaryAwayError as error:
                logger.warning("Temporary chats cannot be reached: %s", error)


def key_of(name: str) -> str:
    return f"{PREFIX}process.{name}"
