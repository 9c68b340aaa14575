"""What breaks off never looks complete, and what came before it is kept."""

import asyncio

import pytest

from providers.types import Timeouts
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import (
    PLAIN,
    Counts,
    End,
    Fail,
    Odd,
    Raw,
    Reset,
    Say,
    Scenario,
    Stall,
    Think,
    Wait,
    refusal,
    scenario,
)
from tests.upstreams.wire import Wire

HALF = (Think("Hmm. "), Say("Half an "), Say("ans"))
BROKEN: dict[str, Scenario] = {
    "ends without an end": scenario(*HALF, ending=False),
    "is reset": scenario(*HALF, Reset()),
    "is reset, compressed": scenario(*HALF, Reset(), gzip=True),
    "ends with half a line": scenario(*HALF, Raw(b'data: {"cho'), ending=False),
    "ends with half a JSON": scenario(*HALF, Raw(b'{"message": {"con'), ending=False),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_stream_that_breaks_off_is_a_failure_that_keeps_its_text(
    case: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(BROKEN[case])
    heard = await hear(connect(wire), asking(wire.model))
    # A half-written bare line is, to SSE, a field of an unknown name: the stream just ends.
    assert (heard.text, heard.reasoning) == ("Half an ans", "Hmm. ")
    assert heard.done is None
    assert heard.code == "bad_response"
    assert heard.error is not None
    assert heard.error.retryable


async def test_an_error_in_the_middle_keeps_the_text_and_says_what_happened(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(*HALF, Fail("worker 7 ran out of memory"), Say("never seen")))
    heard = await hear(connect(wire), asking(wire.model))
    assert (heard.text, heard.reasoning) == ("Half an ans", "Hmm. ")
    assert heard.done is None
    assert heard.error is not None
    assert heard.error.code == "hardware"
    assert heard.error.detail.rstrip("]").endswith("worker 7 ran out of memory")
    assert "{" not in heard.error.detail


async def test_an_error_in_the_same_packet_as_text_does_not_swallow_the_text(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(*HALF, Fail(), cut_at=0))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.text == "Half an ans"
    assert heard.error is not None


@pytest.mark.parametrize(
    "line",
    [
        b'event: error\ndata: {"message": "worker died", "type": "server_error"}\n\n',
        b"event: error\ndata: worker died\n\n",
        b'error: {"code": 500, "message": "worker died"}\n\n',
        b'data: {"error": "worker died", "error_type": "generation"}\n\n',
        b'data: {"error": {"message": "worker died"}}\n\n',
        b'data: {"error": {"code": "server_error", "message": "worker died"}, "choices": []}\n\n',
    ],
    ids=["event: error", "event: error in words", "error:", "TGI", "without a code", "beside choices"],
)
async def test_every_way_to_say_error_in_a_stream_is_an_error(
    line: bytes, sse_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(*HALF, Raw(line), ending=False))
    heard = await hear(connect(sse_wire), asking(sse_wire.model))
    assert heard.text == "Half an ans"
    assert heard.done is None
    assert heard.error is not None
    assert heard.error.detail == "worker died"


SILENT: dict[str, Scenario] = {
    "nothing": scenario(status=200, body=b""),
    "nothing but the frame": scenario(ending=False),
    "a web page": scenario(
        status=200, body=b"<!doctype html><title>Log in</title><p>x", content_type="text/html"
    ),
    "a web page that is called a stream": scenario(status=200, body=b"\n <html>Log in</html>"),
    "JSON of another kind": scenario(status=200, body=b'{"hello": "world"}', content_type="application/json"),
    "a number": scenario(status=200, body=b"42\n\n"),
    "an end without words": scenario(End(counts=Counts(11, 0))),
    "an end after nothing but odd chunks": scenario(Odd(), End()),
}


@pytest.mark.parametrize("case", SILENT)
async def test_an_answer_without_a_word_is_a_failure(
    case: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(SILENT[case])
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.done is None
    assert heard.code == "bad_response"
    assert heard.error is not None
    assert heard.error.detail
    assert "<" not in heard.error.detail


async def test_an_error_inside_a_200_is_that_error(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    body = {"error": {"code": 402, "message": "Insufficient credits"}}
    upstream.play(refusal(402, body).but(status=200))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.code == "quota"
    assert heard.error is not None
    assert heard.error.detail == "Insufficient credits"


async def test_reasoning_alone_is_no_answer(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Think("Hmm."), End()))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.reasoning == "Hmm."
    assert heard.code == "bad_response"


async def test_reasoning_that_used_up_the_limit_ends_with_length_and_what_it_cost(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Think("Hmm."), End("length", Counts(11, 64))))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.done is not None
    assert (heard.done.finish, heard.done.usage.output) == ("length", 64)


async def test_an_answer_that_the_service_withheld_is_blocked(
    wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(wire)
    if wire.name == "ollama":
        upstream.play(refusal(400, {"error": "blocked by the content policy"}))
    else:
        upstream.play(scenario(End("content_filter")))
    heard = await hear(connector, asking(wire.model))
    assert heard.code == "content_blocked"


async def test_after_the_end_a_broken_connection_no_longer_matters(
    one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say("All."), End(counts=Counts(11, 2)), Reset()))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.error is None
    assert heard.text == "All."
    assert heard.done is not None


async def test_after_the_end_a_connection_that_stays_open_is_not_waited_for(
    one_wire: Wire, upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.wire.transport.AFTER_END", 0.1)
    upstream.play(scenario(Say("All."), End(counts=Counts(11, 2)), Stall()))
    patient = Timeouts(connect=20, first_byte=20, chunk=3600)
    heard = await hear(connect(one_wire, timeouts=patient), asking(one_wire.model))
    assert heard.error is None
    assert heard.done is not None


@pytest.mark.parametrize(
    ("steps", "patience"),
    [((Stall(),), (1, 20)), ((Say("Half"), Stall()), (20, 0.25))],
    ids=["at once", "after a word"],
)
async def test_a_server_that_falls_silent_is_given_up(
    steps: tuple[Stall | Say, ...],
    patience: tuple[float, float],
    wire: Wire,
    upstream: Upstream,
    connect: Connect,
) -> None:
    if wire.provider in ("gemini", "huggingface"):
        # The import of an SDK is no silence of the server.
        await hear(connect(wire), asking("plain"))
    upstream.play(scenario(*steps))
    heard = await hear(connect(wire, timeouts=Timeouts(20, *patience)), asking(wire.model))
    assert heard.code == "timeout"
    assert heard.text == ("Half" if len(steps) > 1 else "")
    await asyncio.wait_for(upstream.chats()[-1].disconnected.wait(), 10)


async def test_comments_keep_a_stream_alive(sse_wire: Wire, upstream: Upstream, connect: Connect) -> None:
    waiting = (Raw(b": keepalive\n\n"), Wait(0.5)) * 5
    upstream.play(scenario(*waiting, *PLAIN.steps))
    connector = connect(sse_wire, timeouts=Timeouts(connect=20, first_byte=2, chunk=2))
    heard = await hear(connector, asking(sse_wire.model))
    assert heard.error is None
    assert heard.done is not None


async def test_a_server_that_sends_nothing_but_comments_is_given_up(
    sse_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(*((Raw(b": keepalive\n\n"), Wait(0.1)) * 10_000)))
    connector = connect(sse_wire, timeouts=Timeouts(connect=20, first_byte=0.4, chunk=0.4))
    heard = await hear(connector, asking(sse_wire.model))
    assert heard.code == "timeout"
