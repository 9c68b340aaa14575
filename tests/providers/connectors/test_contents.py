"""Text, reasoning, calls and counts: each arrives as what it is."""

from dataclasses import replace

import orjson
import pytest

from providers.types import Done, ReasoningDelta, TextDelta, ToolCall, ToolCallDelta, ToolResult, Usage
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import Call, Counts, End, Payload, Say, Scenario, Think, scenario
from tests.upstreams.wire import Wire


async def test_reasoning_text_and_calls_are_never_mixed(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(
        scenario(Think("a"), Think("b"), Say("c"), Call("weather", {"city": "İzmir"}), End("tool_calls"))
    )
    heard = await hear(connect(wire), asking(wire.model))
    assert (heard.reasoning, heard.text) == ("ab", "c")
    assert [(c.id, c.name, orjson.loads(c.arguments)) for c in heard.calls] == [
        ("c1", "weather", {"city": "İzmir"})
    ]
    assert heard.done is not None
    assert heard.done.finish == "tool_calls"
    kinds = [type(event) for event in heard.events if not getattr(event, "signature", None)]
    assert [k for i, k in enumerate(kinds) if i == 0 or kinds[i - 1] is not k] == [
        ReasoningDelta,
        TextDelta,
        ToolCallDelta,
        Done,
    ]


async def test_a_call_without_words_is_an_answer(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Call("now", {}), End("tool_calls")))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.error is None
    assert [(call.name, call.arguments) for call in heard.calls] == [("now", "{}")]


async def test_a_call_in_one_json_is_a_call(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Call("f", {"a": 1}), End("tool_calls"), whole=True))
    if wire.name == "ollama":
        upstream.play(scenario(Call("f", {"a": 1}), End("tool_calls")))
    heard = await hear(connect(wire), asking(wire.model))
    assert [(call.name, orjson.loads(call.arguments)) for call in heard.calls] == [("f", {"a": 1})]


@pytest.mark.parametrize("reason", ["stop", "length"])
async def test_the_end_says_why(reason: str, wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("x"), End(reason)))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.done is not None
    assert heard.done.finish == reason


async def test_a_reason_that_nobody_knows_is_other(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("x"), End("SOMETHING_NEW")))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.done is not None
    assert heard.done.finish == "other"


async def test_the_model_that_answered_is_told(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(replace(scenario(Say("x"), End()), model=wire.model))
    heard = await hear(connect(wire), asking("an-alias"))
    assert heard.done is not None
    assert heard.done.model == wire.model


COUNTS: dict[str, Counts] = {
    "all": Counts(input=11, output=7, reasoning=5, cached=3),
    "no reasoning, no cache": Counts(input=11, output=7),
    "input alone": Counts(input=11),
    "output alone": Counts(output=7),
    "nothing": Counts(),
    "zero for unknown": Counts(input=0, output=0),
}


@pytest.mark.parametrize("case", COUNTS)
async def test_counts_are_right_or_unknown(
    case: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    counts = COUNTS[case]
    upstream.play(scenario(Say("x"), End(counts=counts)))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.done is not None
    usage = heard.done.usage
    assert (usage.input, usage.output) == (counts.input or None, counts.output or None)
    assert usage.reasoning == (counts.reasoning if wire.counts_reasoning else None)
    assert usage.cached == (counts.cached if wire.counts_cached else None)


async def test_openrouter_says_what_it_charged(upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("x"), End(counts=Counts(11, 7))))
    heard = await hear(connect("openrouter"), asking("m"))
    assert heard.done is not None
    assert heard.done.usage == Usage(input=11, output=7, cost_usd=0.00125)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "thinking", "reasoning_text"])
async def test_every_name_of_reasoning_is_known(field: str, upstream: Upstream, connect: Connect) -> None:
    chunk = orjson.dumps({"choices": [{"delta": {field: "hm", "content": None}}]})
    upstream.play(scenario(Payload(chunk), Say("x"), End()))
    for name in ("openai", "hf"):
        heard = await hear(connect(name), asking("m"))
        assert (heard.reasoning, heard.text) == ("hm", "x")


ODD_DELTAS: dict[str, tuple[dict[str, object], str]] = {
    "null everywhere": ({"delta": {"content": "x", "reasoning": None, "tool_calls": None}}, "x"),
    "no delta": ({"finish_reason": None}, ""),
    "a null delta": ({"delta": None}, ""),
    "a list of parts": ({"delta": {"content": [{"type": "text", "text": "x"}]}}, "x"),
    "a refusal": ({"delta": {"refusal": "I cannot"}}, "I cannot"),
    "a completion": ({"text": "x"}, "x"),
    "another choice": ({"index": 1, "delta": {"content": "other"}}, ""),
}


@pytest.mark.parametrize("case", ODD_DELTAS)
async def test_odd_deltas_are_read_for_what_they_hold(
    case: str, upstream: Upstream, connect: Connect
) -> None:
    choice, text = ODD_DELTAS[case]
    upstream.play(scenario(Payload(orjson.dumps({"choices": [choice]})), Say("!"), End()))
    heard = await hear(connect("openai"), asking("m"))
    assert heard.text == f"{text}!"


CALLS: dict[str, list[list[dict[str, object]]]] = {
    "without an index": [
        [{"id": "a", "function": {"name": "f", "arguments": '{"x":'}}],
        [{"function": {"arguments": "1}"}}],
        [{"id": "b", "function": {"name": "g", "arguments": "{}"}}],
    ],
    "interleaved": [
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}],
        [{"index": 1, "id": "b", "function": {"name": "g", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"x":1}'}}],
    ],
    "with one index for all": [
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}],
        [{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{"}}],
        [{"index": 0, "function": {"arguments": "}"}}],
    ],
    "with ids on every piece": [
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}],
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ":1}"}}],
        [{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}],
    ],
    "with an object for arguments": [
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}],
        [{"index": 1, "id": "b", "function": {"name": "g"}}],
    ],
}


@pytest.mark.parametrize("case", CALLS)
async def test_the_pieces_of_calls_find_each_other(case: str, upstream: Upstream, connect: Connect) -> None:
    chunks = [Payload(orjson.dumps({"choices": [{"delta": {"tool_calls": calls}}]})) for calls in CALLS[case]]
    upstream.play(scenario(*chunks, End("tool_calls")))
    heard = await hear(connect("openai"), asking("m"))
    assert [(c.id, c.name, orjson.loads(c.arguments)) for c in heard.calls] == [
        ("a", "f", {"x": 1}),
        ("b", "g", {}),
    ]


NAMELESS: dict[str, list[list[dict[str, object]]]] = {
    "in one chunk": [
        [{"function": {"name": "f", "arguments": '{"x":1}'}}, {"function": {"name": "f", "arguments": "{}"}}]
    ],
    "in a chunk each": [
        [{"function": {"name": "f", "arguments": {"x": 1}}}],
        [{"function": {"name": "f", "arguments": {}}}],
    ],
    "under one index": [
        [{"index": 0, "function": {"name": "f", "arguments": '{"x":1}'}}],
        [{"index": 0, "function": {"name": "f", "arguments": "{}"}}],
    ],
    "in pieces that all say the name": [
        [{"index": 0, "function": {"name": "f", "arguments": '{"x"'}}],
        [{"index": 0, "function": {"name": "f", "arguments": ":1}"}}],
        [{"index": 1, "function": {"name": "f", "arguments": "{}"}}],
    ],
}


@pytest.mark.parametrize("case", NAMELESS)
async def test_calls_without_ids_are_told_apart(case: str, upstream: Upstream, connect: Connect) -> None:
    chunks = [
        Payload(orjson.dumps({"choices": [{"delta": {"tool_calls": calls}}]})) for calls in NAMELESS[case]
    ]
    upstream.play(scenario(*chunks, End("tool_calls")))
    heard = await hear(connect("openai"), asking("m"))
    assert [(c.name, orjson.loads(c.arguments)) for c in heard.calls] == [("f", {"x": 1}), ("f", {})]
    assert len({call.id for call in heard.calls}) == 2


@pytest.mark.parametrize("arguments", ["{x", "not JSON", '{"x": 1}{"x": 1}', "[1, 2]", '"text"'])
async def test_malformed_arguments_are_kept_as_they_came(
    arguments: str, upstream: Upstream, connect: Connect
) -> None:
    openai = {"choices": [{"delta": {"tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}}]}
    ollama = {"message": {"tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}}
    start = {"type": "content_block_start", "content_block": {"type": "tool_use", "id": "a", "name": "f"}}
    piece = {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": arguments}}
    spoken: dict[str, list[object]] = {
        "openai": [openai],
        "hf": [openai],
        "ollama": [ollama],
        "anthropic": [start, piece],
    }
    for name, chunks in spoken.items():
        upstream.play(scenario(*(Payload(orjson.dumps(chunk)) for chunk in chunks), End("tool_calls")))
        heard = await hear(connect(name), asking("m"))
        assert heard.error is None
        assert [(call.name, call.arguments) for call in heard.calls] == [("f", arguments)]


async def test_a_service_that_wants_an_object_gets_malformed_arguments_in_one(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    said = (user("Hi"), model(ToolCall("c1", "f", "{x")), user(ToolResult("c1", "f", "no")))
    heard = await hear(connect(one_wire), asking(one_wire.model, *said))
    assert heard.error is None
    assert "{x" in str(upstream.chats()[-1].body)


GEMINI_ODD: dict[str, Scenario] = {
    "no parts": scenario(
        Payload(b'{"candidates": [{"content": {"role": "model"}, "index": 0}]}'), Say("x"), End()
    ),
    "an unknown part": scenario(
        Payload(b'{"candidates": [{"content": {"parts": [{"hologram": {"x": 1}}]}}]}'), Say("x"), End()
    ),
    "no finish content": scenario(Say("x"), Payload(b'{"candidates": [{"finishReason": "STOP"}]}')),
    "counts alone": scenario(Payload(b'{"usageMetadata": {"promptTokenCount": 3}}'), Say("x"), End()),
}


@pytest.mark.parametrize("case", GEMINI_ODD)
async def test_gemini_may_leave_out_any_level(case: str, upstream: Upstream, connect: Connect) -> None:
    upstream.play(GEMINI_ODD[case])
    heard = await hear(connect("gemini"), asking("gemini-3.8-flash"))
    assert heard.error is None
    assert heard.text == "x"


async def test_gemini_says_why_a_prompt_was_blocked(upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Payload(b'{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}')))
    heard = await hear(connect("gemini"), asking("gemini-3.8-flash"))
    assert heard.code == "content_blocked"
    assert "PROHIBITED_CONTENT" in str(heard.error)


async def test_gemini_malformed_call_is_said_in_words(upstream: Upstream, connect: Connect) -> None:
    last = {"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "Malformed: f(]"}
    upstream.play(scenario(Payload(orjson.dumps({"candidates": [last]}))))
    heard = await hear(connect("gemini"), asking("gemini-3.8-flash"))
    assert heard.code == "bad_response"
    assert "Malformed: f(]" in str(heard.error)


async def test_gemini_counts_are_the_last_and_not_the_sum(upstream: Upstream, connect: Connect) -> None:
    early = Payload(b'{"usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 2}}')
    upstream.play(scenario(early, Say("x"), early, End(counts=Counts(11, 7, 5))))
    heard = await hear(connect("gemini"), asking("gemini-3.8-flash"))
    assert heard.done is not None
    assert heard.done.usage == Usage(input=11, output=7, reasoning=5)
