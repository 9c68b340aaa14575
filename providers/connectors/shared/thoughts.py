"""Thoughts that a server left in the text, between a tag that opens them and one that closes them."""

import re
from collections.abc import Iterable

from providers.connectors.shared.channels import CHANNEL_MARKS, ChannelSplitter

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<thoughts>": "</thoughts>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|channel>thought": "<channel|>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
}
"""In small letters; models write them in either case. Of DeepSeek, Qwen and most others, Gemini and EXAONE,
Seed, Magistral, Kimi, Gemma 4, OpenThinker, Command A."""

_CLOSINGS = tuple(TAGS.values())
_ALL = (*TAGS, *_CLOSINGS, *CHANNEL_MARKS)
_FIRST = frozenset(tag[0] for tag in _ALL)
_LONGEST = max(map(len, _ALL))
_LONGEST_BLANK = 256


class ThoughtSplitter:
    """Tells thoughts from text while both come in pieces.

    Only a tag that opens the answer counts: further on it is what the model says about tags. A closing
    tag that opens the answer belongs to thoughts that the server has taken out, and goes with them.

    `opened` is the tag that was found, as it was written; `closed` says that one came that closes. Once
    `settled`, all that follows is text and needs not pass through here.
    """

    __slots__ = ("_begun", "_channels", "_closing", "_held", "closed", "opened", "settled")

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._begun = False
        self._channels: ChannelSplitter | None = None
        self.opened = ""
        self.closed = False
        self.settled = False

    def feed(self, piece: str) -> tuple[str, str]:
        """Returns the thoughts and the text of a piece; either may be empty."""
        if self._channels is not None:
            return self._channels.feed(piece)
        self._held += piece
        return self._begun_with("" if self._closing else self._at_start())

    def finish(self) -> tuple[str, str]:
        """What was held back because a tag might have come of it."""
        if self._channels is not None:
            return self._channels.finish()
        held, self._held = self._held, ""
        if self._closing:
            return held, ""
        return "", held.lstrip() if self.closed else held

    def _begun_with(self, text: str) -> tuple[str, str]:
        if self._channels is not None:
            return self._channels.feed(self._held)
        return self._inside() if self._closing else ("", text)

    def _at_start(self) -> str:
        """Before the first word of the text. The blank lines after a closing tag belong to nothing."""
        start = self._held.lstrip()
        if start and start[0] not in _FIRST:
            return self._settle(start)
        while closing := _begins(start, _CLOSINGS):
            start = self._held = start[len(closing) :].lstrip()
            self.closed = True
        if not self.closed and (opening := _begins(start, TAGS)):
            self.opened = self._held[: len(self._held) - len(start) + len(opening)]
            self._held = start[len(opening) :]
            self._closing = TAGS[opening]
            return ""
        if not self.closed and _begins(start, CHANNEL_MARKS):
            self._channels = ChannelSplitter()
            return ""
        if len(self._held) < _LONGEST_BLANK and any(tag.startswith(start.lower()) for tag in _ALL):
            return ""
        return self._settle(start)

    def _settle(self, start: str) -> str:
        self.settled = True
        text, self._held = (start if self.closed else self._held), ""
        return text

    def _inside(self) -> tuple[str, str]:
        if not self._begun:
            self._held = self._held.lstrip("\n")
            self._begun = bool(self._held)
        if found := re.search(re.escape(self._closing), self._held, re.IGNORECASE):
            thought, self._held = self._held[: found.start()].rstrip("\n"), self._held[found.end() :]
            self._closing, self.closed = "", True
            return thought, self._at_start()
        # The line ends before a closing tag belong to nothing either.
        sure = self._held[: len(self._held) - overlap_with(self._held, self._closing)].rstrip("\n")
        self._held = self._held[len(sure) :]
        return sure, ""


def overlap_with(text: str, tag: str) -> int:
    """How many of the last characters of `text` may be the beginning of `tag`, in either case."""
    longest = min(len(tag) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if tag.startswith(text[-n:].lower())), 0)


def _begins(text: str, tags: Iterable[str]) -> str:
    small = text[:_LONGEST].lower()
    return next((tag for tag in tags if small.startswith(tag)), "")
