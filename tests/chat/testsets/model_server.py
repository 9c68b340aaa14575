"""An OpenAI-compatible model server that answers by a function, and keeps what it was asked."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.services.threaded import Threaded

Answer = Callable[[str, str], str]
"""From a model's name and the last message to what it says."""


class _Handler(BaseHTTPRequestHandler):
    server: "_Listener"

    def do_GET(self) -> None:
        content = json.dumps({"data": [{"id": name, "object": "model"} for name in self.server.of.models]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content.encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = self.server.of.answer(body)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        for event in (
            {"choices": [{"index": 0, "delta": {"content": said}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": usage},
        ):
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing: the tests' output is for the tests."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, of: "AnsweringServer") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.of = of

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked was killed: nothing to tell."""


class AnsweringServer(Threaded):
    def __init__(self, models: Sequence[str], answer: Answer) -> None:
        self.models = list(models)
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer
        super().__init__(_Listener(self))

    @property
    def url(self) -> str:
        return f"{super().url}/v1"

    def answer(self, body: dict[str, Any]) -> str:
        self.bodies.append(body)
        return self._answer(body["model"], last_text(body))

    def counted(self) -> Counter[tuple[str, str]]:
        """How often each model was asked each message."""
        return Counter((body["model"], last_text(body)) for body in list(self.bodies))


def last_text(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
