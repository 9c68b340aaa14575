"""Calls that a model wrote into its text, as it was trained to, and that its server did not take out.

Small models on home servers do so: the server lacks a parser for them. They are read only where tools were
offered: else the marks are what a model says about marks.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from providers.connectors.shared.tool_calls import settle_calls
from providers.connectors.shared.written_calls import calls_in, may_be_bare_call
from providers.errors import ProviderError
from providers.streaming import ALIVE
from providers.types import Done, StreamEvent, TextDelta, ToolCall, ToolCallDelta, ToolDefinition

MARKS = {
    "<tool_call>": ("</tool_call>",),
    "<tool_calls>": ("</tool_calls>",),
    "<function_call>": ("</function_call>",),
    "<function=": ("</function>",),
    "<|tool_call|>": ("<|/tool_call|>", "</|tool_call|>"),
    "[tool_calls]": ("</s>",),
    "<|python_tag|>": ("<|eom_id|>", "<|eot_id|>"),
    "<｜tool▁calls▁begin｜>": ("<｜tool▁calls▁end｜>",),
    "<|tool_calls_section_begin|>": ("<|tool_calls_section_end|>",),
}
"""In small letters, each with what closes it, as does the end of the answer. Of Hermes and Qwen (and GLM);
of several; of Llama 3.1; of Granite; of Mistral; of Llama; of DeepSeek; of Kimi."""

LONGEST_CALL = 256_000
"""Characters that are held back for a call."""
MOST_CALLS = 64
"""Of one answer; what comes after them stays text."""


def _any_of(marks: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, marks)), re.IGNORECASE | re.ASCII)


_OPENING = _any_of(MARKS)
_BEGUN = re.compile(r"[<\[][^<\[]{0,32}\Z")
_CLOSINGS = {mark: _any_of(ends) for mark, ends in MARKS.items()}
_LONGEST_MARK = max(len(end) for ends in MARKS.values() for end in ends)


def read_calls_in_text(
    answer: AsyncGenerator[StreamEvent], tools: Sequence[ToolDefinition]
) -> AsyncGenerator[StreamEvent]:
    """The events of `answer`, calls among its text as calls. Without tools it is `answer` itself."""
    return _read(answer, tools) if tools else answer


async def _read(
    answer: AsyncGenerator[StreamEvent], tools: Sequence[ToolDefinition]
) -> AsyncGenerator[StreamEvent]:
    reader = TextReader(tools)
    native: list[ToolCall] = []
    async with aclosing(answer) as events:
        try:
            async for event in events:
                if type(event) is TextDelta:
                    text = reader.feed(event.text)
                    yield event if text is event.text else TextDelta(text) if text else ALIVE
                elif isinstance(event, ToolCallDelta):
                    native.append(event.call)
                    yield event
                elif isinstance(event, Done):
                    for last in _end(reader, event, native, tools):
                        yield last
                else:
                    yield event
        except ProviderError:
            if held := reader.give_up():
                yield TextDelta(held)
            raise


def _end(
    reader: "TextReader", done: Done, native: Sequence[ToolCall], tools: Sequence[ToolDefinition]
) -> Iterator[StreamEvent]:
    """A server may have taken a call out of the text and left it there as well."""
    if text := reader.finish():
        yield TextDelta(text)
    known = {(call.name, call.arguments) for call in native}
    written = [call for call in reader.calls if (call.name, call.arguments) not in known]
    yield from map(ToolCallDelta, settle_calls(written, tools))
    yield replace(done, finish="tool_calls") if written and done.finish in ("stop", "other") else done


def _may_open(end: str) -> bool:
    small = end.lower()
    return any(mark.startswith(small) for mark in MARKS)


class TextReader:
    """Takes calls out of a text that comes in pieces."""

    def __init__(self, tools: Sequence[ToolDefinition]) -> None:
        self._tools = tools
        self._held = ""
        """What may be the begin of a mark."""
        self._is_begin = True
        """Nothing but blanks was said yet: the whole text may be a call without any mark."""
        self._is_plain = False
        """Nothing is held back, and no call without a mark can begin any more."""
        self._mark: str | None = None
        """What opened the call that is being read; empty for one without a mark."""
        self._pieces: list[str] = []
        self._size = 0
        self._tail = ""
        """The end of what was read of that call, in which its closing mark may begin."""
        self.calls: list[ToolCall] = []

    def feed(self, piece: str) -> str:
        """The text that can be shown. This is the path of every token: most hold no begin of a mark."""
        if self._is_plain and not ("<" in piece or "[" in piece):
            return piece
        shown, rest = "", piece
        while rest:
            said, rest = self._outside(rest) if self._mark is None else self._inside(rest)
            shown += said
        self._is_plain = self._mark is None and not self._held and not self._is_begin
        return shown

    def finish(self) -> str:
        """What is left of the text at the end of the answer."""
        if self._mark is None:
            return self.give_up()
        return self._take("".join(self._pieces), "")

    def give_up(self) -> str:
        """What was held back, as it was written."""
        text = f"{self._held}{self._mark or ''}{''.join(self._pieces)}"
        self._held, self._is_begin = "", False
        self._open(None)
        return text

    def _open(self, mark: str | None) -> None:
        self._mark, self._pieces, self._size, self._tail = mark, [], 0, ""

    def _outside(self, piece: str) -> tuple[str, str]:
        """The text before a call, and what follows the mark that opens it."""
        text, self._held = self._held + piece, ""
        if self._is_begin and (verdict := may_be_bare_call(text)) is not False:
            if verdict is None:
                self._held = text
                return "", ""
            self._open("")
            return "", text
        if len(self.calls) < MOST_CALLS and (found := _OPENING.search(text)):
            self._open(found.group())
            self._is_begin = False
            return text[: found.start()], text[found.end() :]
        begun = _BEGUN.search(text)
        keep = begun.start() if begun and _may_open(begun.group()) else len(text)
        self._held = text[keep:]
        self._is_begin &= not text.strip()
        return text[:keep], ""

    def _inside(self, piece: str) -> tuple[str, str]:
        """What a call leaves of the text, once it is closed, and what follows it."""
        window = self._tail + piece
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > LONGEST_CALL:
            return self.give_up(), ""
        closing = _CLOSINGS.get((self._mark or "").lower())
        found = closing.search(window) if closing else None
        if found is None:
            self._tail = window[-_LONGEST_MARK:]
            return "", ""
        whole = "".join(self._pieces)
        at = len(whole) - len(window) + found.start()
        return self._take(whole[:at], found.group()), whole[at + len(found.group()) :]

    def _take(self, body: str, closing: str) -> str:
        """What stood between marks: calls, or the text that it is after all."""
        mark = self._mark or ""
        written = f"{mark}{body}{closing}"
        calls = calls_in(written if mark.endswith("=") else body, self._tools, marked=bool(mark))
        self.calls += calls
        self._open(None)
        self._is_begin = False
        return "" if calls else written
