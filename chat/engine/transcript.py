import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import orjson

from chat.engine.frames import Frame
from chat.protocol.notes import PASSING
from conversations.files.lines import whole_characters
from conversations.records import AnswerHeader, Part, ReasoningPart

PartName = Literal["text", "reasoning"]


@dataclass(slots=True)
class Run:
    """Deltas of one kind in a row, from number `start` on."""

    part: PartName
    start: int
    begun: float
    signature: str = ""


class Transcript:
    """An answer's text while it streams: what every reader has been shown, delta by delta.

    Joining is done only when somebody asks for `parts`, so a delta costs the same at the end of a long
    answer as at its beginning.
    """

    def __init__(
        self,
        conversation: str,
        header: AnswerHeader,
        *,
        remote: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`remote`: another process gives the answer."""
        self.conversation = conversation
        self.header = header
        self.remote = remote
        self._clock = clock
        self._notes: dict[str, Frame] = {}
        self._deltas: list[str] = []
        self._runs: list[Run] = []
        self._head = f'{{"type":"delta","conversation":"{conversation}","message":"{header["id"]}","seq":'

    @property
    def seq(self) -> int:
        """The number of the next delta."""
        return len(self._deltas)

    def keep_note(self, code: str, note: Frame) -> None:
        """For readers that come later: of each kind the last."""
        self._notes[code] = note

    def notes(self) -> list[Frame]:
        """Those that still say something: of what passes nothing is left once words have come."""
        return [note for code, note in self._notes.items() if not self._deltas or code not in PASSING]

    def add(self, part: PartName, text: str) -> tuple[Frame, str]:
        """Appends one delta. Returns its frame and its line for the journal."""
        if not self._runs or self._runs[-1].part != part or self._runs[-1].signature:
            self._runs.append(self._run(part))
        seq = len(self._deltas)
        self._deltas.append(text)
        tail = f'{seq},"part":"{part}","text":{quoted(text)}}}'
        return Frame(self._head + tail, message=self.header["id"], seq=seq), f'{{"seq":{tail}\n'

    def sign(self, signature: str) -> None:
        """The last reasoning is signed; where there is none that is not, reasoning without words."""
        unsigned = [run for run in self._runs if run.part == "reasoning" and not run.signature]
        if not unsigned:
            unsigned.append(self._run("reasoning"))
            self._runs += unsigned
        unsigned[-1].signature = signature

    def _run(self, part: PartName) -> "Run":
        return Run(part, len(self._deltas), self._clock())

    def since(self, seq: int) -> Iterator[Frame]:
        """The frames of the deltas from number `seq` on, as they were first sent."""
        for number in range(seq, len(self._deltas)):
            part = next(run.part for run in reversed(self._runs) if run.start <= number)
            body = f'{self._head}{number},"part":"{part}","text":{quoted(self._deltas[number])}}}'
            yield Frame(body, message=self.header["id"], seq=number)

    def parts(self) -> list[Part]:
        parts: list[Part] = []
        for run, following in pairwise([*self._runs, self._run("text")]):
            text = "".join(self._deltas[run.start : following.start])
            if run.part == "text":
                parts.append({"type": "text", "text": text})
                continue
            reasoning: ReasoningPart = {"type": "reasoning", "text": text}
            if text:
                reasoning["ms"] = round((following.begun - run.begun) * 1000)
            if run.signature:
                reasoning["signature"] = run.signature
            parts.append(reasoning)
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
