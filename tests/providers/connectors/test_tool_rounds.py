"""Rounds of calls and results, with services that refuse what the real ones refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.answer_parts import AnswerParts
from providers.connectors.anthropic import requests as anthropic
from providers.connectors.gemini import requests as gemini
from providers.connectors.ollama import requests as ollama
from providers.connectors.ollama.model_lists import ModelFacts
from providers.connectors.openai import requests as openai
from providers.connectors.openai.dialects import GENERIC
from providers.connectors.shared.exchanges import NEVER_ANSWERED
from providers.types import (
    ChatRequest,
    Message,
    Part,
    Reasoning,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolDefinition,
    ToolResult,
)
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import Heard, asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import HELLO, Call, End, Payload, Say, Think, scenario
from tests.upstreams.strict import complaint_about
from tests.upstreams.wire import Wire

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER, TIME = ToolDefinition("weather", "Of a city", CITY), ToolDefinition("time", "In a city", CITY)
TOOLS = (WEATHER, TIME)


def said(heard: Heard) -> Message:
    """An answer as it is kept, and given back."""
    kept = AnswerParts()
    calls = {event.call.id: event.call for event in heard.events if isinstance(event, ToolCallDelta)}
    for event in heard.events:
        if isinstance(event, TextDelta):
            kept.add_delta("text", event.text)
        elif isinstance(event, ReasoningDelta):
            if event.text:
                kept.add_delta("reasoning", event.text)
            if event.signature:
                kept.sign(event.signature)
        elif isinstance(event, ToolCallDelta):
            call = event.call
            kept.add_part(
                {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
            )
    return Message("assistant", tuple(given_back(part, calls) for part in kept.as_list()))


def given_back(part: Any, calls: Mapping[str, ToolCall]) -> Part:
    if part["type"] == "tool_call":
        return calls[part["id"]]
    if part["type"] == "reasoning":
        return Reasoning(part["text"], part.get("signature"))
    return Text(part["text"])


def answered(heard: Heard, *, is_error: bool = False) -> Message:
    return user(*(ToolResult(call.id, call.name, f"{call.name}: 21", is_error) for call in heard.calls))


async def test_rounds_go_on_and_the_next_turn_tells_of_them(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    both = scenario(
        Think("Hm.", "U0lHTkVE"),
        Say("I look."),
        Call("weather", {"city": "İzmir"}, id="c1", signature="Q0FMTEVE"),
        Call("time", {"city": "İzmir"}, id="c2", index=1),
        End("tool_calls"),
    )
    again = scenario(Call("weather", {"city": "Kars"}, id="c1", signature="QUdBSU4="), End("tool_calls"))
    upstream.play(both, again, scenario(Say("21 and noon."), End()))
    connector, history = connect(wire), [user("Weather?")]
    for _round in range(2):
        heard = await hear(connector, asking(wire.model, *history, tools=TOOLS))
        assert heard.error is None
        history += [said(heard), answered(heard)]
    last = await hear(connector, asking(wire.model, *history, tools=TOOLS))
    assert last.text == "21 and noon."
    after = await hear(connector, asking(wire.model, *history, said(last), "And now?", tools=TOOLS))
    without = await hear(connector, asking(wire.model, *history, said(last), "And now?"))
    assert (after.error, without.error) == (None, None)
    assert len(upstream.chats()) == 5, "nothing was refused and asked again"
    body = orjson.dumps(upstream.chats()[-2].body).decode()
    assert body.index("I look.") < body.index("weather: 21") < body.index("time: 21")
    assert body.rindex("weather: 21") < body.index("21 and noon.")


async def test_calls_at_once_are_told_apart(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    calls = [Call("weather", {"city": str(n)}, id=f"id{n}", index=n) for n in range(3)]
    upstream.play(scenario(*calls, End("tool_calls")))
    heard = await hear(connect(wire), asking(wire.model, tools=TOOLS))
    assert [(call.id, orjson.loads(call.arguments)["city"]) for call in heard.calls] == [
        ("id0", "0"),
        ("id1", "1"),
        ("id2", "2"),
    ]


@pytest.mark.parametrize("call_id", ["", "same"])
async def test_calls_without_ids_of_their_own_get_some_that_no_round_shares(
    call_id: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    calls = [Call("weather", {"city": str(n)}, id=call_id, index=n) for n in range(3)]
    upstream.play(scenario(*calls, End("tool_calls")))
    connector = connect(wire)
    rounds = [await hear(connector, asking(wire.model, tools=TOOLS)) for _ in range(2)]
    ids = [[call.id for call in heard.calls] for heard in rounds]
    assert [len(set(found)) for found in ids] == [3, 3]
    assert "" not in {*ids[0], *ids[1]}
    assert set(ids[0]) & set(ids[1]) <= {"same"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("weather", "weather"),
        ("functions.weather", "weather"),
        ("default_api:weather", "weather"),
        (" weather ", "weather"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
async def test_a_name_is_the_tools_own_where_a_model_adds_to_it(
    written: str, meant: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Call(written, {"city": "x"}), End("tool_calls")))
    heard = await hear(connect(wire), asking(wire.model, tools=TOOLS))
    assert [call.name for call in heard.calls] == [meant]


async def test_google_is_told_names_that_it_takes_and_tools_keep_theirs(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    tool = replace(WEATHER, name="7zip__list")
    upstream.play(scenario(Call("_7zip__list", {"city": "x"}, signature="QQ=="), End("tool_calls")))
    connector = connect("gemini")
    heard = await hear(connector, asking("gemini-3.8-flash", tools=(tool,)))
    assert [call.name for call in heard.calls] == ["7zip__list"]
    upstream.play(scenario(Say("ok"), End()))
    request = asking("gemini-3.8-flash", "Hi", said(heard), answered(heard), tools=(tool,))
    assert (await hear(connector, request)).text == "ok"


FAILED: dict[str, Any] = {
    "anthropic": {"type": "tool_result", "tool_use_id": "c1", "content": "no such city", "is_error": True},
    "gemini": {"functionResponse": {"id": "c1", "name": "weather", "response": {"error": "no such city"}}},
    "ollama": {"role": "tool", "tool_name": "weather", "content": "Error: no such city"},
    "openai": {"role": "tool", "tool_call_id": "c1", "content": "Error: no such city"},
}


@pytest.mark.parametrize("name", FAILED)
async def test_a_failed_call_is_told_as_one(name: str, upstream: Upstream, connect: Connect) -> None:
    wire = upstream.wires[name]
    call = model(ToolCall("c1", "weather", '{"city":"x"}'))
    result = user(ToolResult("c1", "weather", "no such city", is_error=True))
    await hear(connect(wire), asking(wire.model, "Hi", call, result, tools=TOOLS))
    body = upstream.chats()[-1].body
    messages = body.get("messages") or body["contents"]
    last = messages[-1]
    assert FAILED[name] in (last, *last.get("content", ()), *last.get("parts", ()))


CALL = ToolCall("c1", "weather", '{"city": "x"}')
RESULT = ToolResult("c1", "weather", "21")
FOREIGN: dict[str, Sequence[Message]] = {
    "ids of Anthropic": [
        model(ToolCall("toolu_01A09q90qw90lq917835lq9", "weather", "{}")),
        user(ToolResult("toolu_01A09q90qw90lq917835lq9", "weather", "21")),
    ],
    "ids of Kimi": [
        model(ToolCall("functions.weather:0", "weather", "{}")),
        user(ToolResult("functions.weather:0", "weather", "21")),
    ],
    "ids that are long": [model(replace(CALL, id="x" * 300)), user(replace(RESULT, id="x" * 300))],
    "ids of other letters": [model(replace(CALL, id="çağrı 1")), user(replace(RESULT, id="çağrı 1"))],
    "no ids": [model(replace(CALL, id="")), user(replace(RESULT, id=""))],
    "no ids, two at once": [
        model(replace(CALL, id=""), replace(CALL, id="", name="time")),
        user(replace(RESULT, id="", name="time"), replace(RESULT, id="")),
    ],
    "own ids": [model(replace(CALL, id="divan-1")), user(replace(RESULT, id="divan-1"))],
    "ids that come again": [
        model(CALL),
        user(RESULT),
        model(Text("21")),
        user("More"),
        model(CALL),
        user(RESULT),
    ],
    "one id twice in a round": [model(CALL, CALL), user(RESULT, replace(RESULT, content="22"))],
    "results in another order": [
        model(CALL, ToolCall("c2", "time", "{}")),
        user(ToolResult("c2", "time", "noon"), RESULT),
    ],
    "a call without a result": [model(Text("I look."), CALL)],
    "a call without a result, then words": [model(CALL), user("Well?")],
    "two calls, one result": [model(CALL, ToolCall("c2", "time", "{}")), user(RESULT)],
    "a result without a call": [user(RESULT)],
    "a result twice": [model(CALL), user(RESULT, RESULT)],
    "all in one message": [model(Text("a"), CALL, RESULT, Text("b"), replace(CALL, id="c2"), Text("c"))],
    "results as messages of their own": [
        model(CALL, replace(CALL, id="c2")),
        user(RESULT),
        user(replace(RESULT, id="c2")),
    ],
    "blank texts": [model(Text("\n\n"), CALL, Text("  ")), user(Text(""), RESULT, Text("\n"))],
    "malformed arguments": [model(replace(CALL, arguments="{x")), user(RESULT)],
    "arguments that are no object": [model(replace(CALL, arguments="[1]")), user(RESULT)],
    "no arguments": [model(replace(CALL, arguments="")), user(RESULT)],
    "no name": [model(replace(CALL, name="")), user(replace(RESULT, name=""))],
    "a name that nobody takes": [model(replace(CALL, name="hava durumu!")), user(RESULT)],
    "a long name": [model(replace(CALL, name="x" * 200)), user(RESULT)],
    "a foreign signature": [
        model(Reasoning("Hm", "openai/gpt|[]"), replace(CALL, signature="gemini/other|QQ==")),
        user(RESULT),
    ],
    "no result's words": [model(CALL), user(replace(RESULT, content=""))],
    "an answer that ended in a call": [model(CALL), user(RESULT, "Go on.")],
}


@pytest.mark.parametrize("offers", [True, False])
@pytest.mark.parametrize("case", FOREIGN)
async def test_a_conversation_of_other_models_is_accepted(
    case: str, offers: bool, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    name = one_wire.model if one_wire.name != "openai" else "mistral-large"
    request = asking(name, "Hi", *FOREIGN[case], tools=TOOLS if offers else ())
    heard = await hear(connect(one_wire), request)
    assert (heard.error, heard.text) == (None, HELLO)
    assert len(upstream.chats()) == 1


IDS = st.sampled_from(["", "a", "b", "toolu_1", "functions.x:0", "ş"])
NAMES = st.sampled_from(["weather", "time", "", "7zip", "a b"])
TEXTS = st.sampled_from(["", " ", "word"])
PARTS = st.one_of(
    st.builds(Text, TEXTS),
    st.builds(Reasoning, TEXTS, st.sampled_from([None, "anthropic/m|QQ==", "x"])),
    st.builds(ToolCall, IDS, NAMES, st.sampled_from(["{}", "", "{x", '{"a": 1}'])),
    st.builds(ToolResult, IDS, NAMES, TEXTS, st.booleans()),
)
MESSAGES = st.builds(Message, st.sampled_from(["user", "assistant"]), st.lists(PARTS, max_size=5).map(tuple))


def gemini_body(request: ChatRequest) -> dict[str, Any]:
    contents = [
        content.model_dump(mode="json", by_alias=True, exclude_none=True)
        for content in gemini.contents_of(request)
    ]
    return {"contents": contents}


@settings(max_examples=150, deadline=None)
@given(st.lists(MESSAGES, max_size=8), st.booleans())
def test_every_conversation_becomes_one_that_all_services_accept(
    messages: list[Message], offers: bool
) -> None:
    spoken = [user("Hi"), *messages, user("And?")]
    request = ChatRequest("m", spoken, tools=TOOLS if offers else ())
    bodies = {
        ("anthropic", "m"): anthropic.chat_body(request, 9000),
        ("ollama", "m"): ollama.chat_body(request, ModelFacts(), 4096, 100),
        ("openai", "m"): openai.chat_body(request, GENERIC, 100),
        ("openai", "mistral"): openai.chat_body(replace(request, model="mistral"), GENERIC, 100),
        ("gemini", "gemini-3"): gemini_body(replace(request, model="gemini-3.8-flash")),
    }
    for (wire, name), body in bodies.items():
        assert complaint_about(wire, body, name) == "", wire


def test_a_call_that_was_never_answered_is_told_as_unknown() -> None:
    request = asking("m", "Hi", model(CALL), "And?", tools=TOOLS)
    messages = openai.chat_messages(request, GENERIC)
    assert messages[2] == {"role": "tool", "tool_call_id": "c1", "content": f"Error: {NEVER_ANSWERED}"}


async def test_anthropic_gets_each_thought_back_with_its_signature_and_what_it_keeps_to_itself(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    start = {"type": "content_block_start", "content_block": {"type": "redacted_thinking", "data": "SECRET"}}
    upstream.play(
        scenario(
            Think("One.", "MQ=="),
            Think("Two.", "Mg=="),
            Payload(orjson.dumps(start)),
            Payload(b'{"type": "content_block_stop"}'),
            Say("I look."),
            Call("weather", {"city": "x"}),
            End("tool_calls"),
        )
    )
    connector = connect("anthropic")
    heard = await hear(connector, asking("claude-sonnet-4-5", tools=TOOLS, thinking="low"))
    upstream.play(scenario(Say("ok"), End()))
    back = asking(
        "claude-sonnet-4-5", "Hi", said(heard), answered(heard), tools=TOOLS, thinking="low", max_tokens=9000
    )
    assert (await hear(connector, back)).text == "ok"
    body = upstream.chats()[-1].body
    assert body["messages"][1]["content"][:3] == [
        {"type": "thinking", "thinking": "One.", "signature": "MQ=="},
        {"type": "thinking", "thinking": "Two.", "signature": "Mg=="},
        {"type": "redacted_thinking", "data": "SECRET"},
    ]
    assert body["thinking"]["type"] == "enabled"


async def test_anthropic_does_not_think_on_about_calls_of_another_model(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    request = asking(
        "claude-sonnet-4-5", "Hi", model(CALL), user(RESULT), tools=TOOLS, thinking="low", max_tokens=9000
    )
    assert (await hear(connect("anthropic"), request)).text == HELLO
    assert "thinking" not in upstream.chats()[-1].body


async def test_anthropic_may_be_asked_without_tools_about_what_they_gave(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.strict = True
    heard = await hear(connect("anthropic"), asking("claude-test", "Hi", model(CALL), user(RESULT)))
    assert heard.text == HELLO
    body = upstream.chats()[-1].body
    assert [tool["name"] for tool in body["tools"]] == ["weather"]
    assert body["tool_choice"] == {"type": "none"}


async def test_servers_at_home_get_back_what_a_model_thought_before_its_calls(
    upstream: Upstream, connect: Connect
) -> None:
    thinking = model(Reasoning("Hm."), CALL)
    for name, field in (("openai", "reasoning_content"), ("ollama", "thinking")):
        await hear(connect(name), asking("m", "Hi", thinking, user(RESULT), tools=TOOLS))
        assert upstream.chats()[-1].body["messages"][1][field] == "Hm."
    await hear(connect("openrouter"), asking("m", "Hi", thinking, user(RESULT), tools=TOOLS))
    assert not {"reasoning", "reasoning_content"} & upstream.chats()[-1].body["messages"][1].keys()
