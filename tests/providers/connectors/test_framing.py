"""However the bytes of a whole answer are framed, the same answer arrives."""

import asyncio
from typing import Any

import orjson
import pytest

from providers.types import Usage
from providers.wire import transport
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import Heard, asking, hear
from tests.upstreams import Upstream
from tests.upstreams.script import Counts, End, Odd, Payload, Raw, Say, Scenario, Think, scenario
from tests.upstreams.wire import Wire

SPOKEN = "Merhaba, dünya! 🚀 Привет."
THOUGHT = "Düşün… "
STEPS = (Think(THOUGHT), Say("Merhaba, "), Say("dünya! 🚀"), Say(" Привет."), End(counts=Counts(11, 7)))
WHOLE = Scenario(STEPS)

ANY_WIRE: dict[str, Scenario] = {
    "as it is": WHOLE,
    "one byte at a time": WHOLE.but(split=1),
    "three bytes at a time": WHOLE.but(split=3),
    "with CRLF": WHOLE.but(newline=b"\r\n"),
    "compressed": WHOLE.but(gzip=True),
    "compressed, a byte at a time": WHOLE.but(gzip=True, split=1),
    "without the last line end": WHOLE.but(strip_end=True),
    "after a while": WHOLE.but(delay=0.05),
    "with chunks that say nothing": scenario(Odd(), *STEPS[:2], Odd(), *STEPS[2:]),
    "with blank lines": scenario(Raw(b"\n\n"), *STEPS[:2], Raw(b"\n\r\n\n"), *STEPS[2:]),
    "in one JSON instead of a stream": WHOLE.but(whole=True),
    "in one JSON that is called a stream": WHOLE.but(whole=True, content_type="text/event-stream"),
    "as plain text": WHOLE.but(content_type="text/plain"),
    "as a stream that is called JSON": WHOLE.but(content_type="application/json"),
}
EVENTS_ONLY: dict[str, Scenario] = {
    "with CR": WHOLE.but(newline=b"\r"),
    "with CR, a byte at a time": WHOLE.but(newline=b"\r", split=1),
    "with CRLF, a byte at a time": WHOLE.but(newline=b"\r\n", split=1),
    "with a BOM": WHOLE.but(begins_with=b"\xef\xbb\xbf"),
    "after comments": WHOLE.but(begins_with=b": OPENROUTER PROCESSING\n\n: keepalive\n\n"),
    "with comments in between": scenario(*STEPS[:2], Raw(b": ping\n\n:\n\n"), *STEPS[2:]),
    "with ids and retry times": scenario(Raw(b"id: 1\nretry: 3000\n\n"), *STEPS),
    "without the blank": WHOLE.but(prefix=b"data:"),
    "in several data lines": WHOLE.but(lines=True),
    "in several data lines with CRLF": WHOLE.but(lines=True, newline=b"\r\n"),
    "without an end mark": WHOLE.but(ending=False),
}


def check_whole(heard: Heard, wire: Wire) -> None:
    assert heard.error is None
    assert heard.text == SPOKEN
    assert heard.reasoning == THOUGHT
    assert heard.done is not None
    assert heard.done.finish == "stop"
    assert heard.done.usage == Usage(input=11, output=7, cost_usd=heard.done.usage.cost_usd)


@pytest.mark.parametrize("case", ANY_WIRE)
async def test_an_answer_arrives_whole(case: str, wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(ANY_WIRE[case])
    check_whole(await hear(connect(wire), asking(wire.model)), wire)


@pytest.mark.parametrize("case", EVENTS_ONLY)
async def test_an_answer_of_events_arrives_whole(
    case: str, sse_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(EVENTS_ONLY[case])
    check_whole(await hear(connect(sse_wire), asking(sse_wire.model)), sse_wire)


async def test_an_event_named_message_is_like_any_other(
    sse_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Raw(b"event: message\n"), *STEPS))
    heard = await hear(connect(sse_wire), asking(sse_wire.model))
    assert heard.text == SPOKEN


@pytest.mark.parametrize("waits", [True, False], ids=["", "no wait for what comes after the end"])
async def test_an_answer_may_be_cut_at_every_byte(
    one_wire: Wire, upstream: Upstream, connect: Connect, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request gets the same bytes in two writes, one byte further on. Once the model has said that it is
    done, the second may come too late."""
    if not waits:
        monkeypatch.setattr(transport, "AFTER_END", 0)
    short = scenario(Think("ö"), Say("🚀"), End(counts=Counts(11, 7)), newline=b"\r\n")
    connector = connect(one_wire)

    async def ask(at: int) -> tuple[int, str, str, str | None]:
        upstream.scenarios[f"cut-{at}"] = short.but(cut_at=at)
        heard = await hear(connector, asking(f"cut-{at}"))
        return at, heard.text, heard.reasoning, str(heard.error) if heard.error else None

    await ask(0)
    length = upstream.chats()[0].sent
    assert length > 100
    for start in range(1, length, 50):
        answers = await asyncio.gather(*(ask(at) for at in range(start, min(start + 50, length))))
        assert {a[0]: a[1:] for a in answers if a[1:] != ("🚀", "ö", None)} == {}


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\u0085", "\u000b"], ids=ascii)
async def test_a_line_separator_inside_a_text_is_text(
    char: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(scenario(Say(f"one{char}two"), End()))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.error is None
    assert heard.text == f"one{char}two"


async def test_a_line_of_eight_megabytes_is_read(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    upstream.play(scenario(Say("x" * 8_000_000), Say("end"), End()))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.error is None
    assert len(heard.text) == 8_000_003
    assert heard.text.endswith("xend")


@pytest.mark.parametrize(
    ("escaped", "shown"), [(b"\\ud83d", "\ufffd"), (b"\\u0000", "\x00")], ids=["half a pair", "NUL"]
)
async def test_an_odd_character_never_breaks_an_answer(
    escaped: bytes, shown: str, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    chunks: list[Any] = [orjson.dumps(chunk) for chunk in wire.chunks(Say("a@b"))]
    odd = [Payload(chunk.replace(b"@", escaped)) for chunk in chunks]
    upstream.play(scenario(*odd, Say("c"), End()))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.error is None
    assert heard.text == f"a{shown}bc"
    heard.text.encode()
