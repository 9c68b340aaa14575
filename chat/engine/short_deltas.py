from collections.abc import Iterable, Iterator
from itertools import count

from chat.engine.frames import Frame

MOST_NUMBERED = 1_000
"""Answers that have a number at once; beyond, all are given new ones."""


class ShortDeltas:
    """How one socket that asked for it is told deltas: in place of two ids the answer has a number, and those
    that are ready together come in one message. The first delta of an answer comes whole, and says the
    number (docs/protocol.md)."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = count(1)

    def write(self, frames: Iterable[Frame]) -> Iterator[str]:
        """The messages that say the same as `frames`, in the same order."""
        together: list[str] = []
        for item in frames:
            if item.short is not None and (number := self._numbers.get(item.message or "")) is not None:
                together.append(f"[{number},{item.short}]")
                continue
            if together:
                yield f"[{','.join(together)}]"
                together = []
            yield self._numbered(item) if item.short is not None else item.body
            if item.offset is not None:
                # The answer's record: no delta follows.
                self._numbers.pop(item.message or "", None)
        if together:
            yield f"[{','.join(together)}]"

    def _numbered(self, delta: Frame) -> str:
        if len(self._numbers) >= MOST_NUMBERED:
            self._numbers.clear()
        number = self._numbers[delta.message or ""] = next(self._next)
        return f'{delta.body[:-1]},"number":{number}}}'
