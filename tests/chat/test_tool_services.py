"""Models of many services call a tool in one conversation, and each is told later what another's gave: on a
real server, with services that refuse what the real ones refuse."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from tests.chat.test_answers import text_in
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Call, End, Say, Scenario, Think, scenario
from tests.upstreams.server import Upstream, running_upstream

LANES = (
    "anthropic/claude-test",
    "gemini/gemini-3.8-flash",
    "hf/meta-llama/Llama-3.3-70B-Instruct",
    "llamacpp/test-model",
    "ollama/qwen3:8b",
    "openai/mistral-small",
    "openrouter/qwen/qwen3-8b",
    "together/test-model",
    "vllm/test-model",
)
CALLS = scenario(
    Think("Hm.", "U0lHTkVE"),
    Say("I reckon."),
    Call("calculate", {"expression": "6*7"}, id="call_1", signature="Q0FMTEVE"),
    End("tool_calls"),
)
SAYS = scenario(Say("It is 42."), End())
RESULTS = (b'"tool_result"', b'"role":"tool"', b'"functionResponse"')


def reply(body: Any) -> Scenario:
    """Calls where it may and no tool has given anything yet."""
    text = orjson.dumps(body)
    return CALLS if "tools" in body and not any(mark in text for mark in RESULTS) else SAYS


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.strict = True
        made.reply = reply
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    named = ("anthropic", "gemini", "hf", "openai", "openrouter", "together")
    env = {f"{name.upper()}_BASE_URL": upstream.base_url(name) for name in named}
    keys = {f"{name.upper()}_API_KEY": "sk-test-0123456789abcdef" for name in named}
    others = ",".join(f"{name}={upstream.base_url(name)}" for name in ("llamacpp", "vllm"))
    return start_server(
        env={
            **env,
            **keys,
            "HF_TOKEN": "hf_test",
            "OLLAMA_BASE_URL": upstream.base_url("ollama"),
            "OPENAI_SERVERS": others,
        }
    )


async def test_models_of_nine_services_call_a_tool_and_go_on_from_what_another_was_given(
    divan: Divan, upstream: Upstream
) -> None:
    async with wire(divan.socket_url) as page:
        lanes = [{"model": model} for model in LANES]
        ack = await page.ask("send", conversation=None, text="6*7?", lanes=lanes, tools=["calculate"])
        first = [await page.answer(answer) for answer in ack["answers"]]
        again = await page.ask("send", conversation=ack["conversation"], text="Sure?", history="chosen")
        second = [await page.answer(answer) for answer in again["answers"]]
    for model, record in zip(LANES, first, strict=True):
        assert (record["status"], text_in(record)) == ("complete", "I reckon.It is 42."), (model, record)
        assert [part["content"] for part in record["parts"] if part["type"] == "tool_result"] == ["42"]
    for model, record in zip(LANES, second, strict=True):
        assert (record["status"], text_in(record)) == ("complete", "It is 42."), (model, record)
    told = [orjson.dumps(chat.body) for chat in upstream.chats() if b"Sure?" in orjson.dumps(chat.body)]
    assert sum(any(mark in body for mark in RESULTS) for body in told) == len(LANES)
