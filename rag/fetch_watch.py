"""Ends a fetch that takes too long, or that nobody wants any more, in whatever it waits for: a server that
sends a letter a minute keeps each single read within its time."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

log = logging.getLogger(__name__)
LOOK_EVERY = 0.5


class FetchWatch:
    """Looks from a thread of its own until it is stopped. `cancelled` is asked there and nowhere else."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool], ended: Callable[[], object]) -> None:
        self.reason: Literal["timeout", "cancelled", ""] = ""
        self._deadline = time.monotonic() + seconds
        self._cancelled = cancelled
        self._ended = ended
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._followed: list[socket.socket] = []
        self._thread = threading.Thread(target=self._look, name="fetch watch", daemon=True)
        self._thread.start()

    def follow(self, connection: socket.socket) -> None:
        """TLS takes a socket's descriptor away, so another of the same connection is kept."""
        with self._lock:
            self._followed.append(socket.socket(fileno=os.dup(connection.fileno())))
            if self.reason:
                self._hang_up()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        with self._lock:
            for connection in self._followed:
                connection.close()
            self._followed.clear()

    def _look(self) -> None:
        try:
            while not self._is_over():
                if self._stopped.wait(min(LOOK_EVERY, max(0.0, self._deadline - time.monotonic()))):
                    return
            with self._lock:
                self._hang_up()
        finally:
            self._ended()

    def _is_over(self) -> bool:
        if self._is_unwanted():
            self.reason = "cancelled"
        elif time.monotonic() >= self._deadline:
            self.reason = "timeout"
        return bool(self.reason)

    def _is_unwanted(self) -> bool:
        try:
            return self._cancelled()
        except Exception:
            # The database is busy or away; the time still counts.
            log.exception("whether a document is still wanted cannot be seen")
            return False

    def _hang_up(self) -> None:
        for connection in self._followed:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
