"""Files that are read themselves: a model is given what was attached or picked, whole where it fits."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from tests.chat.test_documents import give, upload
from tests.chat.test_rest import session
from tests.rag import makers
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.recorded import Recorded
from tests.upstreams.script import End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

LANES = [{"model": "openai/one"}]
SAID = "Tamam [1]."


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def server(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    upstream.scenarios |= {name: scenario(Say(SAID), End()) for name in ("one", "two", "three")}
    return start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"})


def texts(chat: Recorded) -> str:
    """All that a model was sent, in order."""
    found: list[str] = []
    for message in chat.body["messages"]:
        content = message["content"]
        found += [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return "\n".join(found)


def asked(upstream: Upstream) -> list[str]:
    """What each question was sent with; not what titles were made of, which quote the answer."""
    return [
        sent
        for chat in upstream.chats()
        if SAID not in (sent := texts(chat)) or "assistant" in str(chat.body)
    ]


async def attach(http: aiohttp.ClientSession, name: str, data: bytes) -> Any:
    return await upload(http, "/api/attachments", "file", name, data)


async def ask(page: Wire, text: str, *attached: Any, conversation: str | None = None, **more: Any) -> Any:
    """The record of the first lane's answer, and the conversation."""
    if conversation is None:
        more = {"lanes": LANES, **more}
    ack = await page.ask(
        "send", conversation=conversation, text=text, attachments=[one["sha256"] for one in attached], **more
    )
    assert "answers" in ack, ack
    records = [await page.answer(answer) for answer in ack["answers"]]
    return records, ack


FILES = {
    "rapor.pdf": makers.pdf(["Giriş: pompa 12 yaşında.", "Sonuç: conta mavi dolapta."]),
    "rapor.docx": makers.docx([("heading 1", "Giriş"), ("", "Conta mavi dolapta.")]),
    "sunum.pptx": makers.pptx([("Pompa", ["Conta mavi dolapta."], "not")]),
    "tablo.xlsx": makers.xlsx({"Stok": [["Parça", "Yer"], ["Conta", "mavi dolapta"]]}),
    "kitap.epub": makers.epub(["<h1>Bölüm</h1><p>Conta mavi dolapta.</p>"]),
    "sayfa.html": b"<html><body><h1>Pompa</h1><p>Conta mavi dolapta.</p></body></html>",
    "not.md": b"# Pompa\n\nConta mavi dolapta.\n",
    "not.txt": b"Conta mavi dolapta.\n",
    "kod.py": b"def conta():\n    return 'mavi dolapta'\n",
    "tablo.csv": "Parça;Yer\nConta;mavi dolapta\n".encode("cp1254"),
    "cp1254.txt": "Şu conta mavi dolapta, çünkü öyle. Ağır iş.\n".encode("cp1254"),
    "utf16.txt": "Conta mavi dolapta.\n".encode("utf-16"),
}


async def test_an_attached_file_of_every_kind_is_sent_whole_with_its_name_and_numbered_sections(
    server: Divan, upstream: Upstream
) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        for name, data in FILES.items():
            kept = await attach(http, name, data)
            (record,), _ack = await ask(page, "Özetle", kept)
            sent = asked(upstream)[-1]
            assert record["status"] == "complete", record
            assert "mavi dolapta" in sent, name
            assert f'<document name="{name}"' in sent
            assert kept["text"]["error"] is None
            assert kept["text"]["tokens"] > 0
            assert {source["name"] for source in record["sources"]} == {name}
            assert record["files"] == [{"name": name, "given": "whole"}]
            assert "[1]" in sent


async def test_pages_are_sources_that_later_turns_keep(server: Divan, upstream: Upstream) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "rapor.pdf", FILES["rapor.pdf"])
        (record,), ack = await ask(page, "Özetle", kept)
        (later,), _ack = await ask(page, "Peki conta nerede?", conversation=ack["conversation"])
        again = await page.ask("regenerate", conversation=ack["conversation"], message=later["id"])
        regenerated = await page.answer(again["answers"][0])
    for sent in asked(upstream):
        assert sent.count("conta mavi dolapta") == 1
        assert "[2] p. 2" in sent
    assert len(asked(upstream)) == 3
    for answer in (record, later, regenerated):
        assert [(one["page"], one["attachment"]) for one in answer["sources"]] == [
            (1, kept["sha256"]),
            (2, kept["sha256"]),
        ]
        assert "mavi dolapta" in answer["sources"][1]["passage"]


async def test_a_picked_document_is_read_itself_however_short_and_no_other_one(
    server: Divan, upstream: Upstream
) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        chosen = await give(http, "Pompa contası: her yıl.", "pompa.md")
        await give(http, "Özetle: pompa contası hiçbir zaman.", "eski.md")
        for question in ("Özetle", "Summarise this document", "Кратко"):
            (record,), _ack = await ask(page, question, documents=[chosen], rag=True)
            sent = asked(upstream)[-1]
            assert "her yıl" in sent
            assert "hiçbir zaman" not in sent
            assert [(one["document"], one["name"]) for one in record["sources"]] == [(chosen, "pompa.md")]


async def test_an_attached_document_is_read_and_not_the_persons_other_ones(
    server: Divan, upstream: Upstream
) -> None:
    async with session(server) as http, wire(server.socket_url) as page:
        await give(http, "This document: a summary of the old pump.", "old.md")
        kept = await attach(http, "new.pdf", makers.pdf(["The new pump is blue."]))
        (record,), ack = await ask(page, "Summarise this document", kept, rag=True)
        (later,), _ack = await ask(page, "And the old pump?", conversation=ack["conversation"])
    first, second = asked(upstream)
    assert "new pump is blue" in first
    assert "old pump" not in first
    assert {source["name"] for source in record["sources"]} == {"new.pdf"}
    assert second.count("new pump is blue") == 1
    assert "summary of the old pump" in second
    numbers = [source["n"] for source in later["sources"]]
    assert numbers == [1, 2]
    assert {source["name"] for source in later["sources"]} == {"new.pdf", "old.md"}


async def test_what_no_model_can_read_is_said_when_it_is_attached_and_to_the_model(
    server: Divan, upstream: Upstream
) -> None:
    files = {"x.bin": b"\0\1\2" * 50, "resim.zip": b"PK\x03\x04 broken", "rapor.docx": b"plain words"}
    async with session(server) as http, wire(server.socket_url) as page:
        for name, data in files.items():
            kept = await attach(http, name, data)
            (record,), _ack = await ask(page, "Nedir?", kept)
            sent = asked(upstream)[-1]
            assert kept["text"]["error"]["message"]
            assert name in sent
            assert "could not be read" in sent
            assert record["files"][0]["given"] == "name"
            assert "sources" not in record


async def test_who_talks_in_a_dialogue_has_read_the_file_of_its_opening(
    server: Divan, upstream: Upstream
) -> None:
    upstream.scenarios["two"] = scenario(Say("Bence de öyle."), End())
    pair = [{"name": name, "model": f"openai/{name}"} for name in ("one", "two")]
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "rapor.pdf", FILES["rapor.pdf"])
        ack = await page.ask(
            "dialogue",
            conversation=None,
            opening="Ne dersiniz?",
            attachments=[kept["sha256"]],
            participants=pair,
            limits={"turns": 2},
        )
        await page.ask("open", conversation=ack["conversation"])
        await page.until(lambda event: event.get("record", {}).get("dialogue", {}).get("state") == "over")
    spoke = {chat.body["model"]: texts(chat) for chat in upstream.chats() if "<document" in texts(chat)}
    assert spoke.keys() == {"one", "two"}
    assert all(sent.count("conta mavi dolapta") == 1 for sent in spoke.values())
