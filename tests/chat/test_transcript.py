import orjson

from chat.engine.transcript import Transcript
from conversations.records import AnswerHeader

HEADER: AnswerHeader = {
    "type": "message",
    "at": "2026-11-20T10:00:00.000Z",
    "id": "a1",
    "parent": "u1",
    "role": "assistant",
    "lane": "l1",
    "model": "echo/echo",
    "status": "streaming",
}


def transcript() -> Transcript:
    ticks = iter(range(100))
    return Transcript("20261120-100000-abcdefgh", HEADER, clock=lambda: float(next(ticks)))


def test_deltas_are_numbered_from_zero_and_carry_only_what_is_new() -> None:
    live = transcript()
    frames = [live.add("text", text)[0] for text in ("a", "b")]
    events = [orjson.loads(frame.body) for frame in frames]
    assert [event["seq"] for event in events] == [0, 1]
    assert [event["text"] for event in events] == ["a", "b"]
    assert live.seq == 2


def test_parts_keep_the_order_in_which_reasoning_and_text_came() -> None:
    live = transcript()
    for part, text in (("reasoning", "hm"), ("reasoning", "m"), ("text", "Yes"), ("text", ".")):
        live.add(part, text)  # type: ignore[arg-type]
    assert live.parts() == [
        {"type": "reasoning", "text": "hmm", "ms": 1000},
        {"type": "text", "text": "Yes."},
    ]


def test_what_is_sent_again_is_what_was_sent_first() -> None:
    live = transcript()
    first = [live.add("reasoning", "r")[0], live.add("text", "é🚀")[0], live.add("text", "\u2028")[0]]
    assert [frame.body for frame in live.since(0)] == [frame.body for frame in first]
    assert [frame.seq for frame in live.since(1)] == [1, 2]


def test_half_a_surrogate_pair_from_a_server_does_not_break_the_answer() -> None:
    frame, line = transcript().add("text", "x\ud83d")
    assert orjson.loads(frame.body)["text"] == "x�"
    assert orjson.loads(line)["text"] == "x�"


def test_a_journal_line_says_the_same_as_its_delta() -> None:
    frame, line = transcript().add("reasoning", 'say "hi"\n')
    event = orjson.loads(frame.body)
    assert orjson.loads(line) == {name: event[name] for name in ("seq", "part", "text")}
    assert line.endswith("\n")
    assert line.count("\n") == 1


def test_an_answer_without_a_word_has_no_parts() -> None:
    assert transcript().parts() == []
