"""Anthropic's `/v1/messages`: named events, blocks, counts at both ends."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.upstreams.script import Call, End, Fail, Odd, Say, Scenario, Step, Think
from tests.upstreams.wire import Wire, ended, known

_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


class AnthropicWire(Wire):
    name = "anthropic"
    provider = "anthropic"
    model = "claude-test"
    chat_path = "/v1/messages"
    key_header = "x-api-key"
    key_value = "{key}"
    counts_reasoning = False

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        match step:
            case Say(text):
                return self._block({"type": "text", "text": ""}, {"type": "text_delta", "text": text})
            case Think(text, signature):
                deltas = [{"type": "thinking_delta", "thinking": text}]
                if signature:
                    deltas.append({"type": "signature_delta", "signature": signature})
                return self._block({"type": "thinking", "thinking": ""}, *deltas)
            case Call():
                return self._call(step)
            case Odd():
                return [{"type": "ping"}, {"type": "something_new", "index": 0}]
            case End(reason, counts):
                told = known({"output_tokens": counts.output, "input_tokens": counts.input})
                if counts.cached is not None and counts.input is not None:
                    # Anthropic counts what it read from its cache apart.
                    told["input_tokens"] = counts.input - counts.cached
                    told["cache_read_input_tokens"] = counts.cached
                delta = {"stop_reason": _REASONS.get(reason, reason), "stop_sequence": None}
                return [{"type": "message_delta", "delta": delta, "usage": told}]

    def opening(self) -> Sequence[Any]:
        message = {"id": "m1", "type": "message", "role": "assistant", "model": self.model, "content": []}
        return [{"type": "message_start", "message": message}]

    def closing(self) -> bytes:
        return b'{"type":"message_stop"}'

    def event_name(self, payload: Any) -> bytes:
        value = orjson.loads(payload) if isinstance(payload, bytes) else payload
        return str(value.get("type", "")).encode() if isinstance(value, dict) else b""

    def frame(self, payload: Any, scenario: Scenario) -> bytes:
        try:
            return super().frame(payload, scenario)
        except orjson.JSONDecodeError:
            line: bytes = scenario.prefix + payload
            return line + scenario.newline * 2

    def failure(self, step: Fail) -> bytes:
        error = {"type": "error", "error": {"type": f"{step.kind}_error", "message": step.message}}
        return b"event: error\ndata: " + orjson.dumps(error) + b"\n\n"

    def whole(self, steps: Sequence[Step]) -> Any:
        content: list[dict[str, Any]] = []
        for step in steps:
            match step:
                case Say(text):
                    content.append({"type": "text", "text": text})
                case Think(text, signature):
                    content.append({"type": "thinking", "thinking": text, "signature": signature})
                case Call():
                    content.append(
                        {"type": "tool_use", "id": step.id, "name": step.name, "input": step.arguments}
                    )
                case _:
                    pass
        end = self.chunks(ended(steps))[0]
        return {
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": end["delta"]["stop_reason"],
            "usage": end["usage"],
        }

    def models(self) -> Any:
        capabilities = {"image_input": {"supported": True}, "thinking": {"supported": True}}
        return {
            "data": [
                {
                    "type": "model",
                    "id": self.model,
                    "display_name": "Claude Test",
                    "created_at": "2026-02-04T00:00:00Z",
                    "max_input_tokens": 200000,
                    "max_tokens": 64000,
                    "capabilities": capabilities,
                }
            ],
            "has_more": False,
        }

    def error_body(self, status: int, message: str) -> Any:
        kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
        return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}

    def _block(self, block: Mapping[str, Any], *deltas: Mapping[str, Any]) -> list[Any]:
        changes = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
        begin = {"type": "content_block_start", "index": 0, "content_block": block}
        return [begin, *changes, {"type": "content_block_stop", "index": 0}]

    def _call(self, call: Call) -> list[Any]:
        text = orjson.dumps(call.arguments).decode()
        half = len(text) // 2
        pieces = [{"type": "input_json_delta", "partial_json": p} for p in (text[:half], text[half:])]
        return self._block({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, *pieces)
