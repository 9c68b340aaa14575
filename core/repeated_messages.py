"""What goes wrong many times a second is said once a minute."""

import logging
import time

MINUTE = 60.0


class OnceAMinute(logging.Filter):
    """For a logger: of each of its messages, whatever the values in it, one a minute passes."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, message = time.monotonic(), str(record.msg)
        if now - self._said.get(message, float("-inf")) < MINUTE:
            return False
        self._said[message] = now
        return True
