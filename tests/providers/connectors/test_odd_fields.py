"""Whatever stands in the fields beside it, the text of an answer comes whole."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from providers.connectors import load_connector
from providers.types import Secret, ServerConfig, Timeouts
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import KEY, asking, hear
from tests.upstreams import Upstream, running_upstream
from tests.upstreams.script import Call, Counts, End, Payload, Say, Think, scenario
from tests.upstreams.wire import Wire

STEPS = (
    Think("Hm. "),
    Say("Hello "),
    Say("there"),
    Call("f", {"a": 1}),
    End("tool_calls", Counts(11, 7, 5, 3)),
)
BEARING = ("Hello ", "there")
TELLING = {
    "type",
    "object",
    "error",
    "detail",
    "done",
    "done_reason",
    "finish_reason",
    "finishReason",
    "stop_reason",
    "promptFeedback",
    "thought",
}
"""What an answer is read by: another value there is another answer."""

MORE = (
    "usage",
    "tool_calls",
    "function_call",
    "reasoning_details",
    "model",
    "logprobs",
    "usageMetadata",
    "id",
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of each field that the text does not stand on."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        inner = value[key]
        if not (bears(inner) or key in TELLING):
            yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)
    if isinstance(value, dict):
        for key in set(MORE) - value.keys():
            yield value, key


def bears(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(TELLING & value.keys()) or any(map(bears, value.values()))
    return any(map(bears, value)) if isinstance(value, list) else value in BEARING


def chunks_of(wire: Wire) -> list[Any]:
    made = [*wire.opening()]
    for step in STEPS:
        made += wire.chunks(step)
    return orjson.loads(orjson.dumps(made))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["openai", "openrouter", "hf", "ollama", "anthropic", "gemini"])
def test_no_odd_field_costs_the_text_beside_it(name: str) -> None:
    with asyncio.Runner() as runner:
        running = running_upstream()
        upstream = runner.run(running.__aenter__())
        wire = upstream.wires[name]
        timeouts = Timeouts(connect=20, first_byte=20, chunk=20)
        server = ServerConfig(name, wire.provider, upstream.base_url(name), Secret(KEY), timeouts=timeouts)
        connector = load_connector(wire.provider)(server)

        @settings(max_examples=150, deadline=None, derandomize=True, database=None)
        @given(st.data())
        def holds(data: st.DataObject) -> None:
            chunks = chunks_of(wire)
            for _ in range(data.draw(st.integers(1, 3))):
                chunk = data.draw(st.sampled_from(chunks))
                container, key = data.draw(st.sampled_from(list(places(chunk))))
                value = data.draw(JSON)
                # The second choice is another answer, and is passed over.
                assume(key != "index" or not value or isinstance(value, list | dict))
                container[key] = value
            steps = [Payload(orjson.dumps(chunk)) for chunk in chunks]
            upstream.play(scenario(*steps))
            heard = runner.run(hear(connector, asking(wire.model)))
            assert heard.error is None
            assert re.search("Hello .*there", heard.text, re.DOTALL)
            assert heard.done is not None

        holds()
        runner.run(connector.aclose())
        runner.run(running.__aexit__(None, None, None))


COUNTS: dict[str, tuple[Any, int | None]] = {
    "a text": ("11", 11),
    "a float": (11.0, 11),
    "a float in a text": ("11.0", 11),
    "null": (None, None),
    "negative": (-1, None),
    "half": (11.5, None),
    "true": (True, None),
    "words": ("eleven", None),
    "a list": ([11], None),
    "an object": ({"n": 11}, None),
    "huge": (1e308, None),
}


@pytest.mark.parametrize("case", COUNTS)
async def test_a_count_of_an_odd_type_is_read_or_unknown(
    case: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    value, count = COUNTS[case]
    told = orjson.dumps(one_wire.chunks(End(counts=Counts(98765, 7)))).replace(b"98765", orjson.dumps(value))
    upstream.play(scenario(Say("x"), *(Payload(orjson.dumps(c)) for c in orjson.loads(told))))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.done is not None
    assert (heard.done.usage.input, heard.done.usage.output) == (count, 7)


@pytest.mark.parametrize(
    "usage", [[], [1], "none", 5, True, {"prompt_tokens": [1]}, {"prompt_tokens": "NaN"}]
)
async def test_usage_that_is_none_fails_no_answer_and_hides_no_earlier_count(
    usage: Any, upstream: Upstream, connect: Connect
) -> None:
    chunks = [{"choices": [], "usage": {"completion_tokens": 7}}, {"choices": [], "usage": usage}]
    for name in ("openai", "hf"):
        upstream.play(scenario(Say("x"), *(Payload(orjson.dumps(c)) for c in chunks), End()))
        heard = await hear(connect(name), asking("m"))
        assert (heard.text, heard.error) == ("x", None)
        assert heard.done is not None
        assert heard.done.usage.output == 7


@pytest.mark.parametrize(
    "error", [None, "", {}, [], False, 0, {"code": 0, "message": ""}, {"code": "0", "message": None}]
)
async def test_an_error_that_tells_of_none_is_none(
    error: Any, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    chunks = [{**chunk, "error": error} for chunk in (*one_wire.chunks(Say("x")), *one_wire.chunks(End()))]
    upstream.play(scenario(*(Payload(orjson.dumps(c)) for c in chunks)))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert (heard.text, heard.error) == ("x", None)


CHOICES: dict[str, Any] = {
    "an index in words": [{"index": "0", "delta": {"content": "x"}}],
    "a null index": [{"index": None, "delta": {"content": "x"}}],
    "no index": [{"delta": {"content": "x"}}],
    "null before": [None, {"delta": {"content": "x"}}],
    "words before": ["stop", 5, {"delta": {"content": "x"}}],
    "null calls": [{"delta": {"content": "x", "tool_calls": [None]}}],
    "calls of another type": [{"delta": {"content": "x", "tool_calls": "none", "function_call": 5}}],
    "a call without a function": [{"delta": {"content": "x", "tool_calls": [{"index": "0"}, {}]}}],
    "null thoughts": [{"delta": {"content": "x", "reasoning": 5, "reasoning_details": [None, 5]}}],
    "an odd refusal": [{"delta": {"content": "x", "refusal": {}}}],
    "no finish": [{"delta": {"content": "x"}, "finish_reason": False}],
    "another choice before": [
        {"index": "1", "delta": {"content": "other"}},
        {"index": 0, "delta": {"content": "x"}},
    ],
    "parts with odd ones between": [{"delta": {"content": [None, 5, {"text": "x"}, {"text": 7}]}}],
    "a part alone": [{"delta": {"content": {"type": "text", "text": "x"}}}],
}


@pytest.mark.parametrize("case", CHOICES)
async def test_odd_choices_are_read_for_the_words_that_they_hold(
    case: str, upstream: Upstream, connect: Connect
) -> None:
    for name in ("openai", "hf"):
        upstream.play(scenario(Payload(orjson.dumps({"choices": CHOICES[case]})), Say("!"), End()))
        heard = await hear(connect(name), asking("m"))
        assert (heard.text, heard.calls, heard.error) == ("x!", [], None)


@pytest.mark.parametrize("reason", [True, 1, ["stop"], {"type": "stop"}, "STOP", "weird"])
async def test_an_end_of_any_type_is_an_end(reason: Any, upstream: Upstream, connect: Connect) -> None:
    last = {"choices": [{"delta": {}, "finish_reason": reason}]}
    for name in ("openai", "hf"):
        upstream.play(scenario(Say("x"), Payload(orjson.dumps(last)), ending=False))
        heard = await hear(connect(name), asking("m"))
        assert heard.done is not None
        assert heard.done.finish == ("stop" if reason == "STOP" else "other")


async def test_words_beside_an_error_are_kept(upstream: Upstream, connect: Connect) -> None:
    error: dict[str, Any] = {"error": {"message": "worker died"}}
    said: dict[str, dict[str, Any]] = {
        "openai": {"choices": [{"delta": {"content": "x"}}]},
        "ollama": {"message": {"content": "x"}},
    }
    for name, chunk in said.items():
        upstream.play(scenario(Payload(orjson.dumps({**chunk, **error})), Say("never"), End()))
        heard = await hear(connect(name), asking("m"))
        assert (heard.text, heard.done) == ("x", None)
        assert heard.error is not None
        assert heard.error.detail == "worker died"
