"""The bare relay: the least that a program can do which passes the tokens of a model server to a WebSocket.

aiohttp on both sides, uvloop below. It keeps nothing, knows no user, and cannot be reloaded, stopped or
followed by two. Runs as a process: python -m bench.relay PORT, with UPSTREAM_URL set.
"""

import asyncio
import os
import sys

import aiohttp
import orjson
import uvloop
from aiohttp import web

from bench.upstream import asked_for, text_of

CLIENT: web.AppKey[aiohttp.ClientSession] = web.AppKey("client", aiohttp.ClientSession)


async def relay(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    client, address = request.app[CLIENT], os.environ["UPSTREAM_URL"]
    async for message in socket:
        asked = asked_for(orjson.loads(message.data)["model"])
        async with client.post(f"{address}/chat/completions", json=asked) as answer:
            async for line in answer.content:
                if text := text_of(line):
                    await socket.send_str(orjson.dumps({"type": "delta", "text": text}).decode())
        await socket.send_str('{"type":"end"}')
    return socket


async def serve(port: int) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        app = web.Application()
        app[CLIENT] = client
        app.router.add_get("/ws", relay)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
