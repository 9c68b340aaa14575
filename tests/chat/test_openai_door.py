"""The OpenAI-compatible door, used with OpenAI's own client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import openai
import pytest

from tests.services.server import Divan
from tests.upstreams.script import Call, Counts, End, Fail, Say, Tokens, refusal, scenario
from tests.upstreams.server import Upstream, running_upstream

HELLO: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
async def client(start_server: Callable[..., Divan], upstream: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    server = start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"})
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as made:
        yield made


async def test_every_configured_model_is_listed(client: openai.AsyncOpenAI) -> None:
    async with asyncio.timeout(30):
        while True:
            ids = [model.id async for model in client.models.list()]
            if any(name.startswith("openai/") for name in ids):
                break
    assert "echo/echo" in ids


async def test_an_answer_comes_whole_with_its_usage(client: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.play(scenario(Say("Hi "), Say("there"), End(counts=Counts(7, 2))))
    answer = await client.chat.completions.create(
        model="openai/m", messages=HELLO, temperature=0.5, max_tokens=99
    )
    body = (await upstream.next_chat()).body
    assert answer.choices[0].message.content == "Hi there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 2)
    assert answer.model == "openai/m"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert (body["temperature"], body["model"]) == (0.5, "m")


async def test_an_answer_is_streamed(client: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.play(scenario(Tokens(5, 0.0), End(counts=Counts(7, 5))))
    stream = await client.chat.completions.create(
        model="openai/m", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(text or "" for text in texts) == " word" * 5
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 5


async def test_several_choices_are_asked_for_one_after_the_other(
    client: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    upstream.play(
        scenario(Say("One"), End(counts=Counts(7, 1))), scenario(Say("Two"), End(counts=Counts(7, 2)))
    )
    answer = await client.chat.completions.create(model="openai/m", messages=HELLO, n=2, stop=["END"])
    said = [(choice.index, choice.message.content) for choice in answer.choices]
    assert said == [(0, "One"), (1, "Two")]
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (14, 3)
    assert [chat.body["stop"] for chat in upstream.chats()] == [["END"], ["END"]]
    upstream.play(scenario(Say("One"), End()), scenario(Say("Two"), End()))
    stream = await client.chat.completions.create(model="openai/m", messages=HELLO, n=2, stream=True)
    texts = {0: "", 1: ""}
    async for chunk in stream:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == {0: "One", 1: "Two"}


async def test_null_is_as_if_it_were_absent(client: openai.AsyncOpenAI) -> None:
    nulls = dict.fromkeys(("stream", "stream_options", "tools", "stop", "n", "seed", "response_format"))
    answer = await client.chat.completions.create(model="echo/echo", messages=HELLO, extra_body=nulls)
    assert answer.choices[0].finish_reason == "stop"


async def test_a_tool_call_goes_through_and_its_result_comes_back(
    client: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    upstream.play(scenario(Call("weather", {"city": "İzmir"}, id="c1"), End("tool_calls")))
    tools: list[Any] = [
        {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    ]
    asked = await client.chat.completions.create(model="openai/m", messages=HELLO, tools=tools)
    calls = asked.choices[0].message.tool_calls or []
    assert asked.choices[0].finish_reason == "tool_calls"
    call: Any = calls[0]
    assert (call.id, call.function.name) == ("c1", "weather")
    result: Any = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
    said: Any = asked.choices[0].message.model_dump(exclude_none=True)
    upstream.play(scenario(Say("Sunny."), End()))
    await client.chat.completions.create(model="openai/m", messages=[*HELLO, said, result], tools=tools)
    body = (await upstream.next_chat(2)).body
    assert body["messages"][-1] == result


async def test_a_model_that_is_not_there_is_an_error_in_openais_form(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(model="nowhere/m", messages=HELLO)
    assert "nowhere" in str(refused.value)


async def test_an_image_goes_through(client: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.play(scenario(Say("A dot."), End()))
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    text: Any = {"type": "text", "text": "What is it?"}
    await client.chat.completions.create(
        model="openai/m", messages=[{"role": "user", "content": [text, image]}]
    )
    assert (await upstream.next_chat()).body["messages"][-1]["content"] == [text, image]


async def test_a_failure_after_the_first_word_is_an_error_of_the_stream(
    client: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    upstream.play(scenario(Say("Half"), Fail(message="out of memory")))
    stream = await client.chat.completions.create(model="openai/m", messages=HELLO, stream=True)
    heard = [await anext(stream), await anext(stream)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in heard) == "Half"
    with pytest.raises(openai.APIError):
        await anext(stream)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_goes_stops_the_model(
    client: openai.AsyncOpenAI, upstream: Upstream, stream: bool
) -> None:
    upstream.play(scenario(Tokens(100_000, 50.0), End()))
    asking = asyncio.create_task(read(client, stream))
    asked = await upstream.next_chat()
    asking.cancel()
    async with asyncio.timeout(30):
        await asked.disconnected.wait()


async def read(client: openai.AsyncOpenAI, stream: bool) -> None:
    answer: Any = await client.chat.completions.create(model="openai/m", messages=HELLO, stream=stream)
    async with answer:
        async for _ in answer:
            pass


async def test_what_passes_here_is_counted_and_a_used_up_budget_refuses(
    start_server: Callable[..., Divan], upstream: Upstream
) -> None:
    server = start_server(env={"OPENAI_BASE_URL": upstream.base_url("openrouter"), "OPENAI_API_KEY": "sk-x"})
    make = "from providers.models import Budget; Budget.objects.create(scope='day', hard_usd=0.001)"
    server.manage("shell", "-c", make)
    upstream.play(scenario(Say("Dear."), End(counts=Counts(7, 2))))
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as client:
        await client.chat.completions.create(model="openai/m", messages=HELLO)
        with pytest.raises(openai.APIStatusError) as refused:
            await client.chat.completions.create(model="openai/m", messages=HELLO)
    assert refused.value.status_code == 402
    assert "budget" in str(refused.value)


async def test_an_image_for_a_model_that_is_known_to_be_blind_is_refused_before_it_is_asked(
    client: openai.AsyncOpenAI,
) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(
            model="echo/echo", messages=[{"role": "user", "content": [image]}]
        )
    assert caught.value.code == "no_vision"
    assert "echo cannot see images." in caught.value.message


async def test_an_image_that_the_server_refuses_is_told_and_asked_once(
    client: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    said = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
    upstream.play(refusal(500, {"error": {"code": 500, "message": said, "type": "server_error"}}))
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(
            model="openai/m", messages=[{"role": "user", "content": [image]}]
        )
    assert caught.value.code == "no_vision"
    assert "m cannot see images." in caught.value.message
    assert len(upstream.chats()) == 1


async def test_a_remote_image_is_refused(client: openai.AsyncOpenAI) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/x.png"}}
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(
            model="echo/echo", messages=[{"role": "user", "content": [image]}]
        )


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_a_model_server_refuses_is_nothing_for_the_terminal(
    start_server: Callable[..., Divan], upstream: Upstream, status: int
) -> None:
    server = start_server(env={"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"})
    upstream.play(*[refusal(status, {"error": {"message": "no"}}) for _ in range(8)])
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as client:
        with pytest.raises(openai.APIStatusError):
            await client.chat.completions.create(model="openai/m", messages=HELLO)
    server.stop()
    said = [line for line in server.output().splitlines() if not line.startswith("Divan is at ")]
    assert said == []


async def test_a_schema_and_the_choice_of_a_tool_go_through(
    client: openai.AsyncOpenAI, upstream: Upstream
) -> None:
    upstream.play(scenario(Say("{}"), End()))
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    tools: list[Any] = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    choice: Any = {"type": "function", "function": {"name": "f"}}
    await client.chat.completions.create(
        model="openai/m", messages=HELLO, response_format=wanted, tools=tools, tool_choice=choice
    )
    body = (await upstream.next_chat()).body
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert body["tool_choice"] == choice


@pytest.mark.parametrize(
    "odd",
    [
        {"tool_choice": {"type": "function", "function": {"name": "missing"}}},
        {"tool_choice": "sometimes"},
        {"response_format": {"type": "json_schema"}},
        {"response_format": {"type": "xml"}},
    ],
)
async def test_what_cannot_be_passed_on_is_refused_in_openais_form(
    odd: dict[str, Any], client: openai.AsyncOpenAI
) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="openai/m", messages=HELLO, extra_body=odd)


async def test_vectors_come_in_order_in_both_encodings(client: openai.AsyncOpenAI) -> None:
    for encoding in ("float", "base64"):
        made = await client.embeddings.create(
            model="openai/m",
            input=["one", "two two"],
            encoding_format=encoding,
        )
        assert made.usage.prompt_tokens == 4
    plain = await client.embeddings.create(model="openai/m", input=["one", "two two"])
    again = await client.embeddings.create(model="openai/m", input="two two")
    assert [row.index for row in plain.data] == [0, 1]
    assert plain.data[1].embedding == pytest.approx(again.data[0].embedding)


async def test_a_model_that_makes_no_vectors_is_refused(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.embeddings.create(model="echo/echo", input="one")
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="nowhere/m", input="one")
