"""Ollama's `/api`: a line of JSON a chunk, zero counts left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.upstreams.script import Call, End, Fail, Odd, Say, Scenario, Step, Think
from tests.upstreams.wire import Wire, known, said, thought, vector

_DETAILS: dict[str, Any] = {
    "parent_model": "",
    "format": "gguf",
    "family": "qwen3",
    "families": ["qwen3"],
    "parameter_size": "8.2B",
    "quantization_level": "Q4_K_M",
}


class OllamaWire(Wire):
    name = "ollama"
    provider = "ollama"
    model = "qwen3:8b"
    chat_path = "/api/chat"
    content_type = "application/x-ndjson"
    sse = False
    counts_reasoning = False
    counts_cached = False
    capabilities: tuple[str, ...] = ("completion", "tools", "thinking")
    family = "qwen3"
    window = 40960
    parameters = ""
    newer = False
    """Newer servers tell capabilities and window in `/api/tags` already."""

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        match step:
            case Say(text):
                return [self._line({"content": text})]
            case Think(text):
                return [self._line({"content": "", "thinking": text})]
            case Call():
                call: dict[str, Any] = {
                    "function": {"index": step.index, "name": step.name, "arguments": step.arguments}
                }
                call |= {"id": step.id} if step.id else {}
                return [self._line({"content": "", "tool_calls": [call]})]
            case Odd():
                return [self._line({"content": ""}), {"model": self.model, "done": False}]
            case End(reason, counts):
                reason = "stop" if reason == "tool_calls" else reason
                told = known({"prompt_eval_count": counts.input, "eval_count": counts.output})
                return [{**self._line({"content": ""}), "done": True, "done_reason": reason, **told}]

    def frame(self, payload: Any, scenario: Scenario) -> bytes:
        data = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        return data + scenario.newline

    def failure(self, step: Fail) -> bytes:
        return (
            orjson.dumps({"error": f"llama-server chat error: map[code:503 message:{step.message}]"}) + b"\n"
        )

    def whole(self, steps: Sequence[Step]) -> Any:
        message = known({"role": "assistant", "content": said(steps), "thinking": thought(steps) or None})
        line = next(self.chunks(step)[0] for step in steps if isinstance(step, End))
        return {**line, "message": message}

    def models(self) -> Any:
        row: dict[str, Any] = {
            "name": self.model,
            "model": self.model,
            "modified_at": "2026-11-01T10:00:00Z",
            "size": 5225388164,
            "digest": "d0ae",
            "details": _DETAILS,
        }
        if self.newer:
            row["details"] = {**_DETAILS, "context_length": self.window, "embedding_length": 4096}
            row["capabilities"] = list(self.capabilities)
        return {"models": [row]}

    def show(self) -> Any:
        return {
            "template": "..",
            "parameters": self.parameters,
            "details": {**_DETAILS, "family": self.family},
            "model_info": {
                "general.architecture": self.family,
                "general.parameter_count": 8190735360,
                f"{self.family}.context_length": self.window,
            },
            "capabilities": list(self.capabilities),
        }

    def running(self) -> Any:
        row = {"name": self.model, "model": self.model, "size": 6500000000, "size_vram": 6500000000}
        return {"models": [{**row, "context_length": 8192, "expires_at": "2026-11-20T18:00:00Z"}]}

    def error_body(self, status: int, message: str) -> Any:
        return {"error": message}

    def embed(self, body: Mapping[str, Any], path: str) -> Any:
        rows = [vector(text) for text in body["input"]]
        return {"model": body["model"], "embeddings": rows, "prompt_eval_count": 2 * len(rows)}

    def _line(self, message: Mapping[str, Any]) -> dict[str, Any]:
        said_at = "2026-11-20T10:00:00Z"
        return {
            "model": self.model,
            "created_at": said_at,
            "message": {"role": "assistant", **message},
            "done": False,
        }
