import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from chat.engine.frames import Frame, encode
from chat.protocol.notes import PASSING, TAKEN_BACK
from conversations.answer_parts import (
    AnswerParts,
    Delta,
    Facts,
    Line,
    Piece,
    Signature,
    Waiting,
    WholePart,
)
from conversations.records import AnswerFacts, AnswerHeader, Part, WaitingCall
from conversations.store.journal_lines import encode_line
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
        behind: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`remote`: another process gives the answer; `behind`: its record may be here before its last
        delta, as of one of another process."""
        self.conversation = conversation
        self.remote = remote
        self.behind = behind or remote
        self.ended = asyncio.Event()
        """Of an answer of another process: it has its record, or nobody follows it any more."""
        self._begun = self.header = header
        self.facts: AnswerFacts = {}
        self.waiting: list[WaitingCall] = []
        """The calls that a person is to allow before it goes on."""
        self._clock = clock
        self._notes: dict[str, Frame] = {}
        self._parts = AnswerParts()
        self._head = f'{{"type":"delta","conversation":"{conversation}","message":"{header["id"]}","seq":'

    @property
    def seq(self) -> int:
        """The number that the next delta will have."""
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
        said = quote_json(text)
        return self._delta(seq, part, said), f'{{"seq":{seq},"part":"{part}","text":{said}}}\n'

    def add_part(self, part: Part) -> tuple[Frame, str]:
        """Appends a part that came whole. Returns its frame and its line for the journal."""
        piece = WholePart(self._parts.add_part(part, self._clock()), part)
        return self._frame(piece), encode_line(piece)

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

    def set_waiting(self, calls: Sequence[WaitingCall]) -> str:
        """Replaces the calls that wait for a person. Returns the line for the journal."""
        self.waiting = list(calls)
        return encode_line(Waiting(self.waiting))

    def wait_for(self, calls: Sequence[WaitingCall]) -> bool:
        """As the journal of another process's answer says. Whether that is new."""
        if list(calls) == self.header.get("calls", []):
            return False
        header: AnswerHeader = {**self._begun, "status": "waiting" if calls else "streaming"}
        header.pop("calls", None)
        if calls:
            header["calls"] = list(calls)
        self.set_header(header)
        return True

    def set_header(self, header: AnswerHeader) -> None:
        """Replaces what `start` says of the answer; facts that were found out stay in it."""
        self._begun = header
        self.header = {**header, **self.facts}

    def add_numbered(self, piece: Numbered) -> Frame:
        """Appends what another process has numbered, which must come next. Returns its frame."""
        self._parts.add_numbered(piece, self._clock())
        return self._frame(piece)

    def take_in(self, piece: Piece) -> None:
        """Appends what was numbered, and made a frame of, before."""
        self._parts.add_numbered(piece, self._clock())

    def catch_up(self, parts: AnswerParts, facts: AnswerFacts) -> list[Frame]:
        """Takes in what the journal of another process's answer holds. Returns the frames that are new."""
        self.set_facts(facts)
        known = self.seq
        if parts.seq >= known:
            self._parts = parts
        return list(self.frames_since(known))

    def end_with(self, parts: Sequence[Part]) -> list[Frame]:
        """The frames that lead to `parts`, which the answer's record holds, where it is `behind`. None where
        they do not go on from what was shown."""
        shown, said = segments_of(self.parts()), segments_of(parts)
        if not shown:
            return self._go_on("", said)
        *whole, last = shown
        at = len(whole)
        if said[:at] != whole or len(said) == at:
            return []
        if said[at] == last:
            return self._go_on("", said[at + 1 :])
        return self._go_on(last.text, said[at:]) if said[at].continues(last) else []

    def _go_on(self, before: str, told: Sequence["Segment"]) -> list[Frame]:
        """`before`: what of the first was shown already."""
        frames = []
        for one in told:
            if one.part is not None:
                frames.append(self.add_part(one.part)[0])
            else:
                frames.append(self.add(one.kind, one.text[len(before) :])[0])
            before = ""
        return frames

    def frames_since(self, seq: int) -> Iterator[Frame]:
        """The frames of the deltas and whole parts from number `seq` on, as they were first sent."""
        for piece in self._parts.pieces(seq):
            if not isinstance(piece, Signature):
                yield self._frame(piece)

    def lines(self) -> list[str]:
        """Every line of its journal but the header."""
        said: list[Line] = [*self._parts.pieces()]
        if self.facts:
            said.insert(0, Facts(self.facts))
        if self.waiting:
            said.append(Waiting(self.waiting))
        return [encode_line(line) for line in said]

    def parts(self) -> list[Part]:
        return self._parts.as_list(self._clock())

    @property
    def text(self) -> str:
        return text_in(self.parts())

    @property
    def last_text(self) -> str:
        """What was said after the last call."""
        parts = self.parts()
        calls = [place for place, part in enumerate(parts) if part["type"] in ("tool_call", "tool_result")]
        return text_in(parts[calls[-1] + 1 :] if calls else parts)

    def _frame(self, piece: Numbered) -> Frame:
        if isinstance(piece, Delta):
            return self._delta(piece.seq, piece.part, quote_json(piece.text))
        message = self.header["id"]
        fields = {"type": "part", "conversation": self.conversation, "message": message, **piece._asdict()}
        return Frame(encode(fields), message=message, seq=piece.seq)

    def _delta(self, seq: int, part: str, said: str) -> Frame:
        """`said`: its words, as JSON."""
        short = f"{seq},{said}" if part == "text" else f'{seq},{said},"{part}"'
        body = f'{self._head}{seq},"part":"{part}","text":{said}}}'
        return Frame(body, message=self.header["id"], seq=seq, short=short)


class Segment(NamedTuple):
    """What deltas of one kind in a row say together, or one `part` that came whole."""

    kind: PartName
    text: str
    part: Part | None = None

    def continues(self, shown: "Segment") -> bool:
        return (
            self.part is shown.part is None and self.kind == shown.kind and self.text.startswith(shown.text)
        )


def segments_of(parts: Sequence[Part]) -> list[Segment]:
    """What readers are shown of the parts: neither signatures nor how long reasoning took."""
    told: list[Segment] = []
    for part in parts:
        if part["type"] not in ("text", "reasoning"):
            told.append(Segment("text", "", part))
        elif part["text"]:
            if told and told[-1].part is None and told[-1].kind == part["type"]:
                told[-1] = Segment(part["type"], told[-1].text + part["text"])
            else:
                told.append(Segment(part["type"], part["text"]))
    return told


def text_in(parts: Sequence[Part]) -> str:
    return "".join(part["text"] for part in parts if part["type"] == "text")


def quote_json(text: str) -> str:
    """The text as JSON. A model server may send half a surrogate pair, which no UTF-8 can hold."""
    return dump_json(text).decode()
