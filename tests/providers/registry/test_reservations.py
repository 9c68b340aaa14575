"""What requests that begin at once may cost is held against one rest of a budget."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from providers.costs import budgets, reservations, unpriced
from providers.costs.budgets import Asker
from providers.costs.ledger import ledger
from providers.costs.prices import FREE, Cost
from providers.models import Budget, Reservation
from providers.types import Usage

CENT = 0.01
AT_ONCE = 60
UNKNOWN = Cost(None, "unknown", "no_price")


@pytest.fixture
def limited(transactional_db: None) -> None:
    Budget.objects.create(scope="day", hard_usd=2 * CENT)


async def held() -> float:
    return sum([row.usd async for row in Reservation.objects.all()])


def is_reached(limits: object) -> bool:
    return budgets.judge_spending(limits).level == "hard"  # type: ignore[arg-type]


def hold_in_a_thread(key: str) -> bool:
    try:
        return not is_reached(reservations._hold(key, Asker("ann", "c1"), CENT, budgets.utc_today()))
    finally:
        connections.close_all()


def test_of_sixty_at_once_no_more_are_let_through_than_the_rest_pays_for(limited: None) -> None:
    """Each thread has a connection of its own, as each process would."""
    together = threading.Barrier(8)

    def begin(worker: int) -> int:
        together.wait()
        return sum(hold_in_a_thread(f"{worker}-{n}") for n in range(AT_ONCE // 8))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 2


async def test_what_was_held_is_settled_by_what_it_cost(limited: None) -> None:
    for key in ("a", "b"):
        assert not is_reached(await reservations.reserve_cost(key, Asker("ann", "c1"), CENT))
    assert is_reached(await reservations.reserve_cost("c", Asker("ann", "c1"), CENT))
    assert await held() == pytest.approx(2 * CENT)
    budgets.record_request("ann", "c1", "s/m", "answer", Usage(1, 1), Cost(CENT / 2, "priced"))
    ledger.release("a")
    limits = await budgets.limits_for("ann")
    assert [(limit.spent, limit.held) for limit in limits] == [(CENT / 2, CENT)]
    assert not is_reached(await reservations.reserve_cost("c", Asker("ann", "c1"), CENT))


async def test_an_answer_holds_once_however_often_it_is_asked(limited: None) -> None:
    for _ in range(3):
        assert not is_reached(await reservations.reserve_cost("a", Asker("ann", "c1"), CENT))
    assert await held() == pytest.approx(CENT)


async def test_people_and_conversations_hold_apart(transactional_db: None) -> None:
    await Budget.objects.acreate(scope="conversation", hard_usd=CENT)
    await Budget.objects.acreate(scope="day", owner="bob", hard_usd=CENT)
    assert not is_reached(await reservations.reserve_cost("a", Asker("ann", "c1"), CENT))
    assert is_reached(await reservations.reserve_cost("b", Asker("bob", "c1"), CENT))
    assert not is_reached(await reservations.reserve_cost("c", Asker("bob", "c2"), CENT))
    assert is_reached(await reservations.reserve_cost("d", Asker("bob", "c3"), CENT))


async def test_without_a_budget_nothing_is_held(transactional_db: None) -> None:
    assert await reservations.reserve_cost("a", Asker("ann", "c1"), CENT) == []
    assert await held() == 0


async def test_what_a_dead_process_held_ends(limited: None) -> None:
    await reservations.reserve_cost("a", Asker("ann", "c1"), 9.0)
    assert is_reached(await reservations.reserve_cost("b", Asker("ann", "c1"), CENT))
    await Reservation.objects.filter(pk="a").aupdate(until=timezone.now() - timedelta(seconds=1))
    assert not is_reached(await reservations.reserve_cost("b", Asker("ann", "c1"), CENT))
    await sync_to_async(reservations.forget_all)()
    assert await held() == 0


@pytest.mark.parametrize(("rule", "counts"), [("free", 0.0), ("refused", 0.0), (0.0, 0.0), (5.0, 0.015)])
async def test_what_has_no_price_counts_by_the_rule(
    limited: None, settings: Settings, rule: float | str, counts: float
) -> None:
    settings.UNPRICED_MODELS = rule
    usage = Usage(1_000, 2_000)
    assert unpriced.counted_usd(UNKNOWN, usage) == pytest.approx(counts)
    assert unpriced.counted_usd(Cost(0.5, "priced"), usage) == 0.5
    assert unpriced.counted_usd(FREE, usage) == 0.0
    assert unpriced.is_refused(UNKNOWN) is (rule == "refused")
    budgets.record_request("ann", "c1", "s/m", "answer", usage, UNKNOWN)
    await sync_to_async(ledger.write)()
    (limit,) = await budgets.limits_for("ann")
    assert limit.spent == pytest.approx(counts)
    assert limit.unpriced == 1
