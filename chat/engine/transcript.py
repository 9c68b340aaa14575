import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from chat.engine.frames import Frame, encode
from chat.protocol.notes import PASSING, TAKEN_BACK
from conversations.answer_parts import AnswerParts, Delta, Facts, Line, Signature, WholePart
from conversations.files.journal_lines import encode_line
from conversations.records import AnswerFacts, AnswerHeader, Part
from core.json_text import dump_json

PartName = Literal["text", "reasoning"]
Numbered = Delta | WholePart


class Transcript:
    """An answer while it streams: what every reader has been shown, delta by delta, and the lines of its
    journal that say the same.

    `header` is what `start` and a snapshot carry now; it is replaced, never changed. A delta costs the same
    at the end of a long answer as at its beginning.
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
        self.remote = remote
        self.ended = asyncio.Event()
        """Of an answer of another process: it has its record, or nobody follows it any more."""
        self._begun = self.header = header
        self.facts: AnswerFacts = {}
        self._clock = clock
        self._notes: dict[str, Frame] = {}
        self._parts = AnswerParts()
        self._head = f'{{"type":"delta","conversation":"{conversation}","message":"{header["id"]}","seq":'

    @property
    def seq(self) -> int:
        """The number of the next delta."""
        return self._parts.seq

    def keep_note(self, code: str, note: Frame) -> None:
        """For readers that come later: of each kind the last, and none that was taken back."""
        if (before := TAKEN_BACK.get(code)) is not None:
            self._notes.pop(before, None)
        else:
            self._notes[code] = note

    def notes(self) -> list[Frame]:
        """Those that still say something: of what passes nothing is left once words have come."""
        return [note for code, note in self._notes.items() if not self.seq or code not in PASSING]

    def add(self, part: PartName, text: str) -> tuple[Frame, str]:
        """Appends one delta. Returns its frame and its line for the journal."""
        at = None if self._parts.is_open(part) else self._clock()
        seq = self._parts.add_delta(part, text, at)
        said = quoted(text)
        return self._delta(seq, part, said), f'{{"seq":{seq},"part":"{part}","text":{said}}}\n'

    def sign(self, signature: str) -> str:
        """The last reasoning is signed; where there is none that is not, reasoning without words. Returns the
        line for the journal."""
        line = encode_line(Signature(self.seq, signature))
        self._parts.sign(signature, self._clock())
        return line

    def set_facts(self, facts: AnswerFacts) -> str:
        """What is known of the answer beside its parts, in place of what was. Returns the line for the
        journal."""
        self.facts = facts
        self.header = {**self._begun, **facts}
        return encode_line(Facts(facts))

    def set_header(self, header: AnswerHeader) -> None:
        """What `start` says now; facts stay."""
        self._begun = header
        self.header = {**header, **self.facts}

    def take(self, piece: Numbered) -> Frame:
        """Appends what another process has numbered; it comes next. Returns its frame."""
        self._parts.take(piece, self._clock())
        return self._frame(piece)

    def catch_up(self, parts: AnswerParts, facts: AnswerFacts) -> list[Frame]:
        """With what the journal of another process's answer holds. Returns the frames that are new."""
        self.set_facts(facts)
        known = self.seq
        if parts.seq >= known:
            self._parts = parts
        return list(self.since(known))

    def end_with(self, parts: Sequence[Part]) -> list[Frame]:
        """The frames that lead to `parts`, which the answer's record holds: of an answer of another process
        the record may be here before its last delta. None where they do not go on from what was shown."""
        shown, said = told_in(self.parts()), told_in(parts)
        whole, last = shown[:-1], shown[-1:]
        at = len(whole)
        goes_on = not last or (said[at : at + 1] and said[at][0] == last[0][0])
        if said[:at] != whole or not goes_on:
            return []
        frames = []
        for number, (part, text) in enumerate(said[at:]):
            before = last[0][1] if last and number == 0 else ""
            if not text.startswith(before):
                return []
            if text != before:
                frames.append(self.add(part, text[len(before) :])[0])
        return frames

    def since(self, seq: int) -> Iterator[Frame]:
        """The frames of the deltas and whole parts from number `seq` on, as they were first sent."""
        for piece in self._parts.pieces(seq):
            if not isinstance(piece, Signature):
                yield self._frame(piece)

    def lines(self) -> list[str]:
        """All of its journal but the header."""
        said: list[Line] = [*self._parts.pieces()]
        if self.facts:
            said.insert(0, Facts(self.facts))
        return [encode_line(line) for line in said]

    def parts(self) -> list[Part]:
        return self._parts.as_list(self._clock())

    @property
    def text(self) -> str:
        return "".join(part["text"] for part in self.parts() if part["type"] == "text")

    def _frame(self, piece: Numbered) -> Frame:
        if isinstance(piece, Delta):
            return self._delta(piece.seq, piece.part, quoted(piece.text))
        message = self.header["id"]
        fields = {"type": "part", "conversation": self.conversation, "message": message, **piece._asdict()}
        return Frame(encode(fields), message=message, seq=piece.seq)

    def _delta(self, seq: int, part: str, said: str) -> Frame:
        """`said`: its words, as JSON."""
        short = f"{seq},{said}" if part == "text" else f'{seq},{said},"{part}"'
        body = f'{self._head}{seq},"part":"{part}","text":{said}}}'
        return Frame(body, message=self.header["id"], seq=seq, short=short)


def told_in(parts: Sequence[Part]) -> list[tuple[PartName, str]]:
    """What deltas bring."""
    return [(part["type"], part["text"]) for part in parts if part["type"] in ("text", "reasoning")]


def quoted(text: str) -> str:
    """As JSON. A model server may send half a surrogate pair, which no UTF-8 can hold."""
    return dump_json(text).decode()
