import asyncio
from collections.abc import Callable

import pytest

from providers.connectors.echo.connector import EchoConnector, read_directions
from providers.errors import ERROR_CODES
from providers.types import Image, ServerConfig, Timeouts, ToolResult
from tests.providers.connectors.hearing import Heard, asking, hear, model, user


async def said(*messages: object, **params: object) -> Heard:
    connector = EchoConnector(ServerConfig("echo", "echo", timeouts=Timeouts(1, 1, 0.2)))
    return await hear(connector, asking("echo", *messages, **params))  # type: ignore[arg-type]


async def test_it_greets_and_repeats_word_by_word() -> None:
    heard = await said("/echo speed=0\nHello there, *friend*")
    assert heard.text.startswith("Hello! I am **echo**")
    assert "> Hello there, *friend*" in heard.text
    assert "/echo speed" not in heard.text
    assert len(heard.events) > 20
    assert heard.done is not None
    assert heard.done.finish == "stop"
    assert heard.done.usage.output == len(heard.events) - 1


@pytest.mark.parametrize(
    ("words", "greeting"), [("Merhaba, nasılsın?", "Merhaba!"), ("Привет", "Здравствуйте!"), ("Hi", "Hello!")]
)
async def test_it_answers_in_the_language_of_the_question(words: str, greeting: str) -> None:
    assert (await said(f"/echo speed=0\n{words}")).text.startswith(greeting)


async def test_the_same_message_gets_the_same_answer() -> None:
    first, second = await said("/echo speed=0 markdown\nHi"), await said("/echo speed=0 markdown\nHi")
    assert first.events == second.events


async def test_it_greets_once() -> None:
    heard = await said(user("One"), model("Two"), user("/echo speed=0\nThree"))
    assert heard.text == "You said:\n\n> Three"


async def test_markdown_has_what_a_page_must_show() -> None:
    heard = await said("/echo markdown speed=0\nHi")
    for mark in ("| language |", "```python", "$e^{i", "$5 and $6", "1. A list", "> A quotation"):
        assert mark in heard.text


@pytest.mark.parametrize("length", [1, 7, 500])
async def test_length_is_the_number_of_tokens(length: int) -> None:
    heard = await said(f"/echo length={length} speed=0\nHi")
    assert len(heard.events) == length + 1


async def test_max_tokens_ends_the_answer_with_length() -> None:
    heard = await said("/echo length=50 speed=0\nHi", max_tokens=9)
    assert heard.done is not None
    assert (heard.done.finish, len(heard.events)) == ("length", 10)


async def test_it_thinks_aloud_when_asked() -> None:
    heard = await said("/echo reasoning speed=0\nHi")
    assert heard.reasoning.startswith("The person wrote 1 words")
    assert (await said("/echo speed=0\nHi", thinking="low")).reasoning
    assert not (await said("/echo speed=0\nHi", thinking="off")).reasoning


@pytest.mark.parametrize("code", ERROR_CODES)
async def test_it_fails_with_any_code(code: str) -> None:
    heard = await said(f"/echo fail={code} retry_after=3\nHi")
    assert heard.error is not None
    assert (heard.code, heard.error.retry_after, heard.text) == (code, 3.0, "")


async def test_it_breaks_off() -> None:
    heard = await said("/echo cut=5 speed=0\nHi")
    assert (heard.code, len(heard.events), heard.done) == ("bad_response", 5, None)


@pytest.mark.usefixtures("clock")
async def test_it_falls_silent() -> None:
    heard = await said("/echo stall=5 speed=0\nHi")
    assert (heard.code, len(heard.events)) == ("timeout", 5)


async def test_speed_is_tokens_a_second(clock: Callable[[], float]) -> None:
    await said("/echo length=20 speed=100\nHi")
    assert clock() == pytest.approx(20 / 100)


async def test_it_can_be_stopped() -> None:
    task = asyncio.create_task(said("/echo delay=60\nHi"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_calls_tools_and_reads_their_results() -> None:
    heard = await said("/echo tool=search\nHi")
    assert [(call.name, call.arguments) for call in heard.calls] == [("search", '{"text":"Hi"}')]
    heard = await said(
        user("/echo speed=0\nHi"), model(*heard.calls), user(ToolResult("1", "search", "found"))
    )
    assert "`search`: found" in heard.text


async def test_it_names_the_pictures() -> None:
    heard = await said(user("/echo speed=0\nLook", Image(b"12345", "image/png")))
    assert "[image/png, 5 bytes]" in heard.text


async def test_json_mode_answers_with_json() -> None:
    assert (await said("/echo speed=0\nHi", json=True)).text == '{"echo":"Hi"}'


def test_directions_that_make_no_sense_are_passed_over() -> None:
    assert read_directions("/echo speed=fast length=-3 fail=whatever hello") == read_directions("")
    assert read_directions("not a /echo line") == read_directions("")


async def test_its_model_is_listed() -> None:
    connector = EchoConnector(ServerConfig("echo", "echo"))
    (info,) = await connector.list_models()
    assert (info.id, info.loaded) == ("echo", True)
    await connector.validate()
    await connector.aclose()
