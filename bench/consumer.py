"""The bare consumer: what Channels and Daphne alone cost, on which Divan stands.

A Channels consumer that passes each token of the fake upstream to its socket, and keeps nothing: the floor
to compare with. Runs as a process: python -m daphne -p PORT bench.consumer:application, with UPSTREAM_URL
set.
"""

import json
import os

import aiohttp
from django.conf import settings

settings.configure(SECRET_KEY="only-for-the-benchmark", ALLOWED_HOSTS=["*"])  # noqa: S106

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from bench.upstream import asked_for, text_of  # noqa: E402

UPSTREAM_URL = os.environ["UPSTREAM_URL"]


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    client: aiohttp.ClientSession | None = None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if Consumer.client is None:
            Consumer.client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        asked = asked_for(json.loads(text_data or "{}")["model"])
        async with Consumer.client.post(f"{UPSTREAM_URL}/chat/completions", json=asked) as answer:
            async for line in answer.content:
                if text := text_of(line):
                    await self.send(text_data=json.dumps({"type": "delta", "text": text}))
        await self.send(text_data='{"type": "end"}')


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws", Consumer.as_asgi())])})
