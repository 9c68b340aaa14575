"""An Ollama that holds models and fetches others, step by step as a test lets it."""

import json
import queue
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.services.threaded import Threaded

GIGABYTE = 1024**3
DETAILS = {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}


class _Handler(BaseHTTPRequestHandler):
    server: "_Listener"

    def do_GET(self) -> None:
        ollama = self.server.of
        tags = [
            {"name": name, "model": name, "size": 5 * GIGABYTE, "details": DETAILS} for name in ollama.models
        ]
        running = [
            {"name": name, "model": name, "size": 6 * GIGABYTE, "size_vram": 3 * GIGABYTE}
            for name in ollama.loaded
        ]
        self._json({"models": running if self.path == "/api/ps" else tags})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path:
            case "/api/show":
                self._json({"details": DETAILS, "model_info": {}, "capabilities": ["completion"]})
            case "/api/pull":
                self._pull(body["model"])
            case _ if body["model"] not in self.server.of.models:
                self._json({"error": f"model '{body['model']}' not found"}, 404)
            case _:
                self._chat(body)

    def _chat(self, body: dict[str, Any]) -> None:
        if body.get("keep_alive") == 0:
            self.server.of.loaded.remove(body["model"])
            return self._json({"model": body["model"], "done": True, "done_reason": "unload"})
        if refusal := self.server.of.refusal:
            return self._json({"error": refusal}, 500)
        name = self.server.of.answers_as or body["model"]
        said = {"model": name, "message": {"role": "assistant", "content": "At your service."}}
        return self._lines([said, {"model": name, "done": True, "done_reason": "stop"}])

    def _pull(self, model: str) -> None:
        ollama = self.server.of
        self.send_response(200)
        self.end_headers()
        try:
            while (step := ollama.steps.get()) is not None:
                self._write(step)
            ollama.models.append(model)
            self._write({"status": "success"})
        except ConnectionError:
            ollama.left.set()

    def _json(self, answer: Any, status: int = 200) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _lines(self, lines: Sequence[Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        for line in lines:
            self._write(line)

    def _write(self, line: Any) -> None:
        self.wfile.write(json.dumps(line).encode() + b"\n")
        self.wfile.flush()

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing: the tests' output is for the tests."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, of: "OllamaServer") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.of = of


class OllamaServer(Threaded):
    """`steps`: the lines of a download; None ends it well. `left` is set when a download was hung up on.
    `refusal`: what it says instead of an answer; `answers_as`: another model than was asked for."""

    def __init__(self, models: Sequence[str], loaded: Sequence[str] = ()) -> None:
        self.models = list(models)
        self.loaded = list(loaded)
        self.steps: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.left = threading.Event()
        self.refusal = ""
        self.answers_as = ""
        super().__init__(_Listener(self))

    def fetched(self, percent: int) -> None:
        """So much of the download has come."""
        self.steps.put(
            {"status": "pulling", "total": 4 * GIGABYTE, "completed": 4 * GIGABYTE * percent // 100}
        )
