"""A request that is refused for what it carries is made again as the model takes it: seen on the wire."""

from typing import Any

import pytest

from providers.connectors.base import Connector
from providers.learning import memory
from providers.streaming import stream_chat
from providers.tokens import estimate_request
from providers.types import ChatRequest, Learned, Message, Notice, Text, ToolDefinition, Usage
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import Heard, asking, hear, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import HELLO, PLAIN, Counts, End, Fail, Say, refusal, scenario
from tests.upstreams.wire import Wire

TOOL = ToolDefinition("f", "", {"type": "object", "properties": {}})


def names_in(value: Any) -> set[str]:
    """All names of fields in a body, those of messages left out."""
    if not isinstance(value, dict):
        return set()
    inner = [
        names_in(v) for k, v in value.items() if k not in ("messages", "contents", "chat_template_kwargs")
    ]
    return {name.replace("_", "").lower() for name in value} | set().union(*inner)


def bodies(upstream: Upstream) -> list[dict[str, Any]]:
    return [chat.body for chat in upstream.chats()]


async def refused_then_answered(
    text: str, wire: Wire, upstream: Upstream, connector: Connector, request: ChatRequest, status: int = 400
) -> Heard:
    upstream.play(refusal(status, wire.error_body(status, text)), PLAIN)
    return await hear(connector, request)


@pytest.mark.parametrize(
    ("text", "gone", "params"),
    [
        ("`temperature` is not supported with this model", "temperature", {"temperature": 0.5}),
        ("top_p: unsupported parameter", "topp", {"top_p": 0.5}),
    ],
)
async def test_what_a_model_does_not_take_is_left_out_now_and_from_then_on(
    text: str, gone: str, params: dict[str, Any], wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(wire)
    request = asking("a-model", **params)
    first = await refused_then_answered(text, wire, upstream, connector, request)
    second = await hear(connector, request)
    assert (first.text, second.text) == (HELLO, HELLO)
    assert [gone in names_in(body) for body in bodies(upstream)] == [True, False, False]
    for heard in (first, second):
        assert [notice.code for notice in heard.notices] == ["adapted"]
        assert heard.notices[0].values["model"] == "a-model"


async def test_what_is_forgotten_is_refused_and_left_out_again(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector, request = connect(wire), asking("a-model", temperature=0.5)
    for _ in range(2):
        heard = await refused_then_answered(
            "temperature is not supported", wire, upstream, connector, request
        )
        assert heard.text == HELLO
        memory.forget_all()
    assert ["temperature" in names_in(body) for body in bodies(upstream)] == [True, False] * 2


async def test_what_is_learned_of_one_model_says_nothing_of_another(
    upstream: Upstream, connect: Connect
) -> None:
    wire, connector = upstream.wires["openai"], connect("openai")
    await refused_then_answered("seed is not supported", wire, upstream, connector, asking("one", seed=1))
    heard = await hear(connector, asking("two", seed=1))
    assert heard.notices == []
    assert bodies(upstream)[-1]["seed"] == 1


@pytest.mark.parametrize("name", ["openai", "hf", "vllm", "llamacpp", "together"])
async def test_the_limit_of_an_answer_goes_by_its_other_name(
    name: str, upstream: Upstream, connect: Connect
) -> None:
    text = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead."
    )
    connector, request = connect(name), asking("gpt-9", max_tokens=100)
    heard = await refused_then_answered(text, upstream.wires[name], upstream, connector, request)
    await hear(connector, request)
    limits = [{k: v for k, v in body.items() if k.startswith("max_")} for body in bodies(upstream)]
    assert limits == [{"max_tokens": 100}, {"max_completion_tokens": 100}, {"max_completion_tokens": 100}]
    assert (heard.text, heard.notices) == (HELLO, []), "nothing is left out, so nothing is said"


async def test_a_limit_that_nobody_asked_for_is_no_larger_than_the_model_gives(
    upstream: Upstream, connect: Connect
) -> None:
    connector = connect("openai")
    text = "max_tokens is too large: 8192. This model supports at most 4096 completion tokens."
    await refused_then_answered(text, upstream.wires["openai"], upstream, connector, asking("m"))
    await hear(connector, asking("m"))
    capped = await hear(connector, asking("m", max_tokens=5000))
    assert [body["max_tokens"] for body in bodies(upstream)] == [8192, 4096, 4096, 4096]
    assert capped.notices == [Notice("adapted", {"model": "m", "fields": "max_tokens > 4096"})]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            422,
            {
                "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: "
                "20 `inputs` tokens and 8192 `max_new_tokens`",
                "error_type": "validation",
            },
        ),
        (
            400,
            {
                "error": {
                    "message": "'max_tokens' or 'max_completion_tokens' is too large: 8192. "
                    "This model's maximum context length is 4096 tokens and your request has "
                    "20 input tokens (8192 > 4096 - 20)."
                }
            },
        ),
    ],
)
async def test_a_limit_fits_the_window_that_a_refusal_names(
    status: int, body: dict[str, Any], upstream: Upstream, connect: Connect
) -> None:
    connector = connect("openai")
    upstream.play(refusal(status, body), PLAIN)
    heard = await hear(connector, asking("m"))
    await hear(connector, asking("m"))
    first, *rest = [body["max_tokens"] for body in bodies(upstream)]
    assert (heard.text, first) == (HELLO, 8192)
    assert [limit < 4096 for limit in rest] == [True, True]


async def test_a_limit_that_is_refused_without_a_number_is_not_sent(
    upstream: Upstream, connect: Connect
) -> None:
    connector = connect("openai")
    text = "The number of completion tokens asked for cannot be served."
    heard = await refused_then_answered(text, upstream.wires["openai"], upstream, connector, asking("m"))
    assert heard.text == HELLO
    assert "max_tokens" in bodies(upstream)[0]
    assert not {name for name in bodies(upstream)[1] if name.startswith("max_")}


async def test_several_refusals_in_a_row_are_each_learned_from(upstream: Upstream, connect: Connect) -> None:
    connector, wire = connect("openai"), upstream.wires["openai"]
    said = [
        "'max_tokens' is not supported",
        "temperature: unsupported",
        "Unknown parameter: 'stream_options'",
    ]
    upstream.play(*(refusal(400, wire.error_body(400, text)) for text in said), PLAIN)
    heard = await hear(connector, asking("m", temperature=0.5))
    body = bodies(upstream)[-1]
    assert heard.text == HELLO
    assert "max_completion_tokens" in body
    assert not {"max_tokens", "temperature", "stream_options"} & body.keys()
    await hear(connector, asking("m", temperature=0.5))
    assert len(upstream.chats()) == 5


async def test_a_refusal_that_teaches_nothing_new_is_told(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(400, wire.error_body(400, "`temperature` is not supported")))
    heard = await hear(connect(wire), asking("a-model", temperature=0.5))
    assert heard.code == "invalid"
    assert len(upstream.chats()) == 2
    assert memory.learned_of(wire.name, "a-model") == Learned(), "only an answer shows what was right"


@pytest.mark.parametrize("status", [400, 500])
async def test_a_system_prompt_goes_in_front_of_the_first_question(
    status: int, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector, request = connect(wire), asking("gemma", "One", model("1"), "Two", system="Be brief.")
    heard = await refused_then_answered(
        "System role not supported", wire, upstream, connector, request, status
    )
    await hear(connector, request)
    assert heard.text == HELLO
    for body in bodies(upstream)[1:]:
        spoken = body.get("messages") or body["contents"]
        assert not {"system", "systemInstruction"} & body.keys()
        assert [message["role"] for message in spoken] == ["user", spoken[1]["role"], "user"]
        first = str(spoken[0])
        assert first.index("Be brief.") < first.index("One")


async def test_a_model_that_wants_the_person_to_begin_gets_it(upstream: Upstream, connect: Connect) -> None:
    text = "Conversation roles must alternate user/assistant/user/assistant/..."
    request = ChatRequest("m", [model("I am A."), user("Who?")], system="Play.")
    heard = await refused_then_answered(text, upstream.wires["openai"], upstream, connect("openai"), request)
    messages = bodies(upstream)[-1]["messages"]
    assert heard.text == HELLO
    assert [message["role"] for message in messages] == ["user"]
    assert [messages[0]["content"].index(part) for part in ("Play.", "I am A.", "Who?")] == sorted(
        messages[0]["content"].index(part) for part in ("Play.", "I am A.", "Who?")
    )


async def test_a_model_that_does_not_stream_is_asked_for_the_whole(
    upstream: Upstream, connect: Connect
) -> None:
    wire = upstream.wires["openai"]
    text = (
        "Unsupported value: 'stream' does not support true with this model. Only the default (false) "
        "value is supported."
    )
    upstream.play(refusal(400, wire.error_body(400, text)), PLAIN.but(whole=True))
    heard = await hear(connect("openai"), asking("m"))
    assert heard.text == HELLO
    assert [body["stream"] for body in bodies(upstream)] == [True, False]
    assert "stream_options" not in bodies(upstream)[1]


@pytest.mark.parametrize(
    "text",
    ["m does not support tools", "Function calling is not enabled for models/m", "`tools` is not supported"],
)
async def test_tools_are_left_out_where_a_model_knows_none(
    text: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    heard = await refused_then_answered(text, wire, upstream, connect(wire), asking("m", tools=(TOOL,)))
    assert heard.text == HELLO
    assert ["tools" in body for body in bodies(upstream)] == [True, False]


async def test_thoughts_are_not_asked_for_where_a_model_has_none(
    upstream: Upstream, connect: Connect
) -> None:
    for name, asked in (
        ("openai", "reasoning_effort"),
        ("openrouter", "reasoning"),
        ("anthropic", "thinking"),
    ):
        upstream.requests.clear()
        heard = await refused_then_answered(
            "This model does not support thinking",
            upstream.wires[name],
            upstream,
            connect(name),
            asking("claude-sonnet-4-6", thinking="low"),
        )
        assert heard.text == HELLO
        assert [asked in body for body in bodies(upstream)] == [True, False]


async def test_gemini_is_not_asked_for_thoughts_that_a_model_has_not(
    upstream: Upstream, connect: Connect
) -> None:
    heard = await refused_then_answered(
        "Thinking is not enabled for models/gemini-3.8-flash",
        upstream.wires["gemini"],
        upstream,
        connect("gemini"),
        asking("gemini-3.8-flash"),
    )
    assert heard.text == HELLO
    assert ["thinkingconfig" in names_in(body) for body in bodies(upstream)] == [True, False]


async def test_one_level_of_thought_is_refused_and_others_go_on_being_asked_for(
    upstream: Upstream, connect: Connect
) -> None:
    text = (
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported "
        "values are: 'low'."
    )
    upstream.wires["together"].error_body = lambda status, message: {  # type: ignore[method-assign]
        "error": {"message": message, "param": "reasoning_effort", "code": "unsupported_value"}
    }
    connector = connect("together")
    await refused_then_answered(
        text, upstream.wires["together"], upstream, connector, asking("m", thinking="off")
    )
    await hear(connector, asking("m", thinking="high"))
    assert [body.get("reasoning_effort") for body in bodies(upstream)] == ["none", None, "high"]


async def test_an_answer_that_runs_out_of_room_ends_as_one_cut_by_its_length(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("Half an ans"), Fail("Context size has been exceeded.", "internal")))
    heard = await hear(connect(wire), asking("m"))
    assert (heard.text, heard.code) == ("Half an ans", None)
    assert heard.done is not None
    assert heard.done.finish == "length"


async def test_a_count_tells_how_dense_a_text_is(upstream: Upstream, connect: Connect) -> None:
    connector = connect("openai")
    question = "Kırmızı defteri unutma. " * 60
    estimate = estimate_request(asking("m", question))
    for density, expected in ((2.0, 2.0), (1.0, 1.5), (1.0, 1.25), (1.2, 1.25), (0.5, 1.0), (0.5, 1.0)):
        upstream.play(scenario(Say("Tamam."), End(counts=Counts(int(estimate * density), 2))))
        await hear(connector, asking("m", question))
        assert memory.learned_of("openai", "m").density == pytest.approx(expected, abs=0.01)


async def test_a_small_question_tells_nothing_of_density(upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("ok"), End(counts=Counts(400, 1))))
    await hear(connect("openai"), asking("m", "Merhaba"))
    assert memory.learned_of("openai", "m") == Learned()


async def test_a_question_that_does_not_fit_is_made_again_for_the_window_that_the_refusal_names(
    upstream: Upstream, connect: Connect
) -> None:
    seen: list[Learned] = []

    async def shorten(learned: Learned) -> ChatRequest:
        seen.append(learned)
        return ChatRequest("m", [Message("user", (Text("short"),))])

    wire = upstream.wires["openai"]
    text = "This model's maximum context length is 512 tokens and your request has 1448 input tokens."
    upstream.play(refusal(400, wire.error_body(400, text)), PLAIN)
    events = [
        event
        async for event in stream_chat(
            connect("openai"), asking("m", "Kırmızı defteri unutma. " * 60), shorten=shorten
        )
    ]
    assert [learned.window for learned in seen] == [512]
    assert seen[0].density > 1
    assert bodies(upstream)[-1]["messages"][-1]["content"] == "short"
    assert any(isinstance(event, Usage) for event in events)
    assert memory.learned_of("openai", "m").window == 512
