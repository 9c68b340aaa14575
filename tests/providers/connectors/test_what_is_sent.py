"""What goes over the wire is what the person set, in the service's own spelling."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from providers.types import Image, Message, Reasoning, Text, ToolCall, ToolDefinition, ToolResult
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import Call, End, Say, Think, scenario
from tests.upstreams.wire import Wire

PIXEL = b"\x89PNG\r\n\x1a\n"
PICTURE = Image(PIXEL, "image/png")
ENCODED = base64.b64encode(PIXEL).decode()
WEATHER = ToolDefinition("weather", "The weather of a city.", {"type": "object", "properties": {"city": {}}})
CHAT = (
    user("One"),
    model("First", Reasoning("Hm", None)),
    user("Two"),
    user("", "Three"),
    Message("user", ()),
    model(Reasoning("only a thought")),
    user("Look", PICTURE),
)


async def sent(wire: str, upstream: Upstream, connect: Connect, *messages: Any, **more: Any) -> Any:
    name = more.pop("model", upstream.wires[wire].model)
    heard = await hear(connect(wire), asking(name, *messages, **more))
    assert heard.error is None
    return upstream.chats()[-1].body


async def test_openai_messages(upstream: Upstream, connect: Connect) -> None:
    body = await sent("openai", upstream, connect, *CHAT, system="Be brief.")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "First"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Two"},
                {"type": "text", "text": "Three"},
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}},
            ],
        },
    ]
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    assert upstream.chats()[-1].headers["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("wire", "path"),
    [
        ("openai", ["stop"]),
        ("hf", ["stop"]),
        ("anthropic", ["stop_sequences"]),
        ("ollama", ["options", "stop"]),
        ("gemini", ["generationConfig", "stopSequences"]),
    ],
)
async def test_words_that_end_an_answer(
    wire: str, path: list[str], upstream: Upstream, connect: Connect
) -> None:
    found = await sent(wire, upstream, connect, user("One"), stop=("END",))
    for step in path:
        found = found[step]
    assert found == ["END"]


async def test_huggingface_sends_what_openai_sends(upstream: Upstream, connect: Connect) -> None:
    settings: dict[str, Any] = {"system": "Be brief.", "temperature": 0.5, "top_k": 3, "tools": (WEATHER,)}
    plain = await sent("openai", upstream, connect, *CHAT, **settings)
    through_sdk = await sent("hf", upstream, connect, *CHAT, **settings)
    assert through_sdk == plain


async def test_ollama_messages(upstream: Upstream, connect: Connect) -> None:
    body = await sent("ollama", upstream, connect, *CHAT, system="Be brief.")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "First"},
        {"role": "user", "content": "Two\n\nThree\n\nLook", "images": [ENCODED]},
    ]


async def test_gemini_messages(upstream: Upstream, connect: Connect) -> None:
    body = await sent("gemini", upstream, connect, *CHAT, system="Be brief.")
    picture = {"inlineData": {"data": ENCODED, "mime_type": "image/png"}}
    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "One"}]},
        {"role": "model", "parts": [{"text": "First"}]},
        {"role": "user", "parts": [{"text": "Two"}, {"text": "Three"}, {"text": "Look"}, picture]},
    ]
    assert body["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    asked = upstream.chats()[-1]
    assert asked.path == "/gemini/v1beta/models/gemini-3.8-flash:streamGenerateContent"
    assert asked.query == "alt=sse"


async def test_anthropic_messages(upstream: Upstream, connect: Connect) -> None:
    body = await sent("anthropic", upstream, connect, *CHAT, system="Be brief.")
    assert body["system"] == "Be brief."
    assert body["messages"] == [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "First"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Two"},
                {"type": "text", "text": "Three"},
                {"type": "text", "text": "Look"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": ENCODED},
                },
            ],
        },
    ]
    assert upstream.chats()[-1].headers["anthropic-version"] == "2023-06-01"


LIMITS = {
    "anthropic": lambda body: body["max_tokens"],
    "gemini": lambda body: body["generationConfig"]["maxOutputTokens"],
    "hf": lambda body: body["max_tokens"],
    "ollama": lambda body: body["options"]["num_predict"],
    "openai": lambda body: body["max_tokens"],
}


@pytest.mark.parametrize("name", LIMITS)
async def test_a_limit_of_the_answer_is_always_sent(name: str, upstream: Upstream, connect: Connect) -> None:
    assert LIMITS[name](await sent(name, upstream, connect)) >= 256
    assert LIMITS[name](await sent(name, upstream, connect, max_tokens=17)) == 17


@pytest.mark.parametrize(("name", "limit"), [("gemini", 32768), ("anthropic", 8192)])
async def test_the_default_limit_minds_the_models_own(
    name: str, limit: int, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(name)
    listed = {info.id: info for info in await connector.list_models()}
    wire = upstream.wires[name]
    assert (listed[wire.model].max_tokens or 0) >= limit
    await hear(connector, asking(wire.model))
    assert LIMITS[name](upstream.chats()[-1].body) == limit


SET: dict[str, Any] = {"temperature": 0.3, "top_p": 0.9, "top_k": 40, "seed": 7, "json": True}


async def test_params_that_are_set_are_sent_and_no_others(upstream: Upstream, connect: Connect) -> None:
    body = await sent("openai", upstream, connect, **SET)
    names = {"model", "messages", "stream", "stream_options", "max_tokens"}
    assert {k: v for k, v in body.items() if k not in names} == {
        "temperature": 0.3,
        "top_p": 0.9,
        "top_k": 40,
        "seed": 7,
        "response_format": {"type": "json_object"},
    }
    assert (await sent("openai", upstream, connect)).keys() == names
    body = await sent("ollama", upstream, connect, **SET)
    options = {"temperature": 0.3, "top_p": 0.9, "top_k": 40, "seed": 7}
    assert {k: v for k, v in body["options"].items() if not k.startswith("num_")} == options
    assert body["format"] == "json"
    body = await sent("gemini", upstream, connect, **SET, model="gemini-2.5-flash")
    config = {"temperature": 0.3, "topP": 0.9, "topK": 40, "seed": 7, "responseMimeType": "application/json"}
    assert {k: v for k, v in body["generationConfig"].items() if k in config} == config
    body = await sent("anthropic", upstream, connect, **SET)
    assert {k: v for k, v in body.items() if k not in names} == {"temperature": 0.3, "top_k": 40}


async def test_what_a_model_does_not_take_is_left_out(upstream: Upstream, connect: Connect) -> None:
    connector = connect("openrouter")
    await connector.list_models()
    await hear(connector, asking("qwen/qwen3-8b:free", **SET, thinking="high"))
    body = upstream.chats()[-1].body
    assert body["seed"] == 7
    assert not body.keys() & {"temperature", "top_p", "top_k", "response_format", "reasoning"}
    body = await sent("gemini", upstream, connect, **SET, model="gemini-4-argon")
    assert not body["generationConfig"].keys() & {"temperature", "topP", "topK"}


THINKING: list[tuple[str, str, str, str, Any]] = [
    ("gemini", "gemini-3.8-flash", "high", "generationConfig", ("thinking_level", "HIGH", True)),
    ("gemini", "gemini-3.8-flash", "off", "generationConfig", ("thinking_level", "MINIMAL", False)),
    ("gemini", "gemini-3.1-pro-preview", "off", "generationConfig", ("thinking_level", "LOW", False)),
    ("gemini", "gemini-4-argon", "medium", "generationConfig", ("thinking_level", "MEDIUM", True)),
    ("gemini", "gemini-flash-latest", "low", "generationConfig", ("thinking_level", "LOW", True)),
    ("gemini", "gemini-2.5-flash", "off", "generationConfig", ("thinking_budget", 0, False)),
    ("gemini", "gemini-2.5-pro", "off", "generationConfig", ("thinking_budget", 128, False)),
    ("gemini", "gemini-2.5-flash", "high", "generationConfig", ("thinking_budget", 24576, True)),
    ("openrouter", "m", "low", "reasoning", {"effort": "low"}),
    ("openrouter", "m", "off", "reasoning", {"enabled": False}),
    ("together", "m", "high", "reasoning_effort", "high"),
    ("llamacpp", "m", "off", "chat_template_kwargs", {"enable_thinking": False}),
    ("ollama", "qwen3:8b", "off", "think", False),
    ("ollama", "qwen3:8b", "high", "think", True),
    ("anthropic", "claude-sonnet-4-5", "off", "thinking", {"type": "disabled"}),
    ("anthropic", "claude-sonnet-4-5", "low", "thinking", {"type": "enabled", "budget_tokens": 2048}),
    ("anthropic", "claude-opus-4-6", "high", "output_config", {"effort": "high"}),
]


@pytest.mark.parametrize(("wire", "name", "level", "key", "value"), THINKING)
async def test_thinking_is_asked_for_in_the_models_own_way(
    wire: str, name: str, level: str, key: str, value: Any, upstream: Upstream, connect: Connect
) -> None:
    body = await sent(wire, upstream, connect, model=name, thinking=level)
    if wire == "gemini":
        kind, amount, shown = value
        config = body[key].get("thinkingConfig")
        assert {k: v for k, v in config.items() if k.startswith("thinking")} == {kind: amount}
        assert config["include_thoughts"] is shown
    else:
        assert body[key] == value


@pytest.mark.parametrize("name", ["gemini-2.0-flash", "gemma-3-27b-it", "gemini-2.5-flash-image"])
async def test_a_gemini_that_cannot_think_is_not_asked_to(
    name: str, upstream: Upstream, connect: Connect
) -> None:
    body = await sent("gemini", upstream, connect, model=name, thinking="high")
    assert "thinkingConfig" not in body["generationConfig"]


ROUND: tuple[Message, ...] = (
    user("Weather?"),
    model(ToolCall("c1", "weather", '{"city": "İzmir"}')),
    user(ToolResult("c1", "weather", "21 °C"), "And now?"),
)


@pytest.mark.parametrize("name", ["openai", "hf"])
async def test_openai_tools(name: str, upstream: Upstream, connect: Connect) -> None:
    body = await sent(name, upstream, connect, *ROUND, tools=(WEATHER,))
    function = {"name": "weather", "arguments": '{"city": "İzmir"}'}
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "21 °C"},
        {"role": "user", "content": "And now?"},
    ]
    assert body["tools"][0]["function"]["parameters"] == WEATHER.parameters


async def test_ollama_tools(upstream: Upstream, connect: Connect) -> None:
    body = await sent("ollama", upstream, connect, *ROUND, tools=(WEATHER,))
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "İzmir"}}}],
        },
        {"role": "tool", "tool_name": "weather", "content": "21 °C"},
        {"role": "user", "content": "And now?"},
    ]
    assert body["tools"][0]["function"]["name"] == "weather"


async def test_anthropic_tools(upstream: Upstream, connect: Connect) -> None:
    body = await sent("anthropic", upstream, connect, *ROUND, tools=(WEATHER,))
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "İzmir"}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "21 °C"},
                {"type": "text", "text": "And now?"},
            ],
        },
    ]
    assert body["tools"][0]["input_schema"] == WEATHER.parameters


async def again(
    wire: Wire, upstream: Upstream, connect: Connect, other: str | None = None
) -> tuple[Any, list[str]]:
    """A first answer with a thought, a call and their signatures, given back to the model, or to another."""
    upstream.play(
        scenario(
            Think("Hm", "U0lHTkVE"),
            Say("One moment."),
            Call("weather", {}, signature="Q0FMTEVE"),
            End("tool_calls"),
        )
    )
    connector = connect(wire)
    first = await hear(connector, asking(wire.model, "Weather?", tools=(WEATHER,)))
    thought = Reasoning(first.reasoning, first.signatures[-1] if first.signatures else None)
    back = Message("assistant", (thought, Text(first.text), *first.calls))
    upstream.play(scenario(Say("ok"), End()))
    request = asking(
        other or wire.model,
        "Weather?",
        back,
        user(ToolResult(first.calls[0].id, "weather", "21")),
        tools=(WEATHER,),
    )
    assert (await hear(connector, request)).error is None
    return upstream.chats()[-1].body, first.signatures


async def test_gemini_gets_its_signatures_back(upstream: Upstream, connect: Connect) -> None:
    body, signatures = await again(upstream.wires["gemini"], upstream, connect)
    assert len(signatures) == 1
    text, call = body["contents"][1]["parts"]
    assert text == {"text": "One moment.", "thoughtSignature": "U0lHTkVE"}
    assert call["thoughtSignature"] == "Q0FMTEVE"


async def test_gemini_never_gets_the_signatures_of_another_model(
    upstream: Upstream, connect: Connect
) -> None:
    body, _ = await again(upstream.wires["gemini"], upstream, connect, other="gemini-3.5-flash")
    text, call = body["contents"][1]["parts"]
    assert "thoughtSignature" not in text
    known = base64.b64decode(call["thoughtSignature"])
    assert known == b"skip_thought_signature_validator"


async def test_anthropic_gets_its_thought_back_and_no_others(upstream: Upstream, connect: Connect) -> None:
    body, _ = await again(upstream.wires["anthropic"], upstream, connect)
    thinking = body["messages"][1]["content"][0]
    assert thinking == {"type": "thinking", "thinking": "Hm", "signature": "U0lHTkVE"}
    body, _ = await again(upstream.wires["anthropic"], upstream, connect, other="claude-other")
    assert [block["type"] for block in body["messages"][1]["content"]] == ["text", "tool_use"]


async def test_openrouter_gets_its_reasoning_details_back(upstream: Upstream, connect: Connect) -> None:
    body, _ = await again(upstream.wires["openrouter"], upstream, connect)
    details = {"type": "reasoning.text", "text": "Hm", "index": 0, "signature": "U0lHTkVE"}
    assert body["messages"][1]["reasoning_details"] == [details]
    body, _ = await again(upstream.wires["openrouter"], upstream, connect, other="other/model")
    assert "reasoning_details" not in body["messages"][1]


async def test_openrouter_is_told_who_asks(upstream: Upstream, connect: Connect) -> None:
    await sent("openrouter", upstream, connect)
    assert upstream.chats()[-1].headers["X-Title"] == "Divan"
    await sent("openai", upstream, connect)
    assert "X-Title" not in upstream.chats()[-1].headers


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


async def test_a_schema_is_passed_on_where_the_service_takes_one(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    request = replace(asking(one_wire.model, json=True), schema=SCHEMA)
    heard = await hear(connect(one_wire), request)
    if one_wire.name == "anthropic":
        assert heard.code == "invalid"
    else:
        assert '"properties"' in json.dumps(upstream.chats()[-1].body)


@pytest.mark.parametrize("choice", ["none", "required", ":f"])
async def test_the_choice_of_a_tool_is_passed_on_or_refused(
    choice: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    request = replace(
        asking(one_wire.model, tools=(ToolDefinition("f", "", {"type": "object"}),)), tool_choice=choice
    )
    heard = await hear(connect(one_wire), request)
    if one_wire.name == "ollama":
        assert heard.code == (None if choice == "none" else "invalid")
        return
    body = upstream.chats()[-1].body
    said = body.get("tool_choice") or body.get("toolConfig")
    assert choice.strip(":") in json.dumps(said).lower() or "any" in json.dumps(said).lower()


async def test_an_endpoint_of_ones_own_behind_hugging_face_gets_the_templates_switch(
    upstream: Upstream, connect: Connect
) -> None:
    await hear(connect("hf"), asking("m", thinking="off"))
    assert upstream.chats()[-1].body["chat_template_kwargs"] == {"enable_thinking": False}
