"""What Prometheus is told, read by its own parser."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.services.server import Divan
from tests.services.wire import wire

TOKEN = "a-long-word-for-prometheus"
ECHO = {"server": "echo", "model": "echo"}
PRIVATE = "xylophone-in-the-attic"
KEY = "sk-test-0123456789abcdef"

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def ask(
    server: Divan, token: str | None = TOKEN, method: str = "GET", **headers: str
) -> tuple[int, str, Any]:
    more = {} if token is None else {"Authorization": f"Bearer {token}"}
    address = f"{server.url}/-/metrics"
    request = urllib.request.Request(address, method=method, headers={**more, **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(), refusal.headers


def parsed(text: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(figures: Figures, name: str, labels: Mapping[str, str] | None = None) -> float:
    return figures.get((name, frozenset((labels or {}).items())), 0.0)


@pytest.fixture
def counted(start_server: Callable[..., Divan]) -> Divan:
    env = {"METRICS_TOKEN": TOKEN, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": KEY}
    return start_server(env=env)


def test_without_a_token_in_the_settings_there_is_no_such_address(server: Divan) -> None:
    for token in (None, "", TOKEN):
        status, text, _ = ask(server, token)
        assert (status, "divan_" in text) == (404, False)


def test_only_who_has_the_token_is_told_and_under_any_host(counted: Divan) -> None:
    for token in (None, "", " ", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\u00e4"):
        status, text, headers = ask(counted, token)
        assert (status, headers["WWW-Authenticate"], "divan_" in text) == (401, "Bearer", False), token
    assert ask(counted, None, Authorization=f"Basic {TOKEN}")[0] == 401
    assert ask(counted, None, Authorization=TOKEN)[0] == 401
    assert ask(counted, None, Authorization=f"bearer {TOKEN}")[0] == 200
    status, text, headers = ask(counted, Host="nowhere.example")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert parsed(text)
    status, text, _ = ask(counted, method="HEAD")
    assert (status, text) == (200, "")


async def test_what_ended_and_what_streams_is_counted_by_model_server_and_status(counted: Divan) -> None:
    async def look() -> Figures:
        return parsed((await asyncio.to_thread(ask, counted))[1])

    async with wire(counted.socket_url) as page:
        lanes = [{"model": "echo/echo"}, {"model": f"echo/{PRIVATE}"}, {"model": f"openai/{PRIVATE}"}]
        sent = await page.ask("send", conversation=None, text=f"/echo speed=0\n{PRIVATE}", lanes=lanes)
        records = [await page.answer(answer) for answer in sent["answers"]]
        slow = await page.ask(
            "send", conversation=None, text="/echo length=9000 speed=9", lanes=lanes[:1], id="a" * 12
        )
        during = await look()
        await page.ask("stop", conversation=slow["conversation"])
        await page.answer(slow["answers"][0])
        async with aiohttp.ClientSession(counted.url) as http:
            asked = {"model": "echo/echo", "messages": [{"role": "user", "content": PRIVATE}]}
            async with http.post("/v1/chat/completions", json=asked) as answer:
                assert answer.status == 200
        after = await look()
    assert (figure(during, "divan_streams"), figure(during, "divan_sockets")) == (1, 1)
    assert figure(during, "divan_running_requests", {"server": "echo"}) == 1
    assert figure(during, "divan_waiting_requests", {"server": "echo"}) == 0
    assert figure(during, "process_resident_memory_bytes") > 10_000_000
    assert figure(after, "divan_streams") == 0
    assert figure(after, "divan_answers_total", {**ECHO, "status": "complete"}) == 1
    assert figure(after, "divan_answers_total", {**ECHO, "status": "stopped"}) == 1
    assert figure(after, "divan_first_token_seconds_count", ECHO) == 2
    assert figure(after, "divan_answer_seconds_count", ECHO) == 2
    other = {"server": "openai", "model": "other"}
    assert figure(after, "divan_answers_total", {**other, "status": "failed"}) == 1
    assert figure(after, "divan_errors_total", {**other, "status": records[2]["error"]["code"]}) == 1
    assert figure(after, "divan_requests_total", {**ECHO, "status": "complete"}) >= 3
    used = records[0]["usage"]
    assert figure(after, "divan_input_tokens_total", ECHO) >= used["input"]
    assert figure(after, "divan_output_tokens_total", ECHO) >= used["output"]


async def test_no_person_no_title_and_no_key_is_in_it(start_server: Callable[..., Divan]) -> None:
    server = start_server(
        env={
            "METRICS_TOKEN": TOKEN,
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_API_KEY": KEY,
            "TITLE_MODEL": "own",
        }
    )
    named = [f"echo/{PRIVATE}", f"openai/{KEY}", f"{PRIVATE}/m", "echo/echo", f"openai/{PRIVATE} \"'\n"]
    async with wire(server.socket_url) as page:
        for model in named:
            sent = await page.ask(
                "send", conversation=None, text=f"/echo speed=0\n{PRIVATE}", lanes=[{"model": model}]
            )
            for answer in sent.get("answers", ()):
                await page.answer(answer)
        text = (await asyncio.to_thread(ask, server))[1]
    for private in (PRIVATE, KEY, TOKEN, "local", sent.get("conversation", PRIVATE)):
        assert private not in text
    allowed = {"server", "model", "status", "le"}
    own = [one for one in text_string_to_metric_families(text) if one.name.startswith("divan_")]
    assert own
    assert {label for one in own for sample in one.samples for label in sample.labels} <= allowed
