"""Parses Gemini's answers, given in the SDK's types. Every level of a chunk may be missing."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from core.json_text import dump_loose_json
from providers.connectors.gemini.chunks import repair_chunk
from providers.connectors.gemini.requests import OWN_CALL_ID
from providers.connectors.shared.signatures import sign_payload
from providers.connectors.shared.speech import Speech
from providers.connectors.shared.stream_parsing import cut_off_error
from providers.connectors.shared.tool_calls import new_call_id, offered_name
from providers.errors import ProviderError
from providers.types import (
    ChatRequest,
    Done,
    Finish,
    PictureDelta,
    ReasoningDelta,
    StreamEvent,
    ToolCall,
    ToolCallDelta,
    Usage,
)

_FINISH: dict[str, Finish] = {"STOP": "stop", "MAX_TOKENS": "length"}
_WITHHELD = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "JAILBREAK"}
)
_MALFORMED = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    }
)


class GeminiAnswerParser:
    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._model: str | None = None
        self._usage: Any = None
        self._speech = Speech()
        self._ids: set[str] = set()
        self._why = ""
        self.finish: str | None = None

    def mend(self, payload: Any) -> Any:
        """Mends a chunk before the SDK reads it."""
        chunk, why = repair_chunk(payload)
        self._why = why or self._why
        return chunk

    def parse_chunk(self, chunk: Any) -> Sequence[StreamEvent]:
        self._model = chunk.model_version or self._model
        counted: list[StreamEvent] = []
        if chunk.usage_metadata:
            self._usage = chunk.usage_metadata
            counted.append(usage_of(self._usage))
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            why = self._why or _name(chunk.prompt_feedback.block_reason)
            raise ProviderError("content_blocked", f"the prompt was blocked: {why}")
        if not chunk.candidates:
            return counted
        candidate = chunk.candidates[0]
        if candidate.finish_reason:
            self.finish = _name(candidate.finish_reason)
        events: list[StreamEvent] = []
        for part in (candidate.content.parts if candidate.content else None) or ():
            events += self._part(part, ends=candidate.finish_reason is not None)
        return events + counted

    def end(self) -> Iterator[StreamEvent]:
        yield from self._speech.finish()
        if self.finish is None:
            raise cut_off_error()
        if self.finish in _MALFORMED and not (self._speech.has_text or self._ids):
            raise ProviderError("bad_response", f"{self.finish} {self._why}".strip())
        finish: Finish = _FINISH.get(self.finish, "other")
        if self.finish in _WITHHELD or self.finish.startswith("IMAGE_"):
            finish = "content_filter"
        if self._ids and finish == "stop":
            finish = "tool_calls"
        yield Done(finish, usage_of(self._usage), self._model)

    def _part(self, part: Any, *, ends: bool) -> list[StreamEvent]:
        signature = None
        if part.thought_signature:
            payload = base64.b64encode(part.thought_signature).decode()
            signature = sign_payload("gemini", self._request.model, payload)
        events: list[StreamEvent] = []
        if part.text:
            say = self._speech.add_thought if part.thought else self._speech.add_text
            events += say(part.text, last=ends)
        if part.inline_data and part.inline_data.data and not part.thought:
            events += [*self._speech.finish(), PictureDelta(part.inline_data.data)]
        if part.function_call:
            return [*events, ToolCallDelta(self._call(part.function_call, signature))]
        if signature:
            events.append(ReasoningDelta("", signature))
        return events

    def _call(self, call: Any, signature: str | None) -> ToolCall:
        arguments = dump_loose_json(call.args or {}).decode()
        call_id = call.id if call.id and call.id not in self._ids else f"{OWN_CALL_ID}{new_call_id()}"
        self._ids.add(call_id)
        name = offered_name(call.name or "", self._request.tools)
        return ToolCall(call_id, name, arguments, signature)


def usage_of(usage: Any) -> Usage:
    """Counts are cumulative. Google counts thoughts beside the answer; both are output that is paid for."""
    if usage is None:
        return Usage()
    prompt = _sum(usage.prompt_token_count, usage.tool_use_prompt_token_count)
    written = _sum(usage.candidates_token_count, usage.thoughts_token_count)
    return Usage(
        input=prompt or None,
        output=written or None,
        reasoning=usage.thoughts_token_count,
        cached=usage.cached_content_token_count,
    )


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _name(value: Any) -> str:
    return str(getattr(value, "value", value))
