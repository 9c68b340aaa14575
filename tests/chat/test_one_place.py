"""A model server that answers one request at a time: what an answer needs first finds a place there too."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.chat.test_dialogue import talk
from tests.chat.test_documents import TEXT, give
from tests.chat.test_long_files import BOOK, PASS, lane
from tests.chat.test_rest import made, session
from tests.chat.test_whole_files import attach, texts
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import Counts, End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

LIMIT = "from providers.models import Server; Server.objects.update(max_concurrent=1)"
LANES = [{"model": "local/one"}]
LONG = "Kırmızı defteri unutma. " * 60
SUMMARY = "You keep the memory of a conversation"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as running:
        running.default = scenario(Say("Boris"), End(counts=Counts(900, 5)))
        yield running


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    """One server for all: answers, titles, summaries, notes, vectors and the moderator."""
    server = start_server(
        env={
            "OPENAI_SERVERS": f"local={upstream.base_url('openai')}",
            "RAG_EMBEDDING_MODEL": "local/vectors",
            "RAG_READING_MODEL": "local/reader",
            "TITLE_MODEL": "local/titles",
        }
    )
    server.manage("shell", "-c", LIMIT)
    server.restart()
    return server


def sent_with(upstream: Upstream, instruction: str) -> list[str]:
    return [sent for chat in upstream.chats() if instruction in (sent := texts(chat))]


async def turn(page: Wire, text: str, **fields: Any) -> list[dict[str, Any]]:
    ack = await page.ask("send", **{"conversation": None, "text": text, "lanes": LANES, **fields})
    return [await page.answer(answer) for answer in ack["answers"]]


async def test_an_answer_waits_for_no_summary_that_waits_for_its_place(
    divan: Divan, upstream: Upstream
) -> None:
    lanes = [{**lane(name, 2048), "model": f"local/{name}"} for name in ("one", "two")]
    async with session(divan) as http, wire(divan.socket_url) as page:
        where = str((await made(http, title="Named", lanes=lanes))["id"])
        for _ in range(4):
            ack = await page.ask("send", conversation=where, text=LONG)
            records = [await page.answer(answer) for answer in ack["answers"]]
            assert [record["status"] for record in records] == ["complete", "complete"]
    assert sent_with(upstream, SUMMARY)


async def test_an_answer_waits_for_no_pass_over_a_file_that_waits_for_its_place(
    divan: Divan, upstream: Upstream
) -> None:
    lanes = [{**lane(name, 2048), "model": f"local/{name}"} for name in ("one", "two")]
    async with session(divan) as http, wire(divan.socket_url) as page:
        kept = await attach(http, "kitap.pdf", BOOK)
        records = await turn(page, "Mavi conta?", lanes=lanes, attachments=[kept["sha256"]])
    assert [record["status"] for record in records] == ["complete", "complete"]
    assert sent_with(upstream, PASS)


async def test_an_answer_waits_for_no_vector_that_waits_for_its_place(
    divan: Divan, upstream: Upstream
) -> None:
    lanes = [{"model": f"local/{name}"} for name in ("one", "two")]
    async with session(divan) as http, wire(divan.socket_url) as page:
        await page.ask("watch")
        await give(http, TEXT)
        records = await turn(page, "What about the seal of the pump?", lanes=lanes, rag=True)
        await page.until(lambda event: event.get("title") == "Boris")
    assert [record["status"] for record in records] == ["complete", "complete"]
    assert [len(record["sources"]) for record in records] == [1, 1]


async def test_a_dialogue_and_its_moderator_share_the_place(divan: Divan, upstream: Upstream) -> None:
    pair = [{"name": name, **LANES[0]} for name in ("Ayşe", "Boris")]
    async with wire(divan.socket_url) as page:
        await talk(page, participants=pair, turn_policy="moderator", moderator="local/moderator")
        await page.until(lambda event: event.get("record", {}).get("dialogue", {}).get("state") == "over")
    assert len([chat for chat in upstream.chats() if chat.body["model"] == "moderator"]) >= 2
