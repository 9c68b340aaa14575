"""What a program writes to its error output, line by line in Divan's log: bounded, and without the values of
its environment, which are often keys."""

import logging
import time
from collections.abc import Iterable

from chat.tools.mcp.definitions import one_line

logger = logging.getLogger("chat.tools.mcp.program")

LONGEST_LINE = 1_000
LINES = 60
SECONDS = 60.0
"""So many lines in so many seconds; the number of those left out is said."""
SHORTEST_SECRET = 6


class ErrorOutput:
    def __init__(self, name: str, secrets: Iterable[str]) -> None:
        self._name = name
        self._secrets = sorted((one for one in secrets if len(one) >= SHORTEST_SECRET), key=len, reverse=True)
        self._line = b""
        self._passing = False
        self._since = float("-inf")
        self._said = 0
        self._left_out = 0

    def add_output(self, chunk: bytes) -> None:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._end(line)
        self._keep(rest)

    def finish(self) -> None:
        self._end(b"")
        self._tell_left_out()

    def _keep(self, piece: bytes) -> None:
        self._line = (self._line + piece)[: LONGEST_LINE * 4]

    def _end(self, piece: bytes) -> None:
        self._keep(piece)
        text, self._line = self._line.decode(errors="replace"), b""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        if shown := one_line(text, LONGEST_LINE):
            self._say(shown)

    def _say(self, line: str) -> None:
        now = time.monotonic()
        if now - self._since > SECONDS:
            self._tell_left_out()
            self._since, self._said = now, 0
        self._said += 1
        if self._said > LINES:
            self._left_out += 1
        else:
            logger.info("tool server %s: %s", self._name, line)

    def _tell_left_out(self) -> None:
        if self._left_out:
            logger.info("tool server %s: %d lines were left out", self._name, self._left_out)
            self._left_out = 0
