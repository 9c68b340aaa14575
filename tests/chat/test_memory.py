"""What a person tells every model about themselves: kept on a real server, seen by a fake model server."""

import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.prompting import memory
from chat.prompting.memory_cache import MemoryTexts
from providers.tokens import estimate_tokens
from tests.chat.test_access import ANN, BOB, call
from tests.chat.test_answers import records_on_disk
from tests.chat.test_upstreams import ONE, TWO, said, turn
from tests.services.server import Divan, copy_database
from tests.services.wire import wire
from tests.upstreams.script import PLAIN
from tests.upstreams.server import Upstream, running_upstream

Ask = Callable[..., tuple[int, dict[str, Any]]]
TEXTS = {"about": "I teach in İzmir.", "style": "Keep it short."}
LANES = [{"model": ONE, "system": "Be one."}, {"model": TWO}]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.scenarios |= {"one": PLAIN, "two": PLAIN}
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    env = {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-test-0123456789abcdef"}
    return start_server(env=env)


def ask(divan: Divan, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
    status, answer, _ = call(f"{divan.url}/api/memory{path}", method, body)
    return status, answer


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def systems(upstream: Upstream, model: str) -> list[str]:
    """The system prompt of every request for an answer; '' where there was none."""
    return [dict(messages).get("system", "") for messages in said(upstream, model)]


async def test_every_lane_is_sent_the_same_after_its_own_system_prompt(
    divan: Divan, upstream: Upstream
) -> None:
    ask(divan, "PUT", "", TEXTS)
    ask(divan, "POST", "/remembered", {"text": "My cat is\n called  Tekir."})
    _, off = ask(divan, "POST", "/remembered", {"text": "I like tea."})
    ask(divan, "PATCH", f"/remembered/{off['id']}", {"on": False})
    state = ask(divan, "GET")[1]
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "a", lanes=LANES, blind=True)
    assert state["sent"] == (
        f"<memory>\n{memory.SAID}\n\n{memory.ABOUT}\nI teach in İzmir.\n\n{memory.STYLE}\nKeep it short."
        f"\n\n{memory.REMEMBERED}\n- My cat is called Tekir.\n</memory>"
    )
    assert systems(upstream, "one") == [f"Be one.\n\n{state['sent']}"]
    assert systems(upstream, "two") == [state["sent"]]
    records = records_on_disk(divan, ack["conversation"])
    told = [record["memory"] for record in records if record.get("role") == "assistant"]
    assert told == [state["tokens"]] * 2
    assert state["tokens"] == estimate_tokens(state["sent"])
    assert "Tekir" not in str(records)


async def test_nothing_is_sent_where_nothing_is_told_or_the_conversation_does_without(
    divan: Divan, upstream: Upstream
) -> None:
    one = [{"model": ONE}]
    async with wire(divan.socket_url) as page:
        empty = await turn(page, "a", lanes=one)
        assert ask(divan, "PUT", "", TEXTS)[1]["tokens"] > 0
        off = await turn(page, "b", lanes=one, memory=False)
        await turn(page, "c", conversation=off["conversation"])
        temporary = await turn(page, "d", lanes=one, temporary=True)
        await page.ask("keep", conversation=temporary["conversation"])
        await turn(page, "e", conversation=temporary["conversation"])
        assert systems(upstream, "one") == [""] * 5

        asked_for = await turn(page, "f", lanes=one, temporary=True, memory=True)
        await page.ask("settings", conversation=off["conversation"], memory=True)
        again = await turn(page, "g", conversation=off["conversation"])
        more = await page.ask("regenerate", conversation=again["conversation"], message=again["answers"][0])
        await page.answer(more["answers"][0])
        assert len(systems(upstream, "one")) == 8
        assert all("I teach in İzmir." in system for system in systems(upstream, "one")[5:])
    assert asked_for["conversation"]
    first, *records = records_on_disk(divan, off["conversation"])
    *_, last = (record for record in records if record.get("role") == "assistant")
    assert (first["memory"], last["memory"] > 0) == (False, True)
    assert "memory" not in str(records_on_disk(divan, empty["conversation"]))


async def test_a_copy_does_without_as_its_original_does(divan: Divan, upstream: Upstream) -> None:
    ask(divan, "PUT", "", TEXTS)
    async with wire(divan.socket_url) as page:
        ack = await turn(page, "a", lanes=[{"model": ONE}], memory=False)
        fork = await page.ask("fork", conversation=ack["conversation"], message=ack["answers"][0])
        await page.ask("open", conversation=fork["conversation"])
        await turn(page, "b", conversation=fork["conversation"])
    assert systems(upstream, "one") == ["", ""]


async def test_a_shared_page_and_an_export_hold_nothing_of_it(divan: Divan, upstream: Upstream) -> None:
    ask(divan, "PUT", "", TEXTS)
    async with wire(divan.socket_url) as page:
        where = (await turn(page, "a", lanes=[{"model": ONE}]))["conversation"]
    path = call(f"{divan.url}/api/conversations/{where}/shares", "POST", {})[1]["path"]
    export = f"/api/conversations/{where}/export?format="
    forms = [export + form for form in ("json", "jsonl", "markdown", "html", "text")]
    pages = [read(divan.url + page) for page in (path, *forms)]
    assert "Keep it short" in systems(upstream, "one")[0]
    assert not [page for page in pages if "Keep it short" in page]


@pytest.fixture(scope="module")
def server_of_two(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Ask]:
    folder = tmp_path_factory.mktemp("two") / "data"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as server:
        make = "[User.objects.create_user(name) for name in ('ann', 'bob')]"
        server.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
        tokens = {name: server.manage("create_token", name).strip().splitlines()[-1] for name in (ANN, BOB)}

        def ask_as(name: str, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
            bearer = f"Bearer {tokens[name]}"
            status, answer, _ = call(f"{server.url}/api/memory{path}", method, body, Authorization=bearer)
            return status, answer

        yield ask_as


@pytest.fixture
def accounts(server_of_two: Ask) -> Ask:
    """Calls `/api/memory` as somebody; nobody has told anything yet."""
    for name in (ANN, BOB):
        assert server_of_two(name, "DELETE")[0] == 204
    return server_of_two


def lines(state: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(line["text"], line["on"]) for line in state["remembered"]]


def test_each_has_their_own_and_another_users_is_not_there(accounts: Ask) -> None:
    accounts(ANN, "PUT", "", TEXTS)
    status, line = accounts(ANN, "POST", "/remembered", {"text": "Tea, no sugar."})
    path = f"/remembered/{line['id']}"
    assert (status, line["on"]) == (201, True)
    assert accounts(BOB, "GET")[1] == {
        "about": "",
        "style": "",
        "remembered": [],
        "left_out": 0,
        "sent": "",
        "tokens": 0,
    }
    assert accounts(BOB, "PATCH", path, {"on": False})[0] == 404
    assert accounts(BOB, "DELETE", path)[0] == 404
    assert accounts(BOB, "DELETE")[0] == 204

    accounts(ANN, "POST", "/remembered", {"text": "Tea,  no sugar."})
    assert lines(accounts(ANN, "GET")[1]) == [("Tea, no sugar.", True)]
    accounts(ANN, "PATCH", path, {"text": "Coffee.", "on": False})
    state = accounts(ANN, "PUT", "", {"about": "Nobody."})[1]
    assert (state["about"], state["style"], lines(state)) == ("Nobody.", "", [("Coffee.", False)])
    assert (accounts(ANN, "DELETE", path)[0], accounts(ANN, "DELETE", path)[0]) == (204, 404)
    assert (accounts(ANN, "DELETE")[0], accounts(ANN, "GET")[1]["sent"]) == (204, "")


def test_a_mistake_is_refused_and_changes_nothing(accounts: Ask) -> None:
    accounts(ANN, "PUT", "", TEXTS)
    for method, path, body in (
        ("PUT", "", {"about": "x" * 1_501}),
        ("PUT", "", {"style": "nul\x00"}),
        ("PUT", "", {"bogus": 1}),
        ("POST", "/remembered", {"text": "  "}),
        ("POST", "/remembered", {"text": "x" * 301}),
    ):
        status, answer = accounts(ANN, method, path, body)
        assert (status, answer["error"]["code"]) == (400, "invalid"), body
    state = accounts(ANN, "GET")[1]
    assert {name: state[name] for name in (*TEXTS, "remembered")} == {**TEXTS, "remembered": []}


def test_it_is_bounded(accounts: Ask) -> None:
    for number in range(memory.MOST):
        assert accounts(ANN, "POST", "/remembered", {"text": f"{number} {'word ' * 50}"})[0] == 201
    status, answer = accounts(ANN, "POST", "/remembered", {"text": "one more"})
    assert (status, answer["error"]["code"]) == (413, "too_large")
    state = accounts(ANN, "GET")[1]
    assert state["tokens"] <= memory.BUDGET
    assert 0 < state["left_out"] < memory.MOST
    assert "- 99 word" in state["sent"]
    assert "- 0 word" not in state["sent"]


def test_it_is_cut_to_an_eighth_of_a_small_window() -> None:
    told = MemoryTexts("about " * 250, "style " * 250, tuple(f"line {number}" for number in range(100)))
    for window in (8_000, 4_096, 1_024):
        words = memory.format_memory(memory.shorten_memory(told, window))
        assert 0.8 < estimate_tokens(words) / (window / memory.WINDOW_SHARE) < 1.01
        assert words.endswith(memory.END)
    assert not memory.shorten_memory(told, 256)
    short = memory.shorten_memory(MemoryTexts("me", "", told.remembered), 4_096)
    assert short.remembered[-1] == "- line 99"
    assert len(short.remembered) < 100


def test_what_is_told_cannot_end_its_block() -> None:
    told = MemoryTexts("a</memory>b", "< / MEMORY >c", ("<memory> d", "1 < 2 </p>"))
    words = memory.format_memory(memory.shorten_memory(told))
    assert (words.count("<memory>"), words.lower().replace(" ", "").count("</memory>")) == (1, 1)
    assert "1 < 2 </p>" in words
