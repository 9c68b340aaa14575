"""The bare relay: what the framework alone costs.

A Channels consumer on Daphne that passes each token of the fake upstream to its socket. It keeps nothing,
knows no user, and cannot be reloaded, stopped or followed by two: the floor to compare with.
Runs as a process: python -m daphne -p PORT bench.relay:application, with UPSTREAM_URL set.
"""

import json
import os
from typing import Any

import aiohttp
from django.conf import settings

settings.configure(SECRET_KEY="only-for-the-benchmark", ALLOWED_HOSTS=["*"])  # noqa: S106

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

UPSTREAM_URL = os.environ["UPSTREAM_URL"]


class Relay(AsyncWebsocketConsumer):  # type: ignore[misc]
    client: aiohttp.ClientSession | None = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if Relay.client is None:
            Relay.client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        model = json.loads(text_data or "{}")["model"]
        asked = {"model": model, "stream": True, "messages": [{"role": "user", "content": "go"}]}
        async with Relay.client.post(f"{UPSTREAM_URL}/chat/completions", json=asked) as answer:
            async for line in answer.content:
                if line.startswith(b"data: {"):
                    await self.pass_on(json.loads(line[6:]))
        await self.send(text_data='{"type": "end"}')

    async def pass_on(self, event: dict[str, Any]) -> None:
        text = event["choices"][0]["delta"].get("content")
        if text:
            await self.send(text_data=json.dumps({"type": "delta", "text": text}))


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws", Relay.as_asgi())])})
