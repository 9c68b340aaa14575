"""Fake model servers over real HTTP on the loopback, all wire formats in one process.

Every wire is mounted under its own prefix (`/openai/v1`, `/ollama` …). What an answer does is told by a
`Scenario`: queued with `play`, or found by the model's name, or else `PLAIN`. Lists of models are told apart.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

from tests.upstreams.anthropic import AnthropicWire
from tests.upstreams.gemini import GeminiWire
from tests.upstreams.ollama import OllamaWire
from tests.upstreams.openai import (
    HuggingFaceWire,
    LlamaCppWire,
    OpenAIWire,
    OpenRouterWire,
    TogetherWire,
    VllmWire,
)
from tests.upstreams.player import Player
from tests.upstreams.recorded import Recorded
from tests.upstreams.script import PLAIN, SCENARIOS, Scenario
from tests.upstreams.strict import complaint_about
from tests.upstreams.wire import Wire

WIRES: tuple[type[Wire], ...] = (
    AnthropicWire,
    GeminiWire,
    HuggingFaceWire,
    LlamaCppWire,
    OllamaWire,
    OpenAIWire,
    OpenRouterWire,
    TogetherWire,
    VllmWire,
)


class Upstream:
    def __init__(self) -> None:
        self.wires: dict[str, Wire] = {wire.name: wire() for wire in WIRES}
        self.requests: list[Recorded] = []
        self.scenarios: dict[str, Scenario] = dict(SCENARIOS)
        self.default = PLAIN
        self.reply: Callable[[Any], Scenario] | None = None
        """Makes an answer of a request's body, before everything else."""
        self.listing: Scenario | None = None
        """What is said instead of the list of models. Nothing that is played: lists are asked for in the
        background, after an answer too, and would take what was meant for a question."""
        self.strict = False
        """Refuses what the real services refuse of conversations with tools."""
        self.url = ""
        self.connections = 0
        self._queue: deque[Scenario] = deque()
        self._transports: set[asyncio.Transport] = set()
        self._arrived = asyncio.Condition()

    def play(self, *scenarios: Scenario) -> None:
        """The next answers, in this order, whatever the model; the last one stays."""
        self._queue = deque(scenarios)

    async def drop_connections(self) -> None:
        """Closes the idle connections that clients keep, without a word, and waits until that is done."""
        for transport in self._transports:
            transport.close()
        self._transports.clear()
        await asyncio.sleep(0)

    def base_url(self, wire: str) -> str:
        found = self.wires[wire]
        return f"{self.url}{found.prefix}{found.base}"

    def chats(self) -> list[Recorded]:
        return [r for r in self.requests if r.method == "POST" and self._is_chat(r)]

    async def next_chat(self, number: int = 1) -> Recorded:
        """The chat request of that number, once it is there."""
        async with self._arrived, asyncio.timeout(10):
            await self._arrived.wait_for(lambda: len(self.chats()) >= number)
        return self.chats()[number - 1]

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**27)
        for wire in self.wires.values():
            root = wire.prefix + wire.base
            app.router.add_post(root + wire.chat_path, self._handler(wire, self._chat))
            if isinstance(wire, OllamaWire):
                self._add_ollama(app, root, wire)
            else:
                listing = "/v1beta/models" if isinstance(wire, GeminiWire) else "/models"
                listing = "/v1/models" if isinstance(wire, AnthropicWire) else listing
                app.router.add_get(root + listing, self._handler(wire, self._models))
                app.router.add_post(root + "/embeddings", self._handler(wire, self._embed))
                app.router.add_post(
                    wire.prefix + "/hf-inference/models/{model:.+}/pipeline/feature-extraction",
                    self._handler(wire, self._embed),
                )
                app.router.add_get(root + "/key", self._handler(wire, self._models))
        llama = self.wires["llamacpp"]
        app.router.add_get(llama.prefix + "/props", self._handler(llama, _answering(LlamaCppWire.props)))
        self._add_control(app)
        return app

    def _add_ollama(self, app: web.Application, root: str, wire: OllamaWire) -> None:
        app.router.add_get(root + "/api/tags", self._handler(wire, self._models))
        app.router.add_post(root + "/api/embed", self._handler(wire, self._embed))
        for method, path, value in (
            ("POST", "/api/show", wire.show),
            ("GET", "/api/ps", wire.running),
            ("GET", "/api/version", lambda: {"version": "0.32.9"}),
            ("POST", "/api/generate", lambda: {"done": True, "done_reason": "unload"}),
        ):
            app.router.add_route(method, root + path, self._handler(wire, _answering(value)))
        app.router.add_post(root + "/api/pull", self._handler(wire, self._chat))

    def _add_control(self, app: web.Application) -> None:
        async def requests(_: web.Request) -> web.Response:
            return web.json_response([r.as_json() for r in self.requests])

        async def play(request: web.Request) -> web.Response:
            self.play(*(self.scenarios[name] for name in (await request.json())["scenarios"]))
            return web.json_response({"playing": len(self._queue)})

        async def scenarios(_: web.Request) -> web.Response:
            return web.json_response(sorted(self.scenarios))

        app.router.add_get("/control/requests", requests)
        app.router.add_get("/control/scenarios", scenarios)
        app.router.add_post("/control/play", play)

    def _handler(self, wire: Wire, answer: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            body = orjson.loads(raw) if raw else None
            recorded = Recorded(
                wire.name, request.method, request.path, request.query_string, dict(request.headers), body
            )
            async with self._arrived:
                self.requests.append(recorded)
                self._arrived.notify_all()
            if isinstance(request.transport, asyncio.Transport) and request.transport not in self._transports:
                self._transports.add(request.transport)
                self.connections += 1
            try:
                response: web.StreamResponse = await answer(wire, request, recorded)
            except (asyncio.CancelledError, ConnectionResetError):
                recorded.disconnected.set()
                raise
            recorded.answered.set()
            return response

        return handle

    async def _chat(self, wire: Wire, request: web.Request, recorded: Recorded) -> web.StreamResponse:
        body = recorded.body or {}
        if body.get("keep_alive") == 0 and not body.get("messages"):
            return web.json_response({"done": True, "done_reason": "unload"})
        if request.path.endswith("batchEmbedContents"):
            return await self._embed(wire, request, recorded)
        if request.path.endswith("countTokens"):
            return web.json_response({"totalTokens": 8})
        asked = wire.model_of(body, request.path)
        if self.strict and (complaint := complaint_about(wire.name, body, asked)):
            return web.json_response(wire.error_body(400, complaint), status=400)
        scenario = self.reply(body) if self.reply else self._next(asked)
        wire = wire.answering_as(scenario.model or asked or wire.model)
        changed = {k: v for k, v in wire.framing.items() if getattr(scenario, k) == getattr(Scenario(), k)}
        return await Player(wire, scenario.but(**changed), request, recorded).play()

    async def _models(self, wire: Wire, request: web.Request, recorded: Recorded) -> web.Response:
        if self.listing is not None:
            return _plain(self.listing)
        return web.json_response(wire.models())

    async def _embed(self, wire: Wire, request: web.Request, recorded: Recorded) -> web.Response:
        if self._queue:
            return _plain(self._next(""))
        return web.json_response(wire.embed(recorded.body, request.path))

    def _next(self, model: str) -> Scenario:
        if self._queue:
            return self._queue.popleft() if len(self._queue) > 1 else self._queue[0]
        return self.scenarios.get(model, self.default)

    def _is_chat(self, recorded: Recorded) -> bool:
        tail = recorded.path.rpartition("/")[2]
        return tail in ("completions", "chat", "messages") or tail.endswith("GenerateContent")


@asynccontextmanager
async def running_upstream(port: int = 0) -> AsyncIterator[Upstream]:
    upstream = Upstream()
    # Handlers are cancelled when their client goes: that is how `disconnected` is known at once.
    runner = web.AppRunner(upstream.app(), handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield upstream
    finally:
        await runner.cleanup()


def _answering(value: Any) -> Any:
    async def answer(wire: Wire, request: web.Request, recorded: Recorded) -> web.Response:
        return web.json_response(value())

    return answer


def _plain(scenario: Scenario) -> web.Response:
    body = scenario.body or b""
    headers = {**scenario.headers, "Content-Type": scenario.content_type or "application/json"}
    if scenario.gzip:
        headers["Content-Encoding"] = "gzip"
        packer = zlib.compressobj(wbits=31)
        body = packer.compress(body) + packer.flush()
    return web.Response(status=scenario.status, body=body, headers=headers)
