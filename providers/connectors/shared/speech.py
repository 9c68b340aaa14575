"""What a model says, thoughts and text told apart, each once: services say them in fields, between tags, in
pieces and as a whole, and some in two of these ways at a time.
"""

from collections.abc import Iterator, Sequence

from providers.connectors.shared.repeated_thoughts import RepeatedThought
from providers.connectors.shared.thoughts import ThoughtSplitter
from providers.types import ReasoningDelta, StreamEvent, TextDelta

LEAST_REPEATED = 8
"""Characters. A last piece that equals all before it is a repetition if it is at least as long and has no
blank at its ends; a model that says a thing twice puts a blank between."""


class Speech:
    """Turns the pieces of one answer into events. Once `settled`, no text can be a thought any more: a piece
    may then go straight to the reader, after it was given to `record_text`."""

    __slots__ = ("_fields", "_splitter", "_texts", "_thought", "settled")

    def __init__(self) -> None:
        self._splitter: ThoughtSplitter | None = ThoughtSplitter()
        self._thought = RepeatedThought()
        self._fields: list[str] = []
        self._texts: list[str] = []
        self.settled = False

    @property
    def has_text(self) -> bool:
        return bool(self._texts)

    def record_text(self, piece: str) -> None:
        self._texts.append(piece)

    def add_text(self, piece: str, *, last: bool = False) -> list[StreamEvent]:
        """`last`: with this piece the service says that the answer ends."""
        if not piece or (last and _repeats(piece, self._texts)):
            return []
        self._texts.append(piece)
        splitter = self._splitter
        if splitter is None:
            return _text(piece)
        thought, text = splitter.feed(piece)
        events = self._tagged(thought)
        if self.settled:
            return events
        if splitter.closed:
            events += _reasoning(self._thought.end_second())
        if splitter.settled:
            self._settle()
        return events + _text(text)

    def add_thought(self, piece: str, *, last: bool = False) -> list[StreamEvent]:
        """From a field that the service has for thoughts."""
        if not piece or (last and _repeats(piece, self._fields)):
            return []
        self._fields.append(piece)
        events = _reasoning(self._thought.add("field", piece))
        return events + self._held_if_it_differs()

    def add_whole_text(self, text: str) -> list[StreamEvent]:
        """The whole answer again, after its pieces: what they lacked is new. Where it is another version of
        them (with sources, without thoughts) nothing is."""
        return self.add_text(_beyond(text, self._texts))

    def add_whole_thought(self, text: str) -> list[StreamEvent]:
        return self.add_thought(_beyond(text, self._fields))

    def finish(self) -> Iterator[StreamEvent]:
        """The events of what was held back."""
        if self._splitter is not None:
            thought, text = self._splitter.finish()
            yield from self._tagged(thought)
            if self._splitter is not None:
                yield from self._last(self._splitter, text)
        yield from _reasoning(self._thought.end_second())

    def _last(self, splitter: ThoughtSplitter, text: str) -> Iterator[StreamEvent]:
        only_a_tag = splitter.opened and not splitter.closed and self._thought.first == "field"
        if only_a_tag and not "".join(self._thought.held).strip():
            text = "".join(self._texts)
        yield from _reasoning(self._thought.end_second())
        yield from _text(text)
        self._settle()

    def _tagged(self, thought: str) -> list[StreamEvent]:
        if not thought:
            return []
        events = _reasoning(self._thought.add("tags", thought))
        return events + self._held_if_it_differs()

    def _held_if_it_differs(self) -> list[StreamEvent]:
        """A service that has a field for thoughts leaves no others in the text: there a tag is something
        that the model wrote."""
        if not self._thought.differs or not self._thought.held:
            return []
        held = self._thought.take_held()
        if self._thought.first == "field" and self._splitter and self._splitter.opened:
            self._settle()
            return _text("".join(self._texts))
        return _reasoning(held)

    def _settle(self) -> None:
        self._splitter = None
        self.settled = True


def _text(piece: str) -> list[StreamEvent]:
    return [TextDelta(piece)] if piece else []


def _reasoning(piece: str) -> list[StreamEvent]:
    return [ReasoningDelta(piece)] if piece else []


def _repeats(piece: str, said: Sequence[str]) -> bool:
    if len(piece) < LEAST_REPEATED or piece != piece.strip():
        return False
    return sum(map(len, said)) == len(piece) and "".join(said) == piece


def _beyond(whole: str, said: Sequence[str]) -> str:
    """What `whole` says after all that was `said`."""
    before = "".join(said)
    if not before.strip():
        return whole
    return whole[len(before) :] if whole.startswith(before) else ""
