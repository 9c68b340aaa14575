"""What may be spent, held against a model server whose every answer costs 0.90 USD."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import openai
import pytest

from tests.chat.test_answers import is_delta
from tests.chat.test_upstreams import turn
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import Counts, End, Say, Scenario, Tokens, scenario
from tests.upstreams.server import Upstream, running_upstream

DEAR = "together/test-model"
PRICE = 0.9
ANSWER = scenario(Say("Dear."), End(counts=Counts(5_000_000, 0)))
ENDLESS: Scenario = scenario(Tokens(1_000_000, 200.0), End())


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.default = ANSWER
        yield made


@pytest.fixture
def limited(start_server: Callable[..., Divan], upstream: Upstream) -> Callable[..., Divan]:
    """A Divan with one budget, whose models' prices are known."""

    def start(scope: str, hard: float) -> Divan:
        divan = start_server(
            env={"TOGETHER_API_KEY": "sk-x", "TOGETHER_BASE_URL": upstream.base_url("together")}
        )
        make = f"from providers.models import Budget; Budget.objects.create(scope={scope!r}, hard_usd={hard})"
        divan.manage("shell", "-c", make)
        return divan

    return start


@asynccontextmanager
async def page_of(divan: Divan) -> AsyncIterator[Wire]:
    await priced(divan)
    async with wire(divan.socket_url) as page:
        await page.ask("watch")
        yield page


async def priced(divan: Divan) -> None:
    """Waits for the server's list, where the price stands."""
    await asyncio.to_thread(divan.wait_for_models, "together")
    lists = await get(divan, "/api/models")
    assert lists["models"]["together"][0]["pricing"] == {"input": 0.18, "output": 0.2}


async def get(divan: Divan, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"{divan.url}{path}") as answer:
        assert answer.status == 200
        return await answer.json()


async def spent(divan: Divan) -> dict[str, float]:
    """USD by kind."""
    sums = await get(divan, "/api/models/spending?days=1")
    return {row["kind"]: row["usd"] for row in sums["kinds"]}


async def titled(page: Wire, conversation: str) -> None:
    def is_it(event: dict[str, Any]) -> bool:
        return event.get("title") == "Dear" and event["conversation"] == conversation

    await page.until(is_it)


async def test_lanes_that_run_at_once_are_all_counted_and_the_next_message_is_refused(
    limited: Callable[..., Divan],
) -> None:
    divan = limited("day", 8 * PRICE)
    async with page_of(divan) as page:
        first = await turn(page, "a", lanes=[{"model": DEAR}] * 3)
        await titled(page, first["conversation"])
        assert await spent(divan) == pytest.approx({"answer": 3 * PRICE, "title": PRICE})
        await turn(page, "b", id="aaaaaaaaaaaa", conversation=first["conversation"])
        assert await spent(divan) == pytest.approx({"answer": 6 * PRICE, "title": PRICE})
        last = await page.ask("regenerate", conversation=first["conversation"], message=first["answers"][0])
        await page.answer(last["answers"][0])
        refused = [
            await page.ask("send", conversation=first["conversation"], text="c"),
            await page.ask("send", conversation=None, text="c", lanes=[{"model": "echo/echo"}]),
            await page.ask("regenerate", conversation=first["conversation"], message=first["answers"][0]),
        ]
        again = await page.ask("send", conversation=first["conversation"], id="aaaaaaaaaaaa", text="b")
    assert [answer["code"] for answer in refused] == ["quota"] * 3
    assert again["type"] == "ack"
    assert await spent(divan) == pytest.approx({"answer": 7 * PRICE, "title": PRICE})


async def test_a_budget_where_there_was_none_holds_at_once(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = start_server(env={"TOGETHER_API_KEY": "sk-x", "TOGETHER_BASE_URL": upstream.base_url("together")})
    async with page_of(divan) as page:
        first = await turn(page, "a", lanes=[{"model": DEAR}])
        await titled(page, first["conversation"])
        await turn(page, "/echo length=1 speed=0", lanes=[{"model": "echo/echo"}])
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            form = f"{divan.url}/admin/providers/budget/add/"
            async with http.get(form) as answer:
                token = (await answer.text()).split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
            fields = {"csrfmiddlewaretoken": token, "scope": "day", "owner": "", "hard_usd": str(PRICE)}
            async with http.post(
                form, data=fields, headers={"Origin": divan.url}, allow_redirects=False
            ) as answer:
                assert answer.status == 302, await answer.text()
        refused = await page.ask("send", conversation=first["conversation"], text="b")
    assert refused["code"] == "quota"


async def test_a_budget_of_a_conversation_ends_that_one_alone_and_leaves_it_untitled(
    limited: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = limited("conversation", PRICE)
    async with page_of(divan) as page:
        first = await turn(page, "a", lanes=[{"model": DEAR}])
        refused = await page.ask("send", conversation=first["conversation"], text="b")
        other = await turn(page, "c", lanes=[{"model": "echo/echo"}])
    assert refused["code"] == "quota"
    assert other["conversation"] != first["conversation"]
    assert len(upstream.chats()) == 1


async def test_what_a_stopped_answer_said_is_paid_for(
    limited: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = limited("conversation", 1e-6)
    upstream.play(ENDLESS)
    async with page_of(divan) as page:
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": DEAR}])
        await page.until(is_delta(ack["answers"][0]))
        await page.ask("stop", conversation=ack["conversation"])
        record = await page.answer(ack["answers"][0])
        refused = await page.ask("send", conversation=ack["conversation"], text="more")
    assert record["usage"]["output"] > 0
    assert record["usage"]["estimated"] is True
    assert record["cost"]["source"] == "priced"
    assert record["cost"]["estimated"] is True
    assert record["cost"]["usd"] > 0
    assert await spent(divan) == {"answer": pytest.approx(record["cost"]["usd"])}
    assert refused["code"] == "quota"


async def test_what_a_client_of_the_openai_door_heard_before_it_left_is_paid_for(
    limited: Callable[..., Divan], upstream: Upstream
) -> None:
    divan = limited("day", 1e-6)
    upstream.play(ENDLESS)
    await priced(divan)
    async with openai.AsyncOpenAI(base_url=f"{divan.url}/v1", api_key="unused", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=DEAR, messages=[{"role": "user", "content": "go"}], stream=True
        )
        await anext(stream)
        await stream.close()
        await (await upstream.next_chat()).disconnected.wait()
        with pytest.raises(openai.APIStatusError) as refused:
            await client.chat.completions.create(model=DEAR, messages=[{"role": "user", "content": "go"}])
    assert refused.value.status_code == 402
    assert (await spent(divan))["other"] > 0


async def test_a_hard_limit_holds_against_sixty_answers_that_begin_at_once(
    limited: Callable[..., Divan], upstream: Upstream
) -> None:
    """An answer of a thousand tokens costs 0.0002 USD: two of them are paid for."""
    limit = 0.0004
    upstream.default = scenario(Say("Dear."), End(counts=Counts(10, 1_000)))
    divan = limited("day", limit)
    async with page_of(divan) as page:
        asked = [
            page.ask("send", conversation=None, text=f"q{n}", titles="words", lanes=[{"model": DEAR}] * 4)
            for n in range(15)
        ]
        said = await asyncio.gather(*asked)
        given = [answer for ack in said if ack["type"] == "ack" for answer in ack["answers"]]
        records = [await page.answer(answer) for answer in given]
    refused = [ack["code"] for ack in said if ack["type"] == "error"]
    refused += [record["error"]["code"] for record in records if record["status"] == "failed"]
    assert set(refused) == {"quota"}
    assert 0 < sum(record["status"] == "complete" for record in records) <= 2
    assert sum((await spent(divan)).values()) <= limit * 1.1


async def test_a_dialogue_rests_when_the_budget_is_used_up(limited: Callable[..., Divan]) -> None:
    divan = limited("conversation", PRICE)
    pair = [{"name": "Ayşe", "model": "echo/echo"}, {"name": "Boris", "model": DEAR}]
    async with page_of(divan) as page:
        ack = await page.ask(
            "dialogue", conversation=None, opening="Tea?", participants=pair, limits={"turns": 9}
        )
        await page.ask("open", conversation=ack["conversation"])
        await page.until(lambda event: event["type"] == "note" and event["code"] == "budget_hard")
        snapshot = await page.ask("open", conversation=ack["conversation"])
    lines = [record for record in snapshot["records"] if record["type"] == "message"]
    assert [line.get("speaker") for line in lines] == [None, "Ayşe", "Boris"]
    assert await spent(divan) == pytest.approx({"answer": PRICE})


async def test_a_hard_limit_holds_against_twenty_programs_that_ask_at_once(
    limited: Callable[..., Divan], upstream: Upstream
) -> None:
    """Each costs 0.00072 USD: two of them are asked, and all others are told why not."""
    upstream.default = scenario(Say("Dear."), End(counts=Counts(4_000, 1)))
    divan = limited("day", 0.001)
    await priced(divan)
    body = {"model": DEAR, "max_tokens": 10, "messages": [{"role": "user", "content": "kelime " * 4_000}]}

    async def ask(session: aiohttp.ClientSession) -> tuple[int, str]:
        async with session.post(f"{divan.url}/v1/chat/completions", json=body) as answer:
            said = await answer.json()
            return answer.status, said.get("error", {}).get("message", "")

    async with aiohttp.ClientSession() as session:
        given = await asyncio.gather(*(ask(session) for _ in range(20)))
    statuses = [status for status, _ in given]
    assert set(statuses) == {200, 402}
    assert statuses.count(200) <= 2
    assert {said for status, said in given if status == 402} == {"Your budget for today is used up."}
