"""Files that do not fit a lane's window: the pass over their parts, once for all lanes; pages without text
and pictures, which go to models that see."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pytest

from tests.chat.test_rest import PNG, session
from tests.chat.test_whole_files import SAID, ask, asked, attach, texts
from tests.rag import makers
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import Counts, End, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream

PAGES = 12
FILLER = "Dolgu cümlesi, sayfa {page}, satır {line}."


def page_of(number: int) -> str:
    colour = "mavi" if number == 9 else "gri"
    filler = [FILLER.format(page=number, line=line) for line in range(40)]
    return "\n".join([f"Sayfa {number}: conta no {number}00, renk {colour}.", *filler])


BOOK = makers.pdf(
    [page_of(number) for number in range(1, PAGES + 1)], bookmarks=[("Giriş", 0), ("Contalar", 8)]
)
PASS = "You read one part of a long document"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.scenarios |= {name: scenario(Say(SAID), End()) for name in ("one", "two", "three")}
        made.scenarios["reader"] = scenario(Say("Bu bölümün notu."), End(counts=Counts(900, 20)))
        yield made


def environment(upstream: Upstream, **more: str) -> dict[str, str]:
    return {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x", **more}


@pytest.fixture
def server(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    return start_server(env=environment(upstream, RAG_READING_MODEL="openai/reader"))


def lane(name: str, window: int | None) -> dict[str, Any]:
    params = {} if window is None else {"context_length": window, "max_tokens": 256}
    return {"model": f"openai/{name}", "params": params}


def passed(upstream: Upstream) -> list[str]:
    return [sent for chat in upstream.chats() if PASS in (sent := texts(chat))]


def notes(page: Wire, code: str) -> list[dict[str, Any]]:
    return [event["values"] for event in page.events if event["type"] == "note" and event["code"] == code]


async def test_three_lanes_get_what_fits_them_and_the_parts_are_read_once(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    server = start_server(env=environment(upstream))
    row = [lane("one", 2048), lane("two", 4096), lane("three", None)]
    upstream.scenarios["one"] = scenario(Say("Bu bölümün notu."), End(counts=Counts(900, 20)))
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "kitap.pdf", BOOK)
        records, ack = await ask(page, "Mavi conta hangi sayfada?", kept, lanes=row)
        read = passed(upstream)
        progress = notes(page, "reading_parts")
        await ask(page, "Ve renk?", conversation=ack["conversation"])
        async with http.get("/api/models/spending?days=7") as answer:
            kinds = {row["kind"]: row for row in (await answer.json())["kinds"]}
    assert len(read) > 1
    for number in range(1, PAGES + 1):
        assert sum(f"Sayfa {number}:" in sent for sent in read) == 1
    assert len(passed(upstream)) == len(read)
    assert [one["done"] for one in progress if one["done"] == one["total"]]
    assert progress[0]["total"] == len(read)
    assert kinds["reading"]["requests"] == len(read)
    answers = {
        chat.body["model"]: texts(chat)
        for chat in reversed(upstream.chats())
        if "kitap.pdf" in str(chat.body) and PASS not in str(chat.body)
    }
    assert [record["files"][0]["given"] for record in records] == ["notes", "notes", "whole"]
    for name in ("one", "two"):
        assert "too long to be given whole" in answers[name]
        assert "Bu bölümün notu." in answers[name]
        assert "Contalar (p. 9)" in answers[name]
        assert "renk mavi" in answers[name]
    assert all(f"Sayfa {number}:" in answers["three"] for number in range(1, PAGES + 1))
    assert "too long" not in answers["three"]
    assert records[0]["sources"][0]["page"] == 1
    assert [source["page"] for source in records[2]["sources"]] == list(range(1, PAGES + 1))


async def test_where_the_server_goes_what_was_read_is_sent_and_the_rest_is_named(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    server = start_server(env=environment(upstream))
    note, gone = scenario(Say("Bu bölümün notu."), End()), upstream.scenarios["unauthorized"]
    parts = count(1)

    def reply(body: dict[str, Any]) -> Scenario:
        """Not by the order of requests: meanwhile the server's list is looked at, too."""
        if PASS not in str(body):
            return scenario(Say(SAID), End())
        return gone if next(parts) == 3 else note

    upstream.reply = reply
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "kitap.pdf", BOOK)
        (record,), ack = await ask(page, "Özetle", kept, lanes=[lane("one", 2048)])
        before = len(passed(upstream))
        (later,), _ack = await ask(page, "Özetle", conversation=ack["conversation"])
    assert record["status"] == "complete"
    assert record["files"][0]["given"] == "notes"
    assert record["files"][0]["unread"].endswith(f"-{PAGES}")
    assert "There are no notes of these parts" in next(sent for sent in asked(upstream) if "Özetle" in sent)
    assert "unread" not in later["files"][0]
    assert not any("Sayfa 1:" in sent for sent in passed(upstream)[before:])


async def test_a_stopped_pass_keeps_what_it_has_and_goes_on_the_next_time(
    server: Divan, upstream: Upstream
) -> None:
    note = scenario(Say("Bu bölümün notu."), End())
    upstream.play(note, upstream.scenarios["silent"])
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "kitap.pdf", BOOK)
        ack = await page.ask(
            "send", conversation=None, text="Özetle", attachments=[kept["sha256"]], lanes=[lane("one", 2048)]
        )
        second = await upstream.next_chat(2)
        await page.ask("stop", conversation=ack["conversation"])
        stopped = await page.answer(ack["answers"][0])
        await second.disconnected.wait()
        upstream.play(note)
        again = await page.ask("regenerate", conversation=ack["conversation"], message=stopped["id"])
        record = await page.answer(again["answers"][0])
    assert stopped["status"] == "stopped"
    assert record["files"][0]["given"] == "notes"
    assert "unread" not in record["files"][0]
    read = passed(upstream)
    assert sum("Sayfa 1:" in sent for sent in read) == 1


async def test_pages_without_text_are_named_and_sent_as_pictures_to_models_that_see(
    start_server: Callable[..., Divan], upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = makers.pdf(["Kapak: rapor.", "", "", "Son sözler."])
    # What a service's list of names tells: gpt-4o sees, gpt-3.5-turbo does not.
    names = ("gpt-4o", "gpt-3.5-turbo")
    upstream.scenarios |= {name: scenario(Say(SAID), End()) for name in names}
    listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    monkeypatch.setattr(upstream.wires["openai"], "models", lambda: listed)
    server = start_server(env=environment(upstream))
    async with session(server) as http, wire(server.socket_url) as page:
        await asyncio.to_thread(server.wait_for_models, "openai")
        kept = await attach(http, "tarama.pdf", scan)
        empty = await attach(http, "boş.pdf", makers.pdf(["", ""]))
        photo = await attach(http, "foto.png", PNG)
        row = [lane("gpt-4o", None), lane("gpt-3.5-turbo", None)]
        (seeing, blind), _ack = await ask(page, "Ne var?", kept, empty, photo, lanes=row)
    bodies = {chat.body["model"]: chat for chat in reversed(upstream.chats()) if "Kapak" in texts(chat)}
    assert str(bodies["gpt-4o"].body).count("image_url'") >= 5
    assert "image_url" not in str(bodies["gpt-3.5-turbo"].body)
    assert "hold no text and may be scans: 2-3" in texts(bodies["gpt-3.5-turbo"])
    assert "foto.png" in texts(bodies["gpt-3.5-turbo"])
    assert kept["text"]["textless"] == "2-3"
    assert empty["text"]["error"]["code"] == "no_text"
    assert photo["text"] is None
    assert seeing["files"] == [
        {"name": "tarama.pdf", "given": "whole", "textless": "2-3", "shown": "2-3"},
        {"name": "boş.pdf", "given": "pictures", "textless": "1-2", "shown": "1-2"},
    ]
    assert blind["files"] == [
        {"name": "tarama.pdf", "given": "whole", "textless": "2-3"},
        {"name": "boş.pdf", "given": "name", "error": "no_text", "textless": "1-2"},
        {"name": "foto.png", "given": "name", "error": "unseen"},
    ]
