import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import orjson

from chat.engine.frames import Frame
from conversations.lines import whole_characters
from conversations.records import AnswerHeader, Part

PartName = Literal["text", "reasoning"]


class Transcript:
    """An answer's text while it streams: what every reader has been shown, delta by delta.

    Joining is done only when somebody asks for `parts`, so a delta costs the same at the end of a long
    answer as at its beginning.
    """

    def __init__(
        self, conversation: str, header: AnswerHeader, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.conversation = conversation
        self.header = header
        self._clock = clock
        self._deltas: list[str] = []
        self._runs: list[tuple[PartName, int, float]] = []
        self._head = f'{{"type":"delta","conversation":"{conversation}","message":"{header["id"]}","seq":'

    @property
    def seq(self) -> int:
        """The number of the next delta."""
        return len(self._deltas)

    def add(self, part: PartName, text: str) -> tuple[Frame, str]:
        """Appends one delta. Returns its frame and its line for the journal."""
        if not self._runs or self._runs[-1][0] != part:
            self._runs.append((part, len(self._deltas), self._clock()))
        seq = len(self._deltas)
        self._deltas.append(text)
        tail = f'{seq},"part":"{part}","text":{quoted(text)}}}'
        return Frame(self._head + tail, message=self.header["id"], seq=seq), f'{{"seq":{tail}\n'

    def since(self, seq: int) -> Iterator[Frame]:
        """The frames of the deltas from number `seq` on, as they were first sent."""
        for number in range(seq, len(self._deltas)):
            part = next(name for name, start, _ in reversed(self._runs) if start <= number)
            body = f'{self._head}{number},"part":"{part}","text":{quoted(self._deltas[number])}}}'
            yield Frame(body, message=self.header["id"], seq=number)

    def parts(self) -> list[Part]:
        now: tuple[PartName, int, float] = ("text", len(self._deltas), self._clock())
        parts: list[Part] = []
        for (name, start, begun), (_, end, ended) in pairwise([*self._runs, now]):
            text = "".join(self._deltas[start:end])
            if name == "text":
                parts.append({"type": "text", "text": text})
            else:
                parts.append({"type": "reasoning", "text": text, "ms": round((ended - begun) * 1000)})
        return parts

    @property
    def text(self) -> str:
        return "".join(part["text"] for part in self.parts() if part["type"] == "text")


def quoted(text: str) -> str:
    """As JSON. A model server may send half a surrogate pair, which no UTF-8 can hold."""
    try:
        return orjson.dumps(text).decode()
    except TypeError:
        return orjson.dumps(whole_characters(text)).decode()
