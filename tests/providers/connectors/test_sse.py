import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import ProviderError
from providers.wire.sse import Event, EventSplitter, LineSplitter

STREAM = (
    b"\xef\xbb\xbf: a comment\n\nevent: greeting\ndata: one\n\ndata:two\ndata: lines\n\nid: 7\nretry: 100\n"
    b"data: \xf0\x9f\x9a\x80 \xe2\x80\xa8 \xc2\x85\n\ndata\ndata: x\n\n: data: no\nevent: lost\n\n"
    b'error: {"code": 500}\ndata: [DONE]'
)
EVENTS = [
    Event(b"greeting", b"one"),
    Event(b"", b"two\nlines"),
    Event(b"", b"\xf0\x9f\x9a\x80 \xe2\x80\xa8 \xc2\x85"),
    Event(b"", b"\nx"),
    Event(b"error", b'{"code": 500}'),
    Event(b"", b"[DONE]"),
]
NEWLINES = [b"\n", b"\r\n", b"\r"]


def events_of(*chunks: bytes) -> list[Event]:
    splitter = EventSplitter()
    return [event for chunk in chunks for event in splitter.feed(chunk)] + splitter.finish()


@pytest.mark.parametrize("newline", NEWLINES, ids=["LF", "CRLF", "CR"])
def test_events_are_the_same_wherever_the_bytes_were_cut(newline: bytes) -> None:
    data = STREAM.replace(b"\n", newline)
    assert events_of(data) == EVENTS
    assert events_of(*(data[i : i + 1] for i in range(len(data)))) == EVENTS
    for at in range(len(data) + 1):
        assert events_of(data[:at], b"", data[at:]) == EVENTS


def test_line_ends_may_be_mixed() -> None:
    assert events_of(b"data: a\r\n\rdata: b\n\r\ndata: c\r\r") == [
        Event(b"", b"a"),
        Event(b"", b"b"),
        Event(b"", b"c"),
    ]


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\xf0\x9f", b": "]), max_size=30), st.data())
def test_lines_are_those_of_bytes_splitlines(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    at = data.draw(st.integers(0, len(whole)))
    splitter = LineSplitter()
    lines = [*splitter.feed(whole[:at]), *splitter.feed(whole[at:])]
    rest = splitter.finish()
    assert [*lines, *([rest] if rest else [])] == whole.splitlines()


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.wire.sse.MAX_LINE", 1000)
    splitter = LineSplitter()
    splitter.feed(b"x" * 900)
    with pytest.raises(ProviderError, match="a line of more than"):
        splitter.feed(b"x" * 200)
