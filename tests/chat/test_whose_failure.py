"""A model server's failure, as a person, a program and the log are told of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import PLAIN, Fail, Say, Scenario, refusal, scenario
from tests.upstreams.server import Upstream, running_upstream

NO_MEMORY = "model requires more system memory (9.8 GiB) than is available (3.1 GiB)"
ADVICE = {"en": "Choose a smaller model", "tr": "Daha küçük bir model", "ru": "Выберите модель поменьше"}
KEY = "sk-test-0123456789abcdef"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    env = {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": KEY}
    return start_server(env=env)


async def answer_of(divan: Divan, model: str = "openai/m", language: str = "en") -> dict[str, Any]:
    async with wire(divan.socket_url, **{"Accept-Language": language}) as page:
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": model}])
        record: dict[str, Any] = await page.answer(ack["answers"][0])
    return record


def log_of(divan: Divan) -> str:
    return "".join(path.read_text() for path in (divan.data_dir / "logs").iterdir())


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
async def test_lack_of_memory_is_told_whose_it_is_what_was_said_and_what_to_do(
    language: str, divan: Divan, upstream: Upstream
) -> None:
    upstream.play(refusal(500, {"error": f"{NO_MEMORY}, says {KEY}"}))
    record = await answer_of(divan, language=language)
    error = record["error"]
    assert (record["status"], error["code"], error["retryable"]) == ("failed", "hardware", False)
    for words in ("openai", "m", f"{NO_MEMORY}, says …", ADVICE[language]):
        assert words in error["message"]
    assert len(upstream.chats()) == 1, "a machine has no more memory a second later"
    assert NO_MEMORY in log_of(divan)
    assert KEY not in str(record) + log_of(divan)


async def test_two_who_are_answered_at_once_are_told_in_their_own_languages(
    divan: Divan, upstream: Upstream
) -> None:
    for _ in range(4):
        upstream.play(refusal(500, {"error": NO_MEMORY}))
    for _ in range(2):
        told = await asyncio.gather(*(answer_of(divan, language=language) for language in ("tr", "ru")))
        for record, language in zip(told, ("tr", "ru"), strict=True):
            assert ADVICE[language] in record["error"]["message"]


async def test_each_of_two_sockets_is_refused_in_its_language_whoever_spoke_last(divan: Divan) -> None:
    turkish, russian = ({"Accept-Language": language} for language in ("tr", "ru"))
    async with wire(divan.socket_url, **turkish) as one, wire(divan.socket_url, **russian) as other:
        for page, word in ((one, "sohbet"), (other, "беседы"), (one, "sohbet")):
            refused = await page.ask("open", conversation="20260101-000000-00000000")
            assert word in refused["message"]


async def test_lack_of_memory_in_the_middle_keeps_what_was_written(divan: Divan, upstream: Upstream) -> None:
    upstream.play(scenario(Say("Half an "), Say("ans"), Fail("CUDA error: out of memory")))
    record = await answer_of(divan)
    assert record["parts"] == [{"type": "text", "text": "Half an ans"}]
    assert record["error"]["code"] == "hardware"
    assert "“CUDA error: out of memory”" in record["error"]["message"]


SERVERS_OWN: list[Scenario] = [
    refusal(500, b"It broke."),
    refusal(500, {"error": {"message": "It broke.", "code": 0}}),
    refusal(500, b"<html><title>It broke.</title></html>"),
    scenario(Fail("It broke.", kind="server_error")),
]


@pytest.mark.parametrize("broken", SERVERS_OWN)
async def test_a_servers_own_failure_is_never_told_as_divans(
    broken: Scenario, divan: Divan, upstream: Upstream
) -> None:
    upstream.play(broken)
    record = await answer_of(divan)
    assert record["error"]["code"] == "server_error"
    assert record["error"]["message"].startswith("openai failed with an error of its own. It said: “It broke")


async def test_a_conversation_that_is_too_long_tells_both_numbers(divan: Divan, upstream: Upstream) -> None:
    said = {
        "message": "too long",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 5007,
        "n_ctx": 4096,
    }
    upstream.play(refusal(400, {"error": said}))
    record = await answer_of(divan, language="tr")
    assert record["error"]["code"] == "context_length"
    assert "En fazla 4.096 token okuyabilir; 5.007 token gönderildi." in record["error"]["message"]


async def test_another_model_than_was_asked_for_is_told(divan: Divan, upstream: Upstream) -> None:
    upstream.play(PLAIN.but(model="m-mini"))
    other = await answer_of(divan)
    upstream.play(PLAIN.but(model="m-2026-08-06"))
    same = await answer_of(divan)
    assert other["served_by"] == "openai/m-mini"
    assert "served_by" not in same


async def test_programs_are_told_that_asking_again_is_of_no_use(divan: Divan, upstream: Upstream) -> None:
    upstream.play(refusal(500, {"error": NO_MEMORY}))
    async with openai.AsyncOpenAI(base_url=f"{divan.url}/v1", api_key="unused", max_retries=2) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(
                model="openai/m", messages=[{"role": "user", "content": "hello"}]
            )
    assert (caught.value.status_code, caught.value.code) == (503, "hardware")
    assert NO_MEMORY in caught.value.message
    assert len(upstream.chats()) == 1


CANDIDATES = """
format = 1
[[servers]]
name = "gateway"
provider = "openai"
base_url = "{url}"
[[servers.models]]
id = "mine"
candidates = ["first", "second"]
"""


async def test_a_model_that_a_gateway_does_not_know_gives_way_to_the_next_candidate(
    divan: Divan, upstream: Upstream, tmp_path: Path
) -> None:
    said = "/chat/completions: Invalid model name passed in model=first. Call `/v1/models` to view them."
    upstream.scenarios |= {
        "first": refusal(400, {"error": {"message": said, "code": "400"}}),
        "second": PLAIN,
    }
    models = tmp_path / "models.toml"
    models.write_text(CANDIDATES.format(url=upstream.base_url("openai")))
    divan.manage("import_models", str(models))
    divan.restart()
    record = await answer_of(divan, "gateway/mine")
    assert (record["status"], record["served_by"]) == ("complete", "gateway/second")
