"""Alternatives in Office's XML (`mc:AlternateContent`): the same content said several times, for readers that
know more and less."""


class Alternatives:
    """Of each the first branch that holds text is read."""

    def __init__(self) -> None:
        self._open: list[tuple[bool, int]] = []
        """Whether a branch has been read, and how much text there was before it."""

    def start(self, name: str, written: int) -> bool:
        """Whether this element is a branch to leave out. `written`: characters of text so far."""
        if name == "AlternateContent":
            self._open.append((False, written))
        elif name in ("Choice", "Fallback") and self._open:
            taken, _ = self._open[-1]
            if taken:
                return True
            self._open[-1] = (False, written)
        return False

    def end(self, name: str, written: int) -> None:
        if name == "AlternateContent" and self._open:
            self._open.pop()
        elif name in ("Choice", "Fallback") and self._open:
            taken, before = self._open[-1]
            self._open[-1] = (taken or written > before, before)
