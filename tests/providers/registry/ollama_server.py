"""An Ollama that holds models, over real HTTP: only what Divan's Ollama operations ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Ollama:
    """`steps`: the lines of a download, each sent when `go` is set. `url` is known once it runs."""

    loaded: list[str] = field(default_factory=list)
    steps: list[bytes] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    authorization: str | None = None
    pulling: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False
    url: str = ""

    async def ps(self, request: web.Request) -> web.Response:
        self.asked.append("ps")
        if self.broken:
            return web.json_response({"error": "broken"}, status=500)
        self.authorization = request.headers.get("Authorization")
        return web.json_response(
            {
                "models": [
                    {
                        "name": name,
                        "model": name,
                        "size": 4_000,
                        "size_vram": 3_000,
                        "context_length": 8192,
                        "expires_at": "2026-11-20T12:00:00Z",
                    }
                    for name in self.loaded
                ]
            }
        )

    async def chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(f"chat {body['model']} {body['keep_alive']} {body['messages']}")
        if body["model"] not in self.loaded:
            return web.json_response({"error": f"model '{body['model']}' not found"}, status=404)
        self.loaded.remove(body["model"])
        return web.json_response({"model": body["model"], "done": True, "done_reason": "unload"})

    async def pull(self, request: web.Request) -> web.StreamResponse:
        self.pulling.set()
        self.asked.append(f"pull {(await request.json())['model']}")
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            await self.go.wait()
            for step in self.steps:
                await response.write(step)
        finally:
            self.left.set()
        return response


@asynccontextmanager
async def running(ollama: Ollama) -> AsyncIterator[Ollama]:
    app = web.Application()
    app.add_routes(
        [
            web.get("/api/ps", ollama.ps),
            web.post("/api/chat", ollama.chat),
            web.post("/api/pull", ollama.pull),
        ]
    )
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ollama.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield ollama
    finally:
        await runner.cleanup()
