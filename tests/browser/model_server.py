"""An OpenAI-compatible model server that says what a test tells it to, when the test tells it."""

import json
import queue
import select
import socket
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.services.threaded import Threaded

SECONDS_TO_ASK = 15.0
TITLE_REQUEST = "Give a title"
TITLE = "A title from the model"
NO_PRICES: Mapping[str, tuple[float, float]] = {}


class Asked:
    """One request for a streamed answer: what came in, and the hand that writes the answer."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.closed = threading.Event()
        """Set when Divan has hung up."""
        self._chunks: queue.Queue[str | None] = queue.Queue()

    @property
    def model(self) -> str:
        return str(self.body["model"])

    def say(self, *texts: str) -> None:
        for text in texts:
            self._chunks.put(text)

    def finish(self) -> None:
        self._chunks.put(None)

    def next_chunk(self, peer: socket.socket) -> str | None:
        """Raises ConnectionError when nobody listens any more."""
        while True:
            try:
                return self._chunks.get(timeout=0.02)
            except queue.Empty:
                if self._has_hung_up(peer):
                    self.closed.set()
                    raise ConnectionError("hung up") from None

    @staticmethod
    def _has_hung_up(peer: socket.socket) -> bool:
        readable, _, _ = select.select([peer], [], [], 0)
        return bool(readable) and peer.recv(1, socket.MSG_PEEK) == b""


class _Handler(BaseHTTPRequestHandler):
    server: "_Listener"

    def do_GET(self) -> None:
        models = [self.server.of.listed(model) for model in self.server.of.models]
        content = json.dumps({"object": "list", "data": models}).encode()
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        asked = Asked(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if TITLE_REQUEST in json.dumps(asked.body["messages"][-1]):
            asked.say(TITLE)
            asked.finish()
        else:
            self.server.of.asked.put(asked)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._stream(asked)
        except ConnectionError:
            asked.closed.set()

    def _stream(self, asked: Asked) -> None:
        while (text := asked.next_chunk(self.connection)) is not None:
            self._event({"choices": [{"index": 0, "delta": {"content": text}}]})
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing: the tests' output is for the tests."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, of: "ModelServer") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.of = of


class ModelServer(Threaded):
    """Serves `models` on a port of its own until the `with` block ends. `prices`: USD per million tokens in
    and out, of those that the list names one for."""

    def __init__(
        self, models: Sequence[str], prices: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        self.models = list(models)
        self._prices = prices or {}
        self.asked: queue.Queue[Asked] = queue.Queue()
        super().__init__(_Listener(self))

    def listed(self, model: str) -> dict[str, Any]:
        row: dict[str, Any] = {"id": model, "object": "model", "owned_by": "tests"}
        if model in self._prices:
            given, answered = (str(price / 1_000_000) for price in self._prices[model])
            row["pricing"] = {"prompt": given, "completion": answered}
        return row

    def next_asked(self) -> Asked:
        """The next answer that Divan asks for; raises queue.Empty when it asks for none."""
        return self.asked.get(timeout=SECONDS_TO_ASK)

    def next_asked_by_model(self, count: int) -> dict[str, Asked]:
        asked = [self.next_asked() for _ in range(count)]
        return {each.model: each for each in asked}

    def forget(self) -> None:
        """Ends what was asked and not answered, with a word: an empty answer would be asked for again."""
        while not self.asked.empty():
            asked = self.asked.get()
            asked.say("forgotten")
            asked.finish()
