"""Who writes a conversation's title, what it costs, and when."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from chat.prompting import title_writer
from tests.services.server import Divan
from tests.services.wire import Event, Wire, wire
from tests.upstreams.script import PLAIN, Counts, End, Say, Stall, refusal, scenario
from tests.upstreams.server import Upstream, running_upstream

ONE, CHEAP = "openai/one", "openai/cheap"
TITLE = scenario(Say('Sure! Here\'s the title: "Kısa"'), End(counts=Counts(3, 1)))


class NeverEnding:
    """An answer that is always given."""

    ended = asyncio.Event()


RESTRICT = (
    "from django.contrib.auth.models import User; User.objects.create_user('ann'); "
    "from providers.models import Model, Server; "
    "Model.objects.create(server=Server.objects.get(name='openai'), model_id='cheap', visibility='groups')"
)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.scenarios |= {"one": TITLE, "cheap": TITLE, "broken": refusal(401), "two": PLAIN}
        yield made


@pytest.fixture
def serve(start_server: Callable[..., Divan], upstream: Upstream) -> Callable[..., Divan]:
    def start(**more: str) -> Divan:
        env = {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-test-0123456789abcdef"}
        return start_server(env=env | more)

    return start


def writers(upstream: Upstream) -> list[str]:
    """The models that were asked for a title."""
    asked = [chat.body for chat in upstream.chats()]
    return [body["model"] for body in asked if "Give a title" in str(body["messages"][-1]["content"])]


def names(where: str, title: str) -> Callable[[Event], bool]:
    return lambda event: (event.get("conversation"), event.get("title")) == (where, title)


async def turn(page: Wire, text: str, where: str | None = None, **fields: Any) -> str:
    ack = await page.ask("send", conversation=where, text=text, **fields)
    for answer in ack["answers"]:
        await page.answer(answer)
    return str(ack["conversation"])


async def titles(page: Wire, where: str) -> list[str]:
    snapshot = await page.ask("open", conversation=where)
    return [record["title"] for record in snapshot["records"] if "title" in record]


@pytest.mark.parametrize(
    ("setting", "choice", "asked"),
    [
        ("own", {}, ["one"]),
        (CHEAP, {}, ["cheap"]),
        ("Words", {}, []),
        ("words", {"titles": "own"}, ["one"]),
        (CHEAP, {"titles": "words"}, []),
        ("own", {"titles": CHEAP}, ["cheap"]),
        ("gone/model", {}, []),
    ],
)
async def test_a_title_is_written_once_by_whoever_was_chosen(
    serve: Callable[..., Divan], upstream: Upstream, setting: str, choice: dict[str, str], asked: list[str]
) -> None:
    async with wire(serve(TITLE_MODEL=setting).socket_url) as page:
        await page.ask("watch")
        where = await turn(page, "kediler neden mırlar", lanes=[{"model": ONE}], **choice)
        if asked:
            await page.until(lambda event: event.get("title") == "Kısa")
        await turn(page, "peki ya köpekler", where)
        await turn(page, "ya kuşlar", where)
        assert await titles(page, where) == ["kediler neden mırlar", *(["Kısa"] if asked else [])]
    assert writers(upstream) == asked


async def test_titles_wait_until_their_server_answers_nothing_else(
    serve: Callable[..., Divan], upstream: Upstream
) -> None:
    """And then each is asked for once."""
    upstream.scenarios["slow"] = scenario(Say("A word"), Stall())
    async with wire(serve().socket_url) as page:
        await page.ask("watch")
        slow = await page.ask("send", conversation=None, text="yavaş", lanes=[{"model": "openai/slow"}])
        await page.until(lambda event: event["type"] == "delta")
        named = [await turn(page, f"soru {number}", lanes=[{"model": ONE}]) for number in range(6)]
        assert writers(upstream) == []
        await page.ask("stop", conversation=slow["conversation"])
        for where in named:
            await page.until(names(where, "Kısa"))
    assert writers(upstream) == ["one"] * 6


async def test_a_title_waits_for_no_other_server(serve: Callable[..., Divan], upstream: Upstream) -> None:
    upstream.scenarios["slow"] = scenario(Say("A word"), Stall())
    other = {"OLLAMA_BASE_URL": upstream.base_url("ollama")}
    async with wire(serve(**other).socket_url) as page:
        await page.ask("watch")
        await page.ask("send", conversation=None, text="yavaş", lanes=[{"model": "ollama/slow"}])
        await page.until(lambda event: event["type"] == "delta")
        await turn(page, "soru", lanes=[{"model": ONE}])
        await page.until(lambda event: event.get("title") == "Kısa")
    assert writers(upstream) == ["one"]


async def test_a_title_is_not_put_off_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_writer, "PATIENCE", 0.01)
    monkeypatch.setattr(title_writer, "first_answering", lambda _: NeverEnding())
    async with asyncio.timeout(60):
        await title_writer.wait_until_quiet("openai")


async def test_a_person_who_names_a_conversation_meanwhile_spares_the_request(
    serve: Callable[..., Divan], upstream: Upstream
) -> None:
    upstream.scenarios["slow"] = scenario(Say("A word"), Stall())
    async with wire(serve().socket_url) as page:
        await page.ask("watch")
        slow = await page.ask("send", conversation=None, text="yavaş", lanes=[{"model": "openai/slow"}])
        await page.until(lambda event: event["type"] == "delta")
        where = await turn(page, "soru", lanes=[{"model": ONE}])
        await page.ask("settings", conversation=where, title="Benim")
        other = await turn(page, "başka", lanes=[{"model": ONE}])
        await page.ask("stop", conversation=slow["conversation"])
        await page.until(names(other, "Kısa"))
        assert await titles(page, where) == ["soru", "Benim"]
    assert writers(upstream) == ["one"]


async def test_a_first_answer_that_failed_leaves_the_words_until_one_comes(
    serve: Callable[..., Divan], upstream: Upstream
) -> None:
    async with wire(serve().socket_url) as page:
        await page.ask("watch")
        where = await turn(page, "ilk soru", lanes=[{"model": "openai/broken"}])
        assert (await titles(page, where), writers(upstream)) == (["ilk soru"], [])
        await turn(page, "ikinci soru", where, lanes=[{"model": ONE}])
        await page.until(lambda event: event.get("title") == "Kısa")
        assert await titles(page, where) == ["ilk soru", "Kısa"]


async def test_a_conversation_made_empty_gets_the_words_of_its_first_message(
    serve: Callable[..., Divan],
) -> None:
    server = serve()
    async with aiohttp.ClientSession(server.url) as http, wire(server.socket_url) as page:
        made = []
        for fields in ({}, {"title": "Mine"}):
            async with http.post("/api/conversations", json=fields) as answer:
                made.append((await answer.json())["id"])
        for where in made:
            await turn(page, "  bir   soru ", where, lanes=[{"model": "openai/broken"}])
        assert [await titles(page, where) for where in made] == [["", "bir soru"], ["Mine"]]
        await page.ask("watch")
        await turn(page, "yine", made[0], lanes=[{"model": ONE}])
        await page.until(lambda event: event.get("title") == "Kısa")
        await turn(page, "yine", made[1], lanes=[{"model": ONE}])
        assert (await titles(page, made[1])) == ["Mine"]


async def test_a_person_is_never_overwritten(serve: Callable[..., Divan], upstream: Upstream) -> None:
    async with wire(serve().socket_url) as page:
        where = await turn(page, "soru", lanes=[{"model": "openai/broken"}])
        await page.ask("settings", conversation=where, title="Benim")
        await turn(page, "yine", where, lanes=[{"model": ONE}])
        assert await titles(page, where) == ["soru", "Benim"]
    assert writers(upstream) == []


@pytest.mark.parametrize("loaded", ["small:latest", "big:latest"])
async def test_an_ollama_server_loads_no_model_for_a_title(
    start_server: Callable[..., Divan], upstream: Upstream, loaded: str
) -> None:
    """It might push out the one that the next question is for: that one writes the title instead."""
    upstream.wires["ollama"].model = loaded
    upstream.scenarios |= dict.fromkeys(["big", "big:latest", "small", "small:latest"], TITLE)
    server = start_server(env={"OLLAMA_BASE_URL": upstream.base_url("ollama"), "TITLE_MODEL": "ollama/small"})
    await asyncio.to_thread(server.wait_for_models, "ollama")
    async with wire(server.socket_url) as page:
        await page.ask("watch")
        await turn(page, "kediler neden mırlar", lanes=[{"model": "ollama/big"}])
        await page.until(lambda event: event.get("title") == "Kısa")
    # As the server's list spells it.
    assert writers(upstream) == [loaded]


async def test_a_person_has_no_title_written_by_a_model_that_is_not_theirs_to_use(
    serve: Callable[..., Divan], upstream: Upstream
) -> None:
    server = serve(AUTH_MODE="accounts")
    server.manage("shell", "-c", RESTRICT)
    token = server.manage("create_token", "ann").strip().splitlines()[-1]
    server.restart()
    async with wire(server.socket_url, Authorization=f"Bearer {token}") as page:
        where = await turn(page, "kediler neden mırlar", lanes=[{"model": ONE}], titles=CHEAP)
        await turn(page, "peki ya köpekler", where)
        assert await titles(page, where) == ["kediler neden mırlar"]
    assert writers(upstream) == []
