"""Answers from a person's documents: the switch, the passages, the sources of an answer."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.chat.test_rest import session
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

TEXT = "# Bakım\n\nSu pompasının contası her mart ayında değiştirilir. Yedek conta mavi dolaptadır.\n"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


async def give(http: aiohttp.ClientSession, text: str) -> None:
    """Uploads a document and returns when it has been read."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files", text.encode(), filename="bakım.md", content_type="text/markdown")
    async with http.post("/api/documents", data=form) as answer:
        assert answer.status == 201, await answer.text()
    async with asyncio.timeout(60):
        while True:
            async with http.get("/api/documents") as answer:
                documents = (await answer.json())["documents"]
            if all(document["status"] == "ready" for document in documents):
                return
            await asyncio.sleep(0.1)


async def test_every_lane_is_sent_the_passages_and_its_record_names_them(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    upstream.scenarios |= {name: scenario(Say("Mart [1]."), End()) for name in ("one", "two")}
    server = start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"})
    lanes = [{"model": "openai/one"}, {"model": "openai/two"}]
    async with session(server) as http, wire(server.socket_url) as page:
        await give(http, TEXT)
        ack = await page.ask(
            "send", conversation=None, text="Pompanın contası ne zaman değiştirilir?", lanes=lanes, rag=True
        )
        records = [await page.answer(answer) for answer in ack["answers"]]
        without = await page.ask("send", conversation=None, text="Pompanın contası?", lanes=lanes[:1])
        plain = await page.answer(without["answers"][0])
    asked = [chat.body for chat in upstream.chats() if chat.body["messages"][0]["role"] == "system"]
    assert {body["model"] for body in asked} == {"one", "two"}
    assert all("mavi dolaptadır" in str(body["messages"][0]["content"]) for body in asked)
    assert [record["sources"][0]["name"] for record in records] == ["bakım.md", "bakım.md"]
    assert "sources" not in plain
