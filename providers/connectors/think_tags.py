"""Reasoning that a server left in the text, between `<think>` and `</think>`."""

_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>", "[THINK]": "[/THINK]"}


class ThinkSplitter:
    """Tells reasoning from text while both come in pieces.

    Only a tag that opens the answer counts: further on it is what the model says about tags. Once
    `settled`, all that follows is text and needs not pass through here.
    """

    __slots__ = ("_begun", "_closing", "_held", "_trim", "settled")

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._trim = False
        self._begun = False
        self.settled = False

    def feed(self, piece: str) -> tuple[str, str]:
        """(reasoning, text); either may be empty."""
        self._held += piece
        if not self._closing:
            reasoning, text = self._at_start()
        else:
            reasoning, text = self._inside()
        return reasoning, text

    def finish(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        return (held, "") if self._closing and not self._trim else ("", held)

    def _at_start(self) -> tuple[str, str]:
        start = self._held.lstrip()
        for opening, closing in _TAGS.items():
            if start.startswith(opening):
                self._held = start[len(opening) :]
                self._closing = closing
                self._begun = False
                return self._inside()
        if any(opening.startswith(start) for opening in _TAGS):
            return "", ""
        self.settled = True
        text, self._held = self._held, ""
        return "", text

    def _inside(self) -> tuple[str, str]:
        if self._trim:
            return "", self._after()
        if not self._begun:
            self._held = self._held.lstrip("\n")
            self._begun = bool(self._held)
        reasoning, tag, rest = self._held.partition(self._closing)
        if tag:
            self._held = rest
            self._trim = True
            return reasoning.rstrip("\n"), self._after()
        keep = _overlap(self._held, self._closing)
        reasoning, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return reasoning, ""

    def _after(self) -> str:
        """The blank lines between the closing tag and the answer belong to neither."""
        text, self._held = self._held.lstrip(), ""
        self.settled = bool(text)
        return text


def _overlap(text: str, tag: str) -> int:
    """How many of the last characters of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-n:])), 0)
