"""Calls of tools and their results in the order, and under the ids and names, that services accept.

A conversation may hold the calls of other models and services, calls that were never answered, results whose
calls were left out with the oldest messages, and ids that came twice. Each service refuses a whole request
for one of these.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from providers.connectors.shared.messages import merge_messages
from providers.learning.without_tools import holds_calls, result_in_words
from providers.types import Message, Part, Role, Text, ToolCall, ToolResult

NEVER_ANSWERED = "interrupted: it is not known whether this was done"
CONTINUED = "…"
"""What a model is taken to have said after results, where a service wants it to have the next word."""

_NO_NAME = "unknown"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BASE = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class CallRules:
    """`ids`: those that a service takes; others are replaced by one of nine letters and digits.
    `answers_results`: a model has to speak between results and what a person says."""

    ids: re.Pattern[str] = re.compile(r"[a-zA-Z0-9_-]{1,40}")
    answers_results: bool = False


MISTRAL = CallRules(re.compile(r"[a-zA-Z0-9]{9}"), answers_results=True)
MISTRAL_MODEL = re.compile(r"(mis|minis|magis|mix|devs|codes|pix|voxs)tral", re.IGNORECASE)


def arrange_messages(messages: Sequence[Message], rules: CallRules = CallRules()) -> list[Message]:
    """Messages that alternate, each round of calls followed by its results, in the order of the calls and at
    the begin of the next message."""
    if not any(holds_calls(message) for message in messages):
        return merge_messages(messages)
    paired = _Pairing(rules)
    for message in messages:
        for part in message.parts:
            paired.add_part(message.role, part)
    merged = merge_messages(paired.end())
    return list(_with_answered_results(merged)) if rules.answers_results else merged


def _with_answered_results(messages: Sequence[Message]) -> Iterator[Message]:
    for message in messages:
        results = tuple(part for part in message.parts if isinstance(part, ToolResult))
        others = tuple(part for part in message.parts if not isinstance(part, ToolResult))
        if results and others:
            yield replace(message, parts=results)
            yield Message("assistant", (Text(CONTINUED),))
            yield replace(message, parts=others)
        else:
            yield message


class _Pairing:
    def __init__(self, rules: CallRules) -> None:
        self._rules = rules
        self._ids: set[str] = set()
        self._made: list[Message] = []
        self._said: list[Part] = []
        """By the model, since a person or a tool spoke last."""
        self._open: list[ToolCall] = []
        """The calls among `_said`, as they came."""
        self._results: dict[int, ToolResult] = {}
        """By the place of their call in `_open`."""
        self._asked: list[Part] = []
        """By a person, after `_said`."""

    def add_part(self, role: Role, part: Part) -> None:
        if isinstance(part, ToolResult):
            self._take_result(part)
        elif role == "assistant" or isinstance(part, ToolCall):
            if self._results or self._asked:
                self._close()
            self._said.append(part)
            if isinstance(part, ToolCall):
                self._open.append(part)
        else:
            self._asked.append(part)

    def end(self) -> list[Message]:
        self._close()
        return self._made

    def _take_result(self, result: ToolResult) -> None:
        places = [place for place in range(len(self._open)) if place not in self._results]
        place = next((place for place in places if self._open[place].id == result.id), None)
        if place is None and not result.id:
            place = next((place for place in places if self._open[place].name == result.name), None)
        if place is None:
            self._asked.append(result_in_words(result))
        else:
            self._results[place] = result

    def _close(self) -> None:
        """Ends the round: its calls get ids and results, those that have none a failed one."""
        ids = [self._fresh_id(call.id) for call in self._open]
        names = [acceptable_name(call.name) for call in self._open]
        called = iter(zip(ids, names, strict=True))
        said = tuple(_renamed(part, called) if isinstance(part, ToolCall) else part for part in self._said)
        self._made.append(Message("assistant", said))
        self._made.append(Message("user", tuple(self._answers(ids, names))))
        self._made.append(Message("user", tuple(self._asked)))
        self._said, self._open, self._results, self._asked = [], [], {}, []

    def _answers(self, ids: Sequence[str], names: Sequence[str]) -> Iterator[ToolResult]:
        for place, (call_id, name) in enumerate(zip(ids, names, strict=True)):
            if result := self._results.get(place):
                yield replace(result, id=call_id, name=name)
            else:
                yield ToolResult(call_id, name, NEVER_ANSWERED, is_error=True)

    def _fresh_id(self, wanted: str) -> str:
        """The same in each request, so that what a service keeps of the conversation stays true."""
        found, number = wanted, 0
        while not self._rules.ids.fullmatch(found) or found in self._ids:
            found, number = _short_id(f"{wanted}/{number}"), number + 1
        self._ids.add(found)
        return found


def acceptable_name(name: str) -> str:
    return name if _NAME.fullmatch(name) else re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or _NO_NAME


def _renamed(call: ToolCall, called: Iterator[tuple[str, str]]) -> ToolCall:
    call_id, name = next(called)
    return replace(call, id=call_id, name=name)


def _short_id(text: str) -> str:
    number = int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8])
    return "".join(_BASE[number // 36**place % 36] for place in range(9))
