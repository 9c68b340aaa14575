"""What the record of an answer keeps of what its model server said."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.chat.test_upstreams import turn
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Counts, End, Say, Think, scenario
from tests.upstreams.server import Upstream, running_upstream


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    env = {
        "OPENAI_BASE_URL": upstream.base_url("openai"),
        "OPENAI_API_KEY": "sk-test-0123456789abcdef",
        "GEMINI_BASE_URL": upstream.base_url("gemini"),
        "GEMINI_API_KEY": "AIza-test-0123456789abcdef",
        "OLLAMA_BASE_URL": upstream.base_url("ollama"),
    }
    return start_server(env=env)


async def test_a_signature_is_kept_and_given_back_to_its_maker_alone(
    divan: Divan, upstream: Upstream
) -> None:
    lanes = [{"model": "gemini/gemini-x"}]
    upstream.scenarios["gemini-x"] = scenario(
        Think("Hm", signature="U0lHTkVE"), Say("Yes"), End(counts=Counts(3, 1))
    )
    async with wire(divan.socket_url) as page:
        ack = await page.ask("send", conversation=None, text="a", lanes=lanes)
        record = await page.answer(ack["answers"][0])
        await turn(page, "b", conversation=ack["conversation"])
        await turn(page, "c", conversation=ack["conversation"], lanes=[{"model": "openai/m"}])
    signed = [part for part in record["parts"] if part["type"] == "reasoning"]
    assert [(part["text"], part["signature"]) for part in signed] == [("Hm", "gemini/gemini-x|U0lHTkVE")]
    again = next(chat.body for chat in upstream.chats() if len(chat.body.get("contents", ())) == 3)
    spoken = again["contents"][1]["parts"]
    assert [part["text"] for part in spoken] == ["Yes"]
    assert spoken[0]["thoughtSignature"] == "U0lHTkVE"
    assert all("U0lHTkVE" not in str(chat.body) for chat in upstream.chats() if "messages" in chat.body)
