"""A folder that carries something, on a real server: what its models are sent, and what it may spend."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from chat.models import Project
from chat.people.disposal import Fate, dispose_of_data
from providers.models import FolderBudget
from tests.chat.test_budgets import DEAR, PRICE, limited, page_of, upstream
from tests.chat.test_documents import give
from tests.chat.test_rest import session
from tests.chat.test_upstreams import turn
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Call, Counts, End, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

__all__ = ["limited", "upstream"]

SPENT = "The budget of the project “Work/İş {0}” is used up."
WORK = "/api/folders/Work%2F%C4%B0%C5%9F%20%7B0%7D"
NAME = "Work/İş {0}"


async def carry(divan: Divan, **fields: Any) -> Any:
    async with session(divan) as http:
        return await put(http, fields)


async def put(http: ClientSession, fields: dict[str, Any]) -> Any:
    async with http.patch(URL(WORK, encoded=True), json=fields) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


@pytest.fixture
async def plain() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.default = scenario(Say("Yes."), End())
        yield made


@pytest.fixture
def server(start_server: Callable[..., Divan], plain: Upstream) -> Divan:
    return start_server(env={"OPENAI_BASE_URL": plain.base_url("openai"), "OPENAI_API_KEY": "sk-x"})


def systems(upstream: Upstream) -> list[str]:
    said = [chat.body["messages"][0] for chat in upstream.chats()]
    return [str(message["content"]) if message["role"] == "system" else "" for message in said]


async def test_instructions_stand_before_each_lanes_own_system_prompt_in_every_turn(
    server: Divan, plain: Upstream
) -> None:
    await carry(server, instructions="Cite laws.")
    row = [{"model": "openai/one"}, {"model": "openai/two", "system": "Be two."}]
    async with wire(server.socket_url) as page:
        ack = await turn(page, "a", lanes=row, folder=NAME, titles="words")
        await carry(server, instructions="Something else.")
        await turn(page, "b", conversation=ack["conversation"])
        await page.ask("settings", conversation=ack["conversation"], project=None)
        await turn(page, "c", conversation=ack["conversation"])
    asked = sorted(
        (chat.body["messages"][-1]["content"], chat.body["model"], system)
        for chat, system in zip(plain.chats(), systems(plain), strict=True)
    )
    assert asked == [
        ("a", "one", "Cite laws."),
        ("a", "two", "Cite laws.\n\nBe two."),
        ("b", "one", "Cite laws."),
        ("b", "two", "Cite laws.\n\nBe two."),
        ("c", "one", ""),
        ("c", "two", "Be two."),
    ]


async def test_its_documents_alone_are_searched_and_those_of_the_conversation(
    server: Divan, plain: Upstream
) -> None:
    async with session(server) as http:
        chosen = await give(http, "Pompa contası: her yıl.", "pompa.md")
        await give(http, "Pompa contası: hiçbir zaman.", "eski.md")
        await put(http, {"documents": [chosen]})
        async with wire(server.socket_url) as page:
            ask: dict[str, Any] = {
                "text": "Pompa contası ne zaman?",
                "lanes": [{"model": "openai/one"}],
                "titles": "words",
            }
            ack = await page.ask("send", conversation=None, folder=NAME, **ask)
            inside = await page.answer(ack["answers"][0])
            await page.ask("settings", conversation=ack["conversation"], folder=None)
            ack = await page.ask("send", conversation=ack["conversation"], text=ask["text"])
            outside = await page.answer(ack["answers"][0])
    assert [source["name"] for source in inside["sources"]] == ["pompa.md"]
    assert {source["name"] for source in outside["sources"]} == {"pompa.md", "eski.md"}


async def test_a_used_up_project_refuses_by_name_and_nothing_else_is_held_back(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = start_server(env={"TOGETHER_API_KEY": "sk-x", "TOGETHER_BASE_URL": upstream.base_url("together")})
    await carry(divan, budget={"usd": PRICE * 1.5, "period": "total"})
    two = [{"name": name, "model": DEAR} for name in ("Ada", "Bea")]
    async with page_of(divan) as page:
        new: dict[str, Any] = {"conversation": None, "lanes": [{"model": DEAR}], "titles": "words"}
        first = await turn(page, "a", **new, folder=NAME)
        await turn(page, "b", conversation=first["conversation"])
        where = first["conversation"]
        refused = [
            await page.ask("send", conversation=where, text="c"),
            await page.ask("send", **new, text="c", folder=NAME),
            await page.ask("regenerate", conversation=where, message=first["answers"][0]),
            await page.ask("dialogue", opening="x", participants=two, folder=NAME),
        ]
        await page.ask("settings", conversation=where, folder=None)
        await turn(page, "out of it", conversation=where)
        still = await page.ask("send", **new, text="c", folder=NAME)
        async with session(divan) as http:
            async with http.delete(f"/api/conversations/{where}") as deleted:
                assert deleted.status == 204
            folder = await put(http, {"name": NAME})
        gone = await page.ask("send", **new, text="c", folder=NAME)
        await carry(divan, budget=PRICE * 2.5)
        await turn(page, "d", **new, folder=NAME)
    for answer in [*refused, still, gone]:
        assert (answer["code"], SPENT in answer["message"]) == ("quota", True), answer
    assert folder["budget"]["spent"] == folder["spent"]["total"] == pytest.approx(2 * PRICE)


async def test_the_budget_is_asked_before_each_round_and_its_spending_goes_along_when_it_is_renamed(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    upstream.default = scenario(Call("calculate", {"expression": "6*7"}), End(counts=Counts(5_000_000, 0)))
    divan = start_server(env={"TOGETHER_API_KEY": "sk-x", "TOGETHER_BASE_URL": upstream.base_url("together")})
    await carry(divan, budget={"usd": PRICE * 2.5, "period": "day"}, tools=["calculate"])
    async with page_of(divan) as page:
        ack = await page.ask(
            "send", conversation=None, text="x", lanes=[{"model": DEAR}], folder=NAME, titles="words"
        )
        record = await page.answer(ack["answers"][0])
    assert (record["status"], record["error"]["code"]) == ("failed", "quota")
    assert SPENT in record["error"]["message"]
    assert record["cost"]["usd"] == pytest.approx(3 * PRICE)
    renamed = await carry(divan, name="Other")
    assert renamed["budget"]["spent"] == pytest.approx(3 * PRICE)
    divan.stop()
    for path in divan.data_dir.glob("*.sqlite3*"):
        path.unlink()
    divan.start()
    async with session(divan) as http, http.get("/api/folders/Other") as answer:
        again = await answer.json()
    assert again == renamed


@pytest.mark.django_db(transaction=True)
def test_what_a_folder_carries_goes_to_the_heir_and_is_gone_with_who_leaves(data_dir: Any) -> None:
    for owner, folders in {"ada": ("both", "hers"), "bob": ("both",)}.items():
        for folder in folders:
            Project.objects.create(owner=owner, folder=folder, instructions=owner)
            FolderBudget.objects.create(owner=owner, folder=folder, usd=1)
    dispose_of_data("ada", Fate.HAND_OVER, "bob")
    kept = set(Project.objects.values_list("owner", "folder", "instructions"))
    assert kept == {("bob", "both", "bob"), ("bob", "hers", "ada")}
    assert FolderBudget.objects.filter(owner="bob").count() == 2
    dispose_of_data("bob", Fate.REMOVE)
    assert (Project.objects.count(), FolderBudget.objects.count()) == (0, 0)
