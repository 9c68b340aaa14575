"""What `stream_chat` holds every connector to, with connectors that are told what to yield."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from providers.connectors.base import Connector
from providers.errors import ProviderError
from providers.streaming import ALIVE, stream_chat
from providers.types import (
    ChatRequest,
    Done,
    ModelInfo,
    Notice,
    ReasoningDelta,
    ServerConfig,
    StreamEvent,
    TextDelta,
    Timeouts,
    ToolCall,
    ToolCallDelta,
)
from tests.providers.connectors.hearing import asking, hear

pytestmark = pytest.mark.usefixtures("clock")

Source = Callable[[], AsyncGenerator[StreamEvent]]
DONE = Done("stop")
LIMITS = Timeouts(connect=1, first_byte=5, chunk=5)


class ToldConnector(Connector):
    provider = "told"

    def __init__(self, source: Source, timeouts: Timeouts = LIMITS) -> None:
        super().__init__(ServerConfig("told", "told", timeouts=timeouts))
        self._source = source
        self.closed = 0

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        try:
            async with aclosing(self._source()) as source:
                async for event in source:
                    yield event
        finally:
            self.closed += 1

    async def list_models(self) -> Sequence[ModelInfo]:
        return []

    async def aclose(self) -> None:
        pass


def told(*events: StreamEvent | Exception | float, timeouts: Timeouts = LIMITS) -> ToldConnector:
    """A number is a pause in seconds."""

    async def source() -> AsyncGenerator[StreamEvent]:
        for event in events:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, float):
                await asyncio.sleep(event)
            else:
                yield event

    return ToldConnector(source, timeouts)


async def test_events_pass_in_order_and_the_rest_after_the_end_does_not() -> None:
    events: list[StreamEvent] = [
        ReasoningDelta("r"),
        TextDelta("t"),
        ToolCallDelta(ToolCall("1", "f", "{}")),
        Notice("n"),
        DONE,
    ]
    connector = told(*events, TextDelta("more"), DONE)
    heard = await hear(connector)
    assert heard.events == events
    assert connector.closed == 1


async def test_signs_of_life_and_empty_texts_do_not_reach_a_reader() -> None:
    heard = await hear(told(ALIVE, TextDelta(""), TextDelta("t"), ALIVE, DONE))
    assert heard.events == [TextDelta("t"), DONE]


@pytest.mark.parametrize("events", [(), (TextDelta("t"),), (Notice("n"),)], ids=["nothing", "text", "a note"])
async def test_a_stream_without_an_end_is_a_bad_response(events: tuple[StreamEvent, ...]) -> None:
    heard = await hear(told(*events))
    assert heard.code == "bad_response"


async def test_a_failure_names_its_server_and_model() -> None:
    heard = await hear(told(ProviderError("auth")), asking("some-model"))
    assert heard.error is not None
    assert (heard.error.server, heard.error.model) == ("told", "some-model")


async def test_a_programming_error_is_internal_and_tells_nothing_of_itself() -> None:
    heard = await hear(told(RuntimeError("secret")))
    assert heard.code == "internal"
    assert "secret" not in str(heard.error)


async def test_json_of_an_unexpected_shape_is_a_bad_response() -> None:
    heard = await hear(told(TextDelta("t"), TypeError("'int' object is not iterable")))
    assert (heard.text, heard.code) == ("t", "bad_response")


@pytest.mark.parametrize(
    "event",
    [TextDelta(5), ReasoningDelta([]), ToolCallDelta(ToolCall("1", None, "{}"))],  # type: ignore[arg-type]
    ids=["text", "reasoning", "call"],
)
async def test_what_is_no_text_never_reaches_a_reader(event: StreamEvent) -> None:
    heard = await hear(told(TextDelta("t"), event, DONE))
    assert (heard.events, heard.code) == ([TextDelta("t")], "bad_response")


async def test_the_first_byte_and_the_pauses_have_their_own_limits() -> None:
    limits = Timeouts(connect=1, first_byte=0.3, chunk=0.1)
    assert (await hear(told(0.15, TextDelta("t"), DONE, timeouts=limits))).error is None
    assert (await hear(told(0.6, TextDelta("t"), DONE, timeouts=limits))).code == "timeout"
    heard = await hear(told(TextDelta("t"), 0.3, DONE, timeouts=limits))
    assert (heard.text, heard.code) == ("t", "timeout")


async def test_a_pause_ends_by_its_own_limit_however_long_the_first_byte_may_take(
    clock: Callable[[], float],
) -> None:
    limits = Timeouts(connect=1, first_byte=300, chunk=10)
    heard = await hear(told(1.0, TextDelta("t"), 60.0, DONE, timeouts=limits))
    assert (heard.text, heard.code, clock()) == ("t", "timeout", 11)


async def test_a_slow_reader_is_not_taken_for_a_silent_server() -> None:
    limits = Timeouts(connect=1, first_byte=0.1, chunk=0.1)
    connector = told(TextDelta("a"), 0.01, TextDelta("b"), 0.01, DONE, timeouts=limits)
    seen = []
    async with aclosing(stream_chat(connector, asking("m"))) as stream:
        async for event in stream:
            seen.append(event)
            await asyncio.sleep(0.15)
    assert seen == [TextDelta("a"), TextDelta("b"), DONE]


async def test_a_timeout_closes_the_source_and_leaves_the_task_uncancelled() -> None:
    connector = told(5.0, timeouts=Timeouts(1, 0.05, 0.05))
    heard = await hear(connector)
    assert heard.code == "timeout"
    assert connector.closed == 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_stop_is_never_taken_for_a_timeout() -> None:
    connector = told(TextDelta("t"), 5.0)
    task = asyncio.create_task(hear(connector))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connector.closed == 1


async def test_no_timer_is_left_behind() -> None:
    loop = asyncio.get_running_loop()
    before = {id(handle) for handle in loop._scheduled}  # type: ignore[attr-defined]
    await hear(told(TextDelta("t"), DONE))
    left = [h for h in loop._scheduled if id(h) not in before and not h.cancelled()]  # type: ignore[attr-defined]
    assert left == []
