"""Harmony, the format in which gpt-oss speaks, where a server passes it on unread:

<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>
"""

import re

CHANNEL_MARKS = ("<|channel|>", "<|start|>")
"""What such an answer begins with."""

_MESSAGE = "<|message|>"
_ENDS = ("<|end|>", "<|return|>", "<|call|>")
_MARKS = (*CHANNEL_MARKS, *_ENDS)
_NEXT = re.compile(r"(?:(?:<\|end\|>|<\|return\|>|<\|call\|>)\s*)?(?=<\|start\|>assistant|<\|channel\|>)")
_LAST = re.compile(r"(?:<\|end\|>|<\|return\|>|<\|call\|>)\s*\Z")
_END = re.compile("|".join(map(re.escape, _MARKS)))
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_LONGEST_HEADER = 512
_LONGEST_GAP = 64


class ChannelSplitter:
    """The `analysis` channel is thoughts, and so is what is said to a tool; the rest is text. In text a mark
    counts only where the next message or the end follows: a model may write of marks."""

    __slots__ = ("_begins", "_channel", "_held", "_spoken")

    def __init__(self) -> None:
        self._held = ""
        self._channel = ""
        self._begins = False
        self._spoken: set[str] = set()

    def feed(self, piece: str) -> tuple[str, str]:
        """Returns the thoughts and the text of a piece; either may be empty."""
        self._held += piece
        said = {"thoughts": "", "text": ""}
        while self._channel or self._open():
            channel = self._channel
            said[channel] += self._joined(channel, self._body())
            if self._channel:
                break
        return said["thoughts"], said["text"]

    def finish(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        if not self._channel:
            return "", "" if self._spoken else held
        held = self._joined(self._channel, _LAST.sub("", held))
        return (held, "") if self._channel == "thoughts" else ("", held)

    def _open(self) -> bool:
        """Whether the header of a message has come whole; sets the channel."""
        header, mark, rest = self._held.partition(_MESSAGE)
        if mark:
            names = _CHANNEL.findall(header)
            aside = bool(names) and (names[-1] == "analysis" or "to=" in header)
            self._channel, self._held = "thoughts" if aside else "text", rest
        elif len(self._held) > _LONGEST_HEADER:
            self._channel = "text"
        else:
            return False
        self._begins = True
        return True

    def _joined(self, channel: str, said: str) -> str:
        """Messages of one channel are paragraphs."""
        if not said or not self._begins:
            return said
        self._begins = False
        gap = "\n\n" if channel in self._spoken else ""
        self._spoken.add(channel)
        return gap + said

    def _body(self) -> str:
        """What may be shown of the open message; closes it at its end."""
        ends = _END if self._channel == "thoughts" else _NEXT
        if found := ends.search(self._held):
            said, self._held = self._held[: found.start()], self._held[found.end() :]
            if found.group() in CHANNEL_MARKS:
                self._held = found.group() + self._held
            self._channel = ""
            return said
        keep = self._keep()
        said, self._held = self._held[:keep], self._held[keep:]
        return said

    def _keep(self) -> int:
        """From where on the held text may still be a mark that counts."""
        at = max(len(self._held) - _LONGEST_GAP, 0)
        while (at := self._held.find("<", at)) >= 0:
            if _may_be_mark(self._held[at:]):
                return at
            at += 1
        return len(self._held)


def _may_be_mark(rest: str) -> bool:
    if any(mark.startswith(rest) for mark in (*_MARKS, "<|start|>assistant")):
        return True
    end = next((mark for mark in _ENDS if rest.startswith(mark)), "")
    after = rest[len(end) :].lstrip()
    return bool(end) and any(mark.startswith(after) for mark in ("<|start|>assistant", "<|channel|>"))
