"""The parts of an answer, from what arrived of it line by line.

There is one way from lines to parts: an answer that streams takes each line as it comes, and what is left of
one whose process died, or what another process gives, is folded from its journal. Pure: no files, no clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, cast

from conversations.records import AnswerFacts, Part, ReasoningPart, ToolResultPart, WaitingCall


class Delta(NamedTuple):
    """`part`: `text` or `reasoning`; others are kept as they come."""

    seq: int
    part: str
    text: str


class WholePart(NamedTuple):
    """A part that came at once, numbered among the deltas."""

    seq: int
    part: Part


class Signature(NamedTuple):
    """Of the last reasoning before number `seq` that has none; it has no number of its own."""

    seq: int
    signature: str


class Facts(NamedTuple):
    """All that the answer's record will say beside its parts. The last one counts."""

    facts: AnswerFacts


class Waiting(NamedTuple):
    """The calls that a person is to allow; none: the answer goes on. The last one counts."""

    waiting: list[WaitingCall]


Piece = Delta | WholePart | Signature
Line = Piece | Facts | Waiting


@dataclass(slots=True)
class PartRun:
    """Deltas of one kind in a row from number `start` on, or a part that came whole. `begun_at`: when
    its first came, where somebody looked."""

    part: str
    start: int
    begun_at: float | None
    texts: list[str] = field(default_factory=list)
    signature: str = ""
    whole_part: Part | None = None

    @property
    def end(self) -> int:
        return self.start + (len(self.texts) if self.whole_part is None else 1)

    def pieces(self, since: int) -> Iterator[Piece]:
        if self.whole_part is not None and self.start >= since:
            yield WholePart(self.start, self.whole_part)
        for seq in range(max(self.start, since), self.start + len(self.texts)):
            yield Delta(seq, self.part, self.texts[seq - self.start])
        if self.signature and self.end >= since:
            yield Signature(self.end, self.signature)

    def as_part(self, following: float | None) -> Part:
        """The part that the run makes. `following`: when the next one began."""
        if self.whole_part is not None:
            return self.whole_part
        text = "".join(self.texts)
        if self.part != "reasoning":
            return cast(Part, {"type": self.part, "text": text})
        reasoning: ReasoningPart = {"type": "reasoning", "text": text}
        if text and self.begun_at is not None and following is not None:
            reasoning["ms"] = round((following - self.begun_at) * 1000)
        if self.signature:
            reasoning["signature"] = self.signature
        return reasoning


class AnswerParts:
    """Grows by a line at a time, which costs the same however many came before; nothing is joined before
    somebody asks. `at` and `until` are moments of one clock, in seconds; `at` matters where a part begins."""

    def __init__(self) -> None:
        self._runs: list[PartRun] = []
        self._unsigned: list[PartRun] = []
        """Reasoning that has no signature yet."""
        self.seq = 0
        """The number of the next delta, or whole part."""

    def is_open(self, part: str) -> bool:
        """Whether a delta of that kind goes on with the last part."""
        if not self._runs:
            return False
        last = self._runs[-1]
        return last.part == part and not last.signature and last.whole_part is None

    def add_delta(self, part: str, text: str, at: float | None = None) -> int:
        """Adds the next delta and returns its number."""
        if not self.is_open(part):
            self._begin(PartRun(part, self.seq, at))
        self._runs[-1].texts.append(text)
        self.seq += 1
        return self.seq - 1

    def add_part(self, part: Part, at: float | None = None) -> int:
        """Adds the next part, which came whole, and returns its number."""
        self._runs.append(PartRun(part["type"], self.seq, at, whole_part=part))
        self.seq += 1
        return self.seq - 1

    def sign(self, signature: str, at: float | None = None) -> None:
        """The last reasoning is signed; where there is none that is not, reasoning without words."""
        if not self._unsigned:
            self._begin(PartRun("reasoning", self.seq, at))
        self._unsigned.pop().signature = signature

    def add_numbered(self, piece: Piece, at: float | None = None) -> None:
        """Adds what was numbered elsewhere; its number is not looked at, since it comes next."""
        match piece:
            case Delta():
                self.add_delta(piece.part, piece.text, at)
            case WholePart():
                self.add_part(piece.part, at)
            case Signature():
                self.sign(piece.signature, at)

    def pieces(self, since: int = 0) -> Iterator[Piece]:
        """Those from number `since` on; folded, all of them give the same parts."""
        for run in self._runs:
            yield from run.pieces(since)

    def as_list(self, until: float | None = None) -> list[Part]:
        begun = [run.begun_at for run in self._runs]
        return [
            run.as_part(following)
            for run, (_, following) in zip(self._runs, pairwise([*begun, until]), strict=True)
        ]

    def _begin(self, run: PartRun) -> None:
        self._runs.append(run)
        if run.part == "reasoning":
            self._unsigned.append(run)


def fold_pieces(pieces: Iterable[Piece]) -> AnswerParts:
    """In the order of their numbers, whatever order they come in; of two deltas or parts with one number the
    first counts, and where numbers are missing the rest moves up."""
    parts = AnswerParts()
    for piece in sort_pieces(pieces):
        parts.add_numbered(piece)
    return parts


def sort_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    signatures: list[Piece] = []
    numbered: dict[int, Piece] = {}
    for piece in pieces:
        if isinstance(piece, Signature):
            signatures.append(piece)
        else:
            numbered.setdefault(piece.seq, piece)
    # Sorting is stable: a signature stands before what has its number.
    return sorted([*signatures, *numbered.values()], key=lambda piece: piece.seq)


INTERRUPTED = "interrupted: it is not known whether this was done"
"""What a model is told of a call that has no result. It is never made again by itself."""


TOOLS_OFF = "refused: tools are switched off here, and nothing was called"
"""What stands behind a call of a model that was offered none."""


def missing_results(parts: Iterable[Part], why: str = INTERRUPTED) -> list[ToolResultPart]:
    """One for each call that has none, in their order: its process died, or somebody stopped the answer."""
    calls: dict[str, str] = {}
    for part in parts:
        if part["type"] == "tool_call":
            calls[part["id"]] = part["name"]
        elif part["type"] == "tool_result":
            calls.pop(part["id"], None)
    return [failed_result(call, name, why) for call, name in calls.items()]


def failed_result(call: str, name: str, why: str) -> ToolResultPart:
    return {
        "type": "tool_result",
        "id": call,
        "name": name,
        "content": why,
        "is_error": True,
        "ms": 0,
    }


GAP = "\n\n[…]\n\n"
"""Stands where words are missing, in any language."""


def mark_gaps(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """In order; where numbers are missing a delta says so, of the kind of what follows."""
    following = 0
    for piece in sort_pieces(pieces):
        if piece.seq > following:
            yield Delta(following, piece.part if isinstance(piece, Delta) else "text", GAP)
        following = piece.seq if isinstance(piece, Signature) else piece.seq + 1
        yield piece


def count_gaps(pieces: Iterable[Piece]) -> int:
    numbers = sorted({0, *(piece.seq + 1 for piece in pieces if not isinstance(piece, Signature))})
    return sum(later - earlier > 1 for earlier, later in pairwise(numbers))


def take_until_gap(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Those before the first number that is missing."""
    following = 0
    for piece in sort_pieces(pieces):
        if piece.seq > following:
            return
        following += not isinstance(piece, Signature)
        yield piece
