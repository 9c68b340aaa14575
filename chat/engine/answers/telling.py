from collections.abc import Sequence
from functools import partial

from chat.engine.answers.journal_writer import JournalWriter
from chat.engine.frames import Frame
from chat.engine.room import Room
from chat.engine.transcript import PartName, Transcript
from conversations.answer_parts import Delta, Piece, Signature, WholePart
from conversations.records import AnswerFacts, AnswerHeader, Part, WaitingCall
from conversations.store.base import Journal


class Telling:
    """What an answer says, on its way into its journal and to its readers.

    `said` is all of it. `shown` is what the room has of it: the same, or, where its home writes first, what
    is in the journal already. What its record holds and was not shown by then is shown with the record.
    """

    def __init__(
        self, room: Room, header: AnswerHeader, journal: Journal | None, writer: JournalWriter
    ) -> None:
        self._room = room
        self.journal = journal
        self.writer = writer
        self.said = self.shown = Transcript(room.id, header)
        if journal is not None and writer.writes_first:
            self.shown = Transcript(room.id, header, behind=True)

    def set_header(self, header: AnswerHeader) -> None:
        for transcript in {self.said, self.shown}:
            transcript.set_header(header)

    def add(self, part: PartName, text: str) -> None:
        frame, line = self.said.add(part, text)
        if self.shown is self.said:
            self._write(line)
            self._room.broadcast(frame)
        else:
            self._write_first(line, Delta(frame.seq or 0, part, text), frame)

    def add_part(self, part: Part) -> None:
        frame, line = self.said.add_part(part)
        if self.shown is self.said:
            self._write(line)
            self._room.broadcast(frame)
        else:
            self._write_first(line, WholePart(frame.seq or 0, part), frame)

    def sign(self, signature: str) -> None:
        line = self.said.sign(signature)
        if self.shown is self.said:
            self._write(line)
        else:
            self._write_first(line, Signature(self.said.seq, signature))

    def set_facts(self, facts: AnswerFacts) -> None:
        line = self.said.set_facts(facts)
        if self.shown is not self.said:
            self.shown.set_facts(facts)
        self._write(line)

    def set_waiting(self, calls: Sequence[WaitingCall]) -> None:
        self._write(self.said.set_waiting(calls))

    async def write_down(self, journal: Journal, writer: JournalWriter) -> None:
        """Here, and nowhere else, from now on: what was said so far, and all that comes."""
        left, left_writer = self.journal, self.writer
        self.journal, self.writer = journal, writer
        for line in self.said.lines():
            writer.add(journal, line)
        if left is not None:
            await left_writer.close(left, remove=True)

    def _write(self, line: str) -> None:
        if self.journal is not None:
            self.writer.add(self.journal, line)

    def _write_first(self, line: str, piece: Piece, frame: Frame | None = None) -> None:
        if self.journal is not None:
            self.writer.add(self.journal, line, partial(self._show, piece, frame))

    def _show(self, piece: Piece, frame: Frame | None) -> None:
        self.shown.take_in(piece)
        if frame is not None:
            self._room.broadcast(frame)
