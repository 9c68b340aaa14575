"""OpenAI's chat completions and the servers that speak them, each with its habits."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.upstreams.script import Call, Counts, End, Fail, Odd, Say, Step, Think
from tests.upstreams.wire import Wire, calls, ended, known, said, thought, vector


class OpenAIWire(Wire):
    name = "openai"
    provider = "openai"
    base = "/v1"
    chat_path = "/chat/completions"
    reasoning_field = "reasoning_content"

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        match step:
            case Say(text):
                return [self._chunk({"content": text})]
            case Think(text):
                return [self._chunk({self.reasoning_field: text})]
            case Call():
                return self._call(step)
            case Odd():
                return [{"choices": []}, {}, self._chunk({"role": "assistant", "content": None})]
            case End():
                counts = usage(step.counts)
                last = [{**self._head(), "choices": [], "usage": counts}] if counts else []
                return [self._chunk({}, step.reason), *last]

    def failure(self, step: Fail) -> bytes:
        error = {"error": {"message": step.message, "type": step.kind, "code": step.kind}}
        return b"data: " + orjson.dumps(error) + b"\n\n"

    def opening(self) -> Sequence[Any]:
        return [self._chunk({"role": "assistant", "content": ""})]

    def closing(self) -> bytes:
        return b"[DONE]"

    def whole(self, steps: Sequence[Step]) -> Any:
        message: dict[str, Any] = {"role": "assistant", "content": said(steps) or None}
        if thought(steps):
            message[self.reasoning_field] = thought(steps)
        if made := calls(steps):
            message["tool_calls"] = [_call_of(call) for call in made]
        end = ended(steps)
        return {
            "id": "r1",
            "object": "chat.completion",
            "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": end.reason}],
            **known({"usage": usage(end.counts)}),
        }

    def models(self) -> Any:
        return {"object": "list", "data": [{"id": self.model, "object": "model", "owned_by": "test"}]}

    def error_body(self, status: int, message: str) -> Any:
        return {"error": {"message": message, "type": "error", "code": None}}

    def embed(self, body: Mapping[str, Any], path: str) -> Any:
        rows = [
            {"object": "embedding", "index": i, "embedding": vector(text)}
            for i, text in enumerate(body["input"])
        ]
        count = 2 * len(rows)
        return {
            "object": "list",
            "data": rows[::-1],
            "usage": {"prompt_tokens": count, "total_tokens": count},
        }

    def _head(self) -> dict[str, Any]:
        return {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": self.model}

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**self._head(), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    def _call(self, call: Call) -> list[Any]:
        """The arguments in two pieces, as they come."""
        text = orjson.dumps(call.arguments).decode()
        half = len(text) // 2
        first = {"index": call.index, "id": call.id, "type": "function"}
        return [
            self._chunk(
                {"tool_calls": [{**first, "function": {"name": call.name, "arguments": text[:half]}}]}
            ),
            self._chunk({"tool_calls": [{"index": call.index, "function": {"arguments": text[half:]}}]}),
        ]


class OpenRouterWire(OpenAIWire):
    """Comments while it waits, errors on a choice, usage with the cost."""

    name = "openrouter"
    reasoning_field = "reasoning"
    framing = {"begins_with": b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"}

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        if isinstance(step, End):
            made = [*super().chunks(step)]
            if "usage" in made[-1]:
                made[-1]["usage"] |= {"cost": 0.00125, "cost_details": {"upstream_inference_cost": None}}
            return made
        if isinstance(step, Think) and step.signature:
            detail = {"type": "reasoning.text", "text": step.text, "index": 0, "signature": step.signature}
            return [self._chunk({"reasoning": step.text, "reasoning_details": [detail]})]
        return super().chunks(step)

    def failure(self, step: Fail) -> bytes:
        chunk = self._chunk({"content": ""}, "error")
        chunk["error"] = {"code": "server_error" if step.kind == "internal" else 503, "message": step.message}
        return b"data: " + orjson.dumps(chunk) + b"\n\n"

    def models(self) -> Any:
        return orjson.loads(_OPENROUTER_MODELS)


class TogetherWire(OpenAIWire):
    """A bare list of models."""

    name = "together"

    def models(self) -> Any:
        return [
            {
                "id": self.model,
                "type": "chat",
                "display_name": "Test 8B",
                "context_length": 131072,
                "pricing": {"input": 0.18, "output": 0.2},
            },
            {"id": "BAAI/bge-base-en-v1.5", "type": "embedding", "context_length": 512},
        ]


class LlamaCppWire(OpenAIWire):
    """`content: null` first, `timings` at the end, `models` beside `data`; `error: {…}` lines of old."""

    name = "llamacpp"

    def opening(self) -> Sequence[Any]:
        return [self._chunk({"role": "assistant", "content": None})]

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        made = [*super().chunks(step)]
        if isinstance(step, End):
            made[-1]["timings"] = {"predicted_per_second": 41.5}
        return made

    def failure(self, step: Fail) -> bytes:
        return (
            b"error: " + orjson.dumps({"code": 503, "message": step.message, "type": "unavailable"}) + b"\n\n"
        )

    def models(self) -> Any:
        details = {"parameter_size": "", "quantization_level": "", "family": ""}
        meta = {"n_ctx_train": 40960, "n_params": 8030261248, "size": 4920739232, "n_ctx": 16384}
        name = "/models/Qwen3-8B-Q4_K_M.gguf"
        return {
            "models": [{"name": name, "capabilities": ["completion", "multimodal"], "details": details}],
            "object": "list",
            "data": [{"id": name, "object": "model", "owned_by": "llamacpp", "meta": meta}],
        }

    @staticmethod
    def props() -> Any:
        return {
            "default_generation_settings": {"n_ctx": 16384},
            "modalities": {"vision": True, "audio": False},
            "chat_template": "{% if enable_thinking is defined %}{% endif %}",
            "chat_template_caps": {"supports_tools": True, "supports_tool_calls": True},
        }


class VllmWire(OpenAIWire):
    """An error as an object with a number, and then `[DONE]` all the same."""

    name = "vllm"
    reasoning_field = "reasoning"

    def failure(self, step: Fail) -> bytes:
        error = {"error": {"object": "error", "message": step.message, "type": "Unavailable", "code": 503}}
        return b"data: " + orjson.dumps(error) + b"\n\ndata: [DONE]\n\n"

    def models(self) -> Any:
        return {"data": [{"id": self.model, "owned_by": "vllm", "max_model_len": 32768, "root": self.model}]}


class HuggingFaceWire(OpenAIWire):
    """The router; its failures in the middle are TGI's."""

    name = "hf"
    provider = "huggingface"
    reasoning_field = "reasoning"

    def failure(self, step: Fail) -> bytes:
        return b"data:" + orjson.dumps({"error": step.message, "error_type": step.kind}) + b"\n\n"

    def embed(self, body: Mapping[str, Any], path: str) -> Any:
        if "inputs" in body:
            return [vector(text) for text in body["inputs"]]
        return super().embed(body, path)

    def error_body(self, status: int, message: str) -> Any:
        return {"error": message}

    def models(self) -> Any:
        offer = {"provider": "novita", "status": "live", "context_length": 32768, "supports_tools": True}
        return {
            "object": "list",
            "data": [
                {"id": "gone/model-7B", "object": "model", "owned_by": "gone", "providers": []},
                {
                    "id": "Qwen/Qwen3-8B",
                    "object": "model",
                    "owned_by": "Qwen",
                    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
                    "providers": [
                        {**offer, "pricing": {"input": 0.3, "output": 0.6}},
                        {**offer, "provider": "groq", "pricing": {"input": 0.2, "output": 0.4}},
                        {"provider": "dead", "status": "error", "context_length": 999999},
                    ],
                },
            ],
        }


def usage(counts: Counts) -> dict[str, Any] | None:
    if counts == Counts():
        return None
    made: dict[str, Any] = known({"prompt_tokens": counts.input, "completion_tokens": counts.output})
    if counts.reasoning is not None:
        made["completion_tokens_details"] = {"reasoning_tokens": counts.reasoning}
    if counts.cached is not None:
        made["prompt_tokens_details"] = {"cached_tokens": counts.cached}
    return made


def _call_of(call: Call) -> dict[str, Any]:
    arguments = orjson.dumps(call.arguments).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


_OPENROUTER_MODELS = b"""{"data": [
  {"id": "anthropic/claude-test", "canonical_slug": "anthropic/claude-test-2026", "name": "Claude Test",
   "description": "A test.", "context_length": 200000,
   "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
   "pricing": {"prompt": "0.000003", "completion": "0.000015", "image": "0"},
   "top_provider": {"context_length": 200000, "max_completion_tokens": 64000},
   "supported_parameters": ["max_tokens", "temperature", "tools", "reasoning", "include_reasoning"]},
  {"id": "openrouter/auto", "name": "Auto", "context_length": 2000000,
   "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
   "pricing": {"prompt": "-1", "completion": "-1"}, "top_provider": {"max_completion_tokens": null},
   "supported_parameters": []},
  {"id": "qwen/qwen3-8b:free", "name": "Qwen3 8B (free)", "context_length": 40960,
   "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
   "pricing": {"prompt": "0", "completion": "0"}, "top_provider": {}, "supported_parameters": ["seed"]}]}"""
