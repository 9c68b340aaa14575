import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db import DatabaseError, Error, InterfaceError
from django.test import AsyncClient

from core.accounts import find_owner
from providers.costs import budgets
from providers.costs.budgets import Limit, Verdict, judge_spending
from providers.costs.ledger import ledger
from providers.costs.prices import Cost
from providers.models import Budget, Model, Server, Spending
from providers.suggestions import experience
from providers.types import Usage

AddServer = Callable[..., Server]
CENT = Cost(0.01, "priced")
FREE = Cost(0.0, "free")
UNKNOWN = Cost(None, "unknown", "no_price")


@pytest.mark.parametrize(
    ("spent", "more", "level"),
    [
        (0.0, None, "ok"),
        (0.99, None, "ok"),
        (1.0, None, "soft"),
        (0.5, 0.5, "soft"),
        (1.99, None, "soft"),
        (2.0, None, "hard"),
        (1.5, 0.5, "hard"),
    ],
)
def test_a_limit_is_reached_at_its_sum(spent: float, more: float | None, level: str) -> None:
    assert judge_spending([Limit("day", 1.0, 2.0, spent)], more).level == level


def test_sums_of_cents_reach_their_limit() -> None:
    assert Limit("day", None, 0.3, spent=0.1 + 0.1).level(0.1) == "hard"
    assert Limit("day", None, 7.2, spent=sum([0.9] * 8)).level() == "hard"


def test_the_strictest_limit_decides_and_is_named() -> None:
    soft = Limit("conversation", 1.0, 9.0, 1.5)
    hard = Limit("user", None, 5.0, 5.0)
    assert judge_spending([soft, hard]) == Verdict("hard", hard)
    assert judge_spending([soft]) == Verdict("soft", soft)
    assert judge_spending([Limit("day", None, None, 99.0)]) == Verdict("ok")


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    assert judge_spending([Limit("day", None, 0.0, 0.0)]).level == "hard"


@pytest.fixture
def limited(transactional_db: None) -> None:
    Budget.objects.create(scope="day", soft_usd=0.05, hard_usd=0.1)
    Budget.objects.create(scope="day", owner="rich", hard_usd=100.0)
    Budget.objects.create(scope="conversation", hard_usd=0.03)
    Budget.objects.create(scope="user", soft_usd=0.02)


async def spend(user: str = "ada", conversation: str = "c1", cost: Cost = CENT, **more: Any) -> None:
    usage = Usage(input=10, output=20)
    budgets.record_request(user, conversation, "s/m", more.pop("kind", "answer"), usage, cost, **more)


async def written() -> None:
    await sync_to_async(ledger.write)()


async def test_what_is_spent_counts_for_its_user_day_and_conversation(limited: None) -> None:
    await spend()
    await written()
    await spend(conversation="c2")
    await spend(user="bob")
    limits = {limit.scope: limit for limit in await budgets.limits_for("ada", "c1")}
    assert limits["day"].spent == pytest.approx(0.02)
    assert limits["user"].spent == pytest.approx(0.02)
    assert limits["conversation"].spent == pytest.approx(0.02)
    assert (await budgets.check_limits("ada", "c1")).level == "soft"
    await spend(kind="title")
    verdict = await budgets.check_limits("ada", "c1")
    assert verdict.level == "hard"
    assert verdict.limit is not None
    assert verdict.limit.scope == "conversation"


async def test_a_users_own_limit_goes_before_everyones(limited: None) -> None:
    limits = {limit.scope: limit for limit in await budgets.limits_for("rich")}
    assert limits["day"].hard == 100.0
    assert limits["day"].soft is None


async def test_what_is_about_to_be_spent_counts_too(limited: None) -> None:
    assert (await budgets.check_limits("ada")).level == "ok"
    both = [Cost(0.06, "priced"), Cost(0.06, "priced")]
    assert (await budgets.check_limits("ada", estimates=both)).level == "hard"
    assert (await budgets.check_limits("ada", estimates=[UNKNOWN, FREE])).level == "ok"


async def test_without_limits_nothing_is_refused(transactional_db: None) -> None:
    await spend(cost=Cost(1e9, "provider"))
    assert await budgets.check_limits("ada", "c1") == Verdict("ok")


async def test_unknown_costs_are_counted_apart_and_never_as_nothing(limited: None) -> None:
    await spend(cost=UNKNOWN)
    await spend()
    [limit] = [limit for limit in await budgets.limits_for("ada") if limit.scope == "day"]
    assert limit.spent == pytest.approx(0.01)
    assert limit.unpriced == 1


async def test_requests_of_one_kind_and_day_are_one_row(transactional_db: None) -> None:
    await spend(first_token_ms=100.0)
    await spend(first_token_ms=300.0)
    await spend(cost=FREE, failed=True)
    assert not await Spending.objects.aexists()
    await written()
    await spend()
    await written()
    row = await Spending.objects.aget()
    assert (row.requests, row.failures, row.input_tokens, row.output_tokens) == (4, 1, 40, 80)
    assert row.usd == pytest.approx(0.03)
    seen = await experience.experience_of("ada")
    assert seen["s/m"].first_token_ms == 200.0
    assert (seen["s/m"].answers, seen["s/m"].failures) == (4, 1)
    assert seen["s/m"].usd == pytest.approx(0.03 / 4)


async def test_a_month_begins_anew(limited: None) -> None:
    await Spending.objects.acreate(day=date(2026, 10, 31), owner="ada", model="s/m", kind="answer", usd=5.0)
    spent = await sync_to_async(budgets.read_spent)("user", "ada", "", date(2026, 11, 1))
    assert spent == (0.0, 0)
    assert (await sync_to_async(budgets.read_spent)("user", "ada", "", date(2026, 10, 31)))[0] == 5.0


async def test_votes_come_from_where_the_project_says(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def votes(owner: str) -> dict[str, tuple[int, int]]:
        return {"s/m": (3, 1), "s/other": (0, 2)}

    await spend()
    await written()
    monkeypatch.setattr(experience, "_votes", experience.no_votes)
    experience.count_votes_with(votes)
    seen = await experience.experience_of("ada")
    assert (seen["s/m"].likes, seen["s/m"].dislikes, seen["s/m"].answers) == (3, 1, 1)
    assert seen["s/other"].dislikes == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Budget(scope="day"), "Give a soft limit"),
        (Budget(scope="day", soft_usd=2.0, hard_usd=1.0), "must not be above"),
        (Budget(scope="day", hard_usd=1.0, owner="nobody"), "no user of that name"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(transactional_db: None, row: Budget, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        row.full_clean()


async def ask(client: AsyncClient, path: str, body: Any) -> Any:
    response = await client.post(f"/api/models{path}", data=json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content
    return json.loads(response.content)


async def test_an_estimate_is_told_for_each_lane_and_summed(
    client: AsyncClient, add_server: AddServer
) -> None:
    server = await sync_to_async(add_server)("alpha", "priced", "unknown")
    await Model.objects.acreate(server=server, model_id="priced", price_input=1.0, price_output=10.0)
    await Budget.objects.acreate(scope="day", hard_usd=0.005)
    lanes = [
        {"model": "alpha/priced", "input_tokens": 1000, "output_tokens": 500},
        {"model": "echo/echo", "input_tokens": 1000},
    ]
    known = await ask(client, "/estimate", {"lanes": lanes})
    assert [lane["source"] for lane in known["lanes"]] == ["priced", "free"]
    assert known["usd"] == pytest.approx(0.006)
    assert known["complete"] is True
    assert known["budget"] == {"level": "hard", "scope": "day"}
    lanes += [{"model": "alpha/unknown", "input_tokens": 1}, {"model": "nobody/x", "input_tokens": 1}]
    partly = await ask(client, "/estimate", {"lanes": lanes})
    assert [lane["usd"] for lane in partly["lanes"][2:]] == [None, None]
    assert partly["lanes"][2]["reason"] == "no_price"
    assert (partly["usd"], partly["complete"]) == (known["usd"], False)


async def test_a_person_sees_their_limits(client: AsyncClient, limited: None) -> None:
    boss = await sync_to_async(find_owner)("boss")
    await spend(user=str(boss), conversation="c9")
    response = await client.get("/api/models/budget?conversation=c9")
    answer = json.loads(response.content)
    assert answer["level"] == "ok"
    assert {limit["scope"]: limit["spent"] for limit in answer["limits"]} == {
        "conversation": 0.01,
        "day": 0.01,
        "user": 0.01,
    }


async def test_a_draft_gets_suggestions_from_servers_that_answer(
    client: AsyncClient, add_server: AddServer
) -> None:
    await sync_to_async(add_server)("alpha", "plain", "super-coder")
    answer = await ask(client, "/suggest", {"text": "Refactor this class", "model": "alpha/plain"})
    assert [(one["model"], one["rule"]) for one in answer["suggestions"]] == [("alpha/super-coder", "code")]
    assert answer["suggestions"][0]["reason"]
    assert (await ask(client, "/suggest", {"text": "Hi", "model": "alpha/plain"}))["suggestions"] == []


@pytest.mark.parametrize("error", [DatabaseError("locked"), InterfaceError("the connection is closed")])
async def test_what_the_database_refuses_is_written_later(
    error: Error, limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(sums: object, settled: object) -> None:
        raise error

    await spend()
    with monkeypatch.context() as patched:
        patched.setattr("providers.costs.ledger.write_sums", refuse)
        await written()
        assert not await Spending.objects.aexists()
    await written()
    assert (await Spending.objects.aget()).usd == pytest.approx(0.01)
