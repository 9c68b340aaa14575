"""A tool server at an address, which speaks streamable HTTP as of 2025-06-18, and does what servers should
not do too: `ways` may be changed while it runs.

`hang`: never answers. `drip`: sends a comment now and then, and no answer. `break`: drops the connection once
a call has come. `huge`: an answer of 20 MB. `pack`: packs its answers. `events`: answers as a stream of
events. `redirect`: sends elsewhere. `short`: ends the stream that it could tell of changes with at once, and
says to come back at once. An integer: that status, for every request.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

ANY = {"type": "object", "properties": {}}


class ToolEndpoint:
    """`calls`: the names of tools that were called. `sessions`: those that are known."""

    def __init__(self) -> None:
        self.ways: set[str | int] = set()
        self.tools: list[dict[str, Any]] = [
            {"name": "say", "inputSchema": ANY, "annotations": {"readOnlyHint": True}},
            {"name": "write", "inputSchema": ANY},
        ]
        self.calls: list[str] = []
        self.sessions: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.elsewhere = ""
        self._number = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        said = await request.json() if request.method == "POST" else {}
        self.requests.append((request.method, said.get("method", "")))
        self.headers.append(dict(request.headers))
        if status := next((way for way in self.ways if isinstance(way, int)), 0):
            return web.Response(status=status, text="no")
        if "redirect" in self.ways:
            return web.Response(status=307, headers={"Location": self.elsewhere})
        if "hang" in self.ways:
            await asyncio.Event().wait()
        if request.method == "GET":
            return await self._stream(request)
        if request.method == "DELETE":
            return web.Response()
        session = request.headers.get("mcp-session-id", "")
        if said["method"] != "initialize" and session not in self.sessions:
            return web.Response(status=404, text="no such session")
        return await self._answer(request, said)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if "short" not in self.ways:
            return web.Response(status=405)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(b"retry: 0\n\n")
        return stream

    async def _answer(self, request: web.Request, said: dict[str, Any]) -> web.StreamResponse:
        headers = {}
        if "id" not in said:
            return web.Response(status=202)
        if said["method"] == "initialize":
            self._number += 1
            headers["mcp-session-id"] = f"session-{self._number}"
            self.sessions.add(headers["mcp-session-id"])
        elif said["method"] == "tools/call":
            self.calls.append(said["params"]["name"])
            if "drip" in self.ways:
                await self._drip(request)
            if "break" in self.ways and request.transport is not None:
                request.transport.close()
                await asyncio.Event().wait()
        return await self._send(request, {"jsonrpc": "2.0", "id": said["id"], **self._result(said)}, headers)

    def _result(self, said: dict[str, Any]) -> dict[str, Any]:
        match said["method"]:
            case "initialize":
                result: dict[str, Any] = {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "t", "version": "1"},
                }
            case "tools/list":
                result = {"tools": self.tools}
            case "tools/call":
                text = (
                    "x" * (20 << 20) if "huge" in self.ways else str(said["params"]["arguments"].get("text"))
                )
                result = {"content": [{"type": "text", "text": text}]}
            case method:
                return {"error": {"code": -32601, "message": f"no {method}"}}
        return {"result": result}

    async def _send(
        self, request: web.Request, message: dict[str, Any], headers: dict[str, str]
    ) -> web.StreamResponse:
        body = json.dumps(message).encode()
        if "pack" in self.ways:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        if "events" not in self.ways:
            return web.Response(body=body, headers={**headers, "Content-Type": "application/json"})
        stream = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(b"event: message\ndata: " + body + b"\n\n")
        return stream

    async def _drip(self, request: web.Request) -> None:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        while True:
            await stream.write(b": still here\n\n")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def serving_tools() -> AsyncGenerator[ToolEndpoint]:
    served = ToolEndpoint()
    application = web.Application(client_max_size=1 << 26)
    application.router.add_route("*", "/mcp", served.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        served.url = f"http://{host}:{port}/mcp"
        yield served
    finally:
        await runner.cleanup()
