"""Answers from a person's documents: the switch, the passages, the sources of an answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from tests.chat.test_rest import session
from tests.rag import makers
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

TEXT = "# Bakım\n\nSu pompasının contası her mart ayında değiştirilir. Yedek conta mavi dolaptadır.\n"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


async def upload(http: aiohttp.ClientSession, path: str, field: str, name: str, data: bytes) -> Any:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, data, filename=name)
    async with http.post(path, data=form) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def give(http: aiohttp.ClientSession, text: str, name: str = "bakım.md") -> int:
    """Uploads a document and returns its number when it has been read."""
    made = await upload(http, "/api/documents", "files", name, text.encode())
    async with asyncio.timeout(60):
        while True:
            async with http.get("/api/documents") as answer:
                documents = (await answer.json())["documents"]
            if all(document["status"] == "ready" for document in documents):
                return int(made["documents"][0]["id"])
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


async def test_that_nothing_was_found_is_said_to_the_model_and_kept(
    server: Divan, upstream: Upstream
) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        await give(http, TEXT)
        ack = await page.ask("send", conversation=None, text="Where do penguins live?", lanes=LANES, rag=True)
        record = await page.answer(ack["answers"][0])
    said = (await upstream.next_chat()).body["messages"][0]
    assert (said["role"], "nothing about it was found" in said["content"]) == ("system", True)
    assert record["sources"] == []


@pytest.fixture
def server(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    upstream.scenarios["one"] = scenario(Say("Mart [1]."), End())
    return start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"})


LANES = [{"model": "openai/one"}]


async def test_a_message_asks_the_documents_that_were_chosen_for_it(server: Divan) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        chosen = await give(http, "Pompa contası: her yıl.", "pompa.md")
        await give(http, "Pompa contası: hiçbir zaman.", "eski.md")
        ack = await page.ask(
            "send", conversation=None, text="Pompa contası ne zaman?", lanes=LANES, documents=[chosen]
        )
        first = await page.answer(ack["answers"][0])
        again = await page.ask("regenerate", conversation=ack["conversation"], message=first["id"])
        second = await page.answer(again["answers"][0])
        after = await page.ask("send", conversation=ack["conversation"], text="Pompa contası?")
        plain = await page.answer(after["answers"][0])
        async with http.get(f"/api/conversations/{ack['conversation']}/messages?ids={ack['message']}") as got:
            asked = (await got.json())["messages"][0]
        missing = await page.ask("send", conversation=None, text="?", lanes=LANES, documents=[10_000])
    assert [[source["name"] for source in record["sources"]] for record in (first, second)] == [
        ["pompa.md"]
    ] * 2
    assert asked["documents"] == [{"id": chosen, "name": "pompa.md"}]
    assert "sources" not in plain
    assert missing["code"] == "not_found"


async def test_a_file_that_came_with_a_message_is_read_and_asked(server: Divan) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        paper = makers.pdf(["The pump is serviced in March.", "The spare seal is in the blue cupboard."])
        kept = await upload(http, "/api/attachments", "file", "pump.pdf", paper)
        ack = await page.ask(
            "send",
            conversation=None,
            text="Where is the spare seal?",
            attachments=[kept["sha256"]],
            lanes=LANES,
            rag=True,
        )
        record = await page.answer(ack["answers"][0])
        notes = [
            event["code"]
            for event in page.events
            if event.get("message") == record["id"] and event["type"] == "note"
        ]
        async with http.get(f"/api/documents?conversation={ack['conversation']}") as answer:
            documents = (await answer.json())["documents"]
        async with http.get("/api/documents") as answer:
            own = (await answer.json())["documents"]
    assert "blue cupboard" in record["sources"][1]["passage"]
    assert "searching" not in notes
    assert [document["name"] for document in documents] == ["pump.pdf"]
    assert own == []
