"""One thought from two sources: a field of its own, and tags in the text."""

from typing import Literal

Source = Literal["field", "tags"]


class RepeatedThought:
    """Shows a thought as the first source tells it. What the second says is held back for as long as it is
    the same, blanks aside; `differs` says that it is another, and `held` is then to be taken.

    A thought of blanks is none.
    """

    __slots__ = ("_ahead", "_at", "_known", "_pieces", "differs", "first", "held")

    def __init__(self) -> None:
        self.first: Source | None = None
        self.held: list[str] = []
        self.differs = False
        self._pieces: list[str] = []
        self._known = ""
        self._at = 0
        self._ahead = ""

    def add(self, source: Source, piece: str) -> str:
        """The part of `piece` that is to be shown now; empty where it is held back."""
        if self.first is None:
            piece = piece.lstrip()
            if not piece:
                return ""
            self.first = source
        if source == self.first:
            if not self.differs:
                self._pieces.append(piece)
                if self._ahead:
                    self._compare()
            return piece
        if self.differs:
            return piece
        self.held.append(piece)
        self._ahead += _squeezed(piece)
        self._compare()
        return ""

    def take_held(self) -> str:
        held = "".join(self.held)
        self.held.clear()
        return held

    def end_second(self) -> str:
        """To be called when the second source has ended: what it alone said."""
        missing, self._ahead = len(self._ahead), ""
        held = self.take_held()
        at = len(held)
        while missing and at:
            at -= 1
            missing -= not held[at].isspace()
        return held[len(held[:at].rstrip()) :] if at < len(held) else ""

    def _compare(self) -> None:
        if self._pieces:
            self._known = self._known[self._at :] + _squeezed("".join(self._pieces))
            self._at = 0
            self._pieces.clear()
        size = min(len(self._known) - self._at, len(self._ahead))
        self.differs = self._known[self._at : self._at + size] != self._ahead[:size]
        self._at += size
        self._ahead = self._ahead[size:]


def _squeezed(text: str) -> str:
    return "".join(text.split())
