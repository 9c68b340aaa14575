"""What a person has spent, and what a message would cost, over REST."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from core.accounts import find_owner
from providers.costs import budgets
from providers.costs.ledger import ledger
from providers.costs.prices import Cost
from providers.models import Model, Server, Spending
from providers.types import Usage

AddServer = Callable[..., Server]


async def get(client: AsyncClient, path: str, status: int = 200) -> Any:
    response = await client.get(f"/api/models{path}")
    assert response.status_code == status, response.content
    return json.loads(response.content)


async def owner_named(name: str) -> str:
    """Whoever has no account is an owner by their name."""
    return await sync_to_async(find_owner)(name) or name


async def spend(user: str, model: str, cost: Cost, kind: budgets.Kind = "answer", **more: Any) -> None:
    owner = await owner_named(user)
    budgets.record_request(owner, "c1", model, kind, Usage(input=10, output=40), cost, **more)


async def test_spending_is_summed_by_model_kind_and_day_for_whoever_asks(client: AsyncClient) -> None:
    await spend("boss", "a/dear", Cost(0.5, "priced"))
    await spend("boss", "a/dear", Cost(0.25, "provider"), "title")
    await spend("boss", "b/own", Cost(0.0, "free"))
    await spend("boss", "c/dark", Cost(None, "unknown", "no_price"))
    await spend("somebody", "a/dear", Cost(9.0, "priced"))
    told = await get(client, "/spending")
    assert told["total"]["usd"] == pytest.approx(0.75)
    assert (told["total"]["requests"], told["total"]["unpriced"]) == (4, 1)
    assert told["models"][0]["model"] == "a/dear"
    assert told["models"][0]["usd"] == pytest.approx(0.75)
    assert {row["model"] for row in told["models"]} == {"a/dear", "b/own", "c/dark"}
    assert {row["kind"]: row["requests"] for row in told["kinds"]} == {"answer": 3, "title": 1}
    assert [row["day"] for row in told["days"]] == [told["until"]]


async def test_spending_looks_back_as_far_as_it_is_asked(client: AsyncClient) -> None:
    await spend("boss", "a/dear", Cost(0.5, "priced"))
    await sync_to_async(ledger.write)()
    await Spending.objects.aupdate(day=budgets.utc_today() - timedelta(days=7))
    assert (await get(client, "/spending?days=7"))["total"]["requests"] == 0
    assert (await get(client, "/spending?days=8"))["total"]["requests"] == 1
    await get(client, "/spending?days=0", 422)


async def test_spending_of_one_conversation_is_all_of_it_and_nothing_else(client: AsyncClient) -> None:
    await spend("boss", "a/dear", Cost(0.5, "priced"))
    await spend("boss", "a/dear", Cost(0.25, "priced"), "title")
    await sync_to_async(ledger.write)()
    await Spending.objects.aupdate(day=budgets.utc_today() - timedelta(days=700))
    boss = await owner_named("boss")
    budgets.record_request(boss, "c2", "a/dear", "answer", Usage(input=1, output=1), Cost(4.0, "priced"))
    budgets.record_request(
        "somebody", "c1", "a/dear", "answer", Usage(input=1, output=1), Cost(9.0, "priced")
    )
    told = await get(client, "/spending?conversation=c1")
    assert told["total"]["usd"] == pytest.approx(0.75)
    assert [row["day"] for row in told["days"]] == [told["since"]]
    nothing = await get(client, "/spending?conversation=none")
    assert (nothing["total"]["requests"], nothing["since"]) == (0, nothing["until"])


async def estimate(client: AsyncClient, body: Any) -> Any:
    response = await client.post("/api/models/estimate", json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content
    return json.loads(response.content)


async def test_an_estimate_counts_the_draft_and_its_pictures_in_each_lane(
    client: AsyncClient, add_server: AddServer
) -> None:
    body = {"lanes": [{"model": "echo/echo", "input_tokens": 100}, {"model": "echo/echo", "input_tokens": 0}]}
    bare = await estimate(client, body)
    assert [lane["input_tokens"] for lane in bare["lanes"]] == [100, 0]
    told = await estimate(client, body | {"text": "seven words and a little bit more", "images": 2})
    added = [lane["input_tokens"] for lane in told["lanes"]]
    assert added[0] - added[1] == 100
    assert added[1] > 1600


async def test_an_estimate_adds_the_definitions_of_the_tools_that_a_lane_is_offered(
    client: AsyncClient, add_server: AddServer
) -> None:
    def lanes(tools: object) -> dict[str, object]:
        return {"lanes": [{"model": "echo/echo", "input_tokens": 100, "tools": tools}]}

    async def tokens(tools: object) -> int:
        return int((await estimate(client, lanes(tools)))["lanes"][0]["input_tokens"])

    one, everything = await tokens(["calculate"]), await tokens(True)
    assert 100 < one < everything
    assert [await tokens(tools) for tools in (False, [], ["nobody"])] == [100, 100, 100]


async def test_an_estimate_expects_answers_as_long_as_they_have_been(
    client: AsyncClient, add_server: AddServer
) -> None:
    lane = {"model": "echo/echo", "input_tokens": 1}
    assert (await estimate(client, {"lanes": [lane]}))["lanes"][0]["output_tokens"] == 500
    short = {"lanes": [lane | {"max_tokens": 60}]}
    assert (await estimate(client, short))["lanes"][0]["output_tokens"] == 60
    await spend("boss", "echo/echo", Cost(0.0, "free"))
    assert (await estimate(client, {"lanes": [lane]}))["lanes"][0]["output_tokens"] == 40


async def test_a_model_says_which_parameters_it_knows_and_what_is_set_for_it(
    client: AsyncClient, add_server: AddServer
) -> None:
    server = await Server.objects.acreate(name="echo", provider="echo")
    await Model.objects.acreate(
        server=server, model_id="echo", temperature=0.2, thinking="low", system_prompt="Be kind."
    )
    [echo] = (await get(client, ""))["models"]["echo"]
    assert echo["metadata"]["params"] == ["max_tokens", "thinking", "json"]
    assert echo["metadata"]["defaults"] == {"temperature": 0.2, "thinking": "low", "system": "Be kind."}
