"""What is said of an answer that was to be JSON."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chat.engine.answers.json_answers import holds_json
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import Call, End, Fail, Say, scenario
from tests.upstreams.server import Upstream, running_upstream

LANE = {"model": "openai/m", "params": {"json": True}}


@pytest.mark.parametrize(
    "text",
    [
        "{}", "[]", '"word"', "-0", '{"a": [1, 2.5e3, null, true, "ş"]}', ' \n{"a": 1}\r\n\t',
        '\ufeff{"a": 1}',
        '```json\n{"a": 1}\n```', "```\n[1]\n```\n", '~~~JSON\n{"a": 1}\n~~~', '````json\n{"a": "```"}\n````',
        '```json\r\n{"a": 1}\r\n```', '  ```json\n{"a": 1}```  ', "9" * 300, "[" * 500 + "]" * 500,
    ],
)  # fmt: skip
def test_json_counts_whatever_value_it_is_and_with_a_fence_around_the_whole(text: str) -> None:
    assert holds_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "Here you are.", '{"a": 1', "{'a': 1}", '{"a": 1,}', "{a: 1}", "NaN", '{"a": Infinity}', "[1] [2]",
        'Sure:\n```json\n{"a": 1}\n```', "```json\n[1]\n```\nThat is all.", "```json\n[1]", "```json\n```",
        "```", "``` ```", '{"a": 1} // one', '{"a": "\n"}', "\ud800", "[" * 100_000, "~~~\n[1]\n```",
    ],
)  # fmt: skip
def test_anything_else_does_not(text: str) -> None:
    assert not holds_json(text)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    return start_server(
        env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-test-0123"}
    )


async def test_a_complete_answer_that_is_no_json_is_marked_where_json_was_asked_for(
    divan: Divan, upstream: Upstream
) -> None:
    said = {
        "prose": scenario(Say("Here "), Say("you are.")),
        "cut": scenario(Say('{"a": '), End("length")),
        "json": scenario(Say('{"a": '), Say("1}")),
        "fenced": scenario(Say('```json\n{"a": 1}\n```')),
        "failed": scenario(Say("Here you"), Fail()),
        "empty": scenario(Say(" ")),
        "call": scenario(Say('{"a": 1}'), Call("weather", {}), End("tool_calls")),
    }
    marked: dict[str, Any] = {}
    async with wire(divan.socket_url) as page:
        for name, told in said.items():
            upstream.play(told)
            ack = await page.ask("send", conversation=None, text="go", lanes=[LANE])
            marked[name] = (await page.answer(ack["answers"][0])).get("invalid_json", False)
        upstream.play(said["prose"])
        ack = await page.ask("send", conversation=None, text="go", lanes=[{"model": "openai/m"}])
        unasked = await page.answer(ack["answers"][0])
    assert marked == {name: name in ("prose", "cut") for name in said}
    assert "invalid_json" not in unasked
