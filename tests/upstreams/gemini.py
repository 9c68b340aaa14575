"""Gemini's `streamGenerateContent`: CRLF, no `[DONE]`, counts that grow, both cases of letters accepted."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tests.upstreams.script import Call, Counts, End, Fail, Odd, Say, Step, Think
from tests.upstreams.wire import Wire, known, vector

_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


class GeminiWire(Wire):
    name = "gemini"
    provider = "gemini"
    model = "gemini-3.8-flash"
    chat_path = "/v1beta/models/{model}:{action}"
    key_header = "x-goog-api-key"
    key_value = "{key}"
    framing = {"newline": b"\r\n"}

    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        match step:
            case Say(text):
                return [self._chunk({"text": text})]
            case Think(text, signature):
                sign = [self._chunk({"text": "", "thoughtSignature": signature})] if signature else []
                return [self._chunk({"text": text, "thought": True}), *sign]
            case Call():
                call = {"name": step.name, "args": step.arguments, "id": step.id or None}
                signed = {"thoughtSignature": step.signature or None}
                return [self._chunk(known({"functionCall": known(call), **signed}))]
            case Odd():
                empty = {"candidates": [{"content": {"role": "model"}, "index": 0}]}
                only_counts = {"usageMetadata": {"promptTokenCount": 1}}
                return [{}, empty, only_counts, self._chunk({}), {"candidates": [{"index": 0}]}]
            case End(reason, counts):
                last = {
                    "candidates": [
                        {"content": {"role": "model"}, "finishReason": _REASONS.get(reason, reason)}
                    ]
                }
                return [{**last, **known({"usageMetadata": _usage(counts)}), "modelVersion": self.model}]

    def failure(self, step: Fail) -> bytes:
        return b"data: " + orjson.dumps(self.error_body(503, step.message)) + b"\r\n\r\n"

    def whole(self, steps: Sequence[Step]) -> Any:
        made = [s for s in steps if isinstance(s, Say | Think | Call | End)]
        return [chunk for step in made for chunk in self.chunks(step)]

    def models(self) -> Any:
        chat = {"supportedGenerationMethods": ["generateContent", "countTokens"], "version": "001"}
        return {
            "models": [
                {
                    "name": f"models/{self.model}",
                    "displayName": "Gemini 3.8 Flash",
                    "description": "Fast.",
                    "inputTokenLimit": 1048576,
                    "outputTokenLimit": 65536,
                    "thinking": True,
                    **chat,
                },
                {
                    "name": "models/gemma-3-27b-it",
                    "inputTokenLimit": 131072,
                    "outputTokenLimit": 8192,
                    **chat,
                },
                {
                    "name": "models/gemini-embedding-2",
                    "inputTokenLimit": 8192,
                    "supportedGenerationMethods": ["embedContent"],
                },
            ]
        }

    def error_body(self, status: int, message: str) -> Any:
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 503: "UNAVAILABLE"}
        return {"error": {"code": status, "message": message, "status": names.get(status, "UNKNOWN")}}

    def model_of(self, body: Mapping[str, Any], path: str) -> str:
        return path.rpartition("/models/")[2].partition(":")[0]

    def wants_stream(self, body: Mapping[str, Any], path: str) -> bool:
        return path.endswith(":streamGenerateContent")

    def embed(self, body: Mapping[str, Any], path: str) -> Any:
        """One vector for each request's content, whatever number of parts that has."""
        texts = ["".join(p["text"] for p in r["content"]["parts"]) for r in body["requests"]]
        return {"embeddings": [{"values": vector(text)} for text in texts]}

    def _chunk(self, part: Mapping[str, Any]) -> dict[str, Any]:
        content = {"role": "model", "parts": [part]}
        return {
            "candidates": [{"content": content, "index": 0}],
            "modelVersion": self.model,
            "responseId": "r1",
        }


def _usage(counts: Counts) -> dict[str, Any] | None:
    """Google counts thoughts beside the answer."""
    if counts == Counts():
        return None
    answer = None if counts.output is None else counts.output - (counts.reasoning or 0)
    return known(
        {
            "promptTokenCount": counts.input,
            "candidatesTokenCount": answer,
            "thoughtsTokenCount": counts.reasoning,
            "cachedContentTokenCount": counts.cached,
        }
    )
