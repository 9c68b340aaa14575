"""Clients that ask and are gone before they hear anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.rest.conftest import Client
from tests.services.server import Divan

LANES = [{"model": "echo/echo"}, {"model": "echo/echo"}]
CLIENTS = 20


async def ask(divan: Divan, token: str, path: str, body: dict[str, Any]) -> asyncio.StreamWriter:
    """Sends the request and reads nothing."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", divan.port)
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{divan.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    await writer.drain()
    return writer


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in response.content:
        if line.startswith(b"data:"):
            yield json.loads(line[5:])


async def test_a_message_on_disk_is_answered_though_its_client_has_gone(
    call: Client, divan: Divan, token: str
) -> None:
    made = await call("POST", "/api/conversations", {"lanes": LANES})
    path = f"/api/conversations/{made.body['id']}"
    asked = []
    async with call.http.get(f"{path}/events") as following:
        stream = events(following)
        for number in range(CLIENTS):
            message = {"text": f"/echo speed=0\nnumber {number}", "parent": None}
            client = await ask(divan, token, f"{path}/messages", message)
            async for event in stream:
                if event["type"] == "record" and event["record"].get("role") == "user":
                    asked.append(event["record"]["id"])
                    break
            client.transport.abort()
        assert (await call("POST", f"{path}/messages", {"text": "last", "parent": None})).status == 201
    async with call.http.get(f"{path}/events") as following:
        snapshot = await anext(events(following))
    given = [record["parent"] for record in snapshot["records"] if record.get("role") == "assistant"]
    given += [live["message"]["parent"] for live in snapshot["live"]]
    assert {message: given.count(message) for message in asked} == dict.fromkeys(asked, len(LANES))
    assert len(asked) == CLIENTS
