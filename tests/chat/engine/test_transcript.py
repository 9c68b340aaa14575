import orjson
from hypothesis import given
from hypothesis import strategies as st

from chat.engine.transcript import Transcript
from conversations.answer_parts import Delta, Facts, WholePart, fold_pieces, take_until_gap
from conversations.records import AnswerHeader, ToolCallPart
from conversations.store.journal_lines import parse_journal
from conversations.store.lines import encode_record

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
    assert [frame.body for frame in live.frames_since(0)] == [frame.body for frame in first]
    assert [frame.seq for frame in live.frames_since(1)] == [1, 2]


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


CALL: ToolCallPart = {"type": "tool_call", "id": "c1", "name": "look", "arguments": "{}"}


def journal(*lines: str) -> bytes:
    return encode_record(HEADER) + "".join(lines).encode()  # type: ignore[arg-type]


def test_a_part_that_came_whole_is_numbered_among_the_deltas() -> None:
    live = transcript()
    live.add("text", "a")
    frame = live.add_numbered(WholePart(1, CALL))
    assert orjson.loads(frame.body) == {
        "type": "part",
        "conversation": "20261120-100000-abcdefgh",
        "message": "a1",
        "seq": 1,
        "part": CALL,
    }
    assert (frame.seq, live.seq) == (1, 2)
    assert live.add("text", "b")[0].seq == 2
    assert next(live.frames_since(1)).body == frame.body
    assert live.parts() == [{"type": "text", "text": "a"}, CALL, {"type": "text", "text": "b"}]


def test_facts_stand_in_the_header_and_in_the_journal_and_change_no_header_that_was_given() -> None:
    live = transcript()
    first = live.header
    line = live.set_facts({"memory": 7})
    assert live.header == {**HEADER, "memory": 7}
    live.set_header({**HEADER, "status": "queued", "position": 1})
    assert live.header == {**HEADER, "status": "queued", "position": 1, "memory": 7}
    live.set_facts({"unread": 2})
    assert live.header == {**HEADER, "status": "queued", "position": 1, "unread": 2}
    assert first == HEADER
    assert parse_journal(journal(line)).facts == {"memory": 7}


SAID = st.tuples(st.sampled_from(["text", "reasoning", "sign"]), st.text("aé😀 ", min_size=1, max_size=4))


@given(st.lists(SAID, max_size=20), st.integers(0, 20))
def test_its_journal_says_what_it_shows_from_its_first_line_or_written_down_later(
    said: list[tuple[str, str]], place: int
) -> None:
    live, lines = transcript(), []
    lines.append(live.set_facts({"memory": 7}))
    later: list[str] = []
    for number, (part, text) in enumerate(said):
        if number == place:
            later = live.lines()
        line = live.sign(text) if part == "sign" else live.add(part, text)[1]  # type: ignore[arg-type]
        lines.append(line)
        if number >= place:
            later.append(line)
    shown = [{name: value for name, value in part.items() if name != "ms"} for part in live.parts()]
    for written in (lines, later if len(said) > place else live.lines()):
        found = parse_journal(journal(*written))
        assert fold_pieces(found.pieces).as_list() == shown
        assert found.facts == {"memory": 7}


@given(st.lists(SAID, max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_another_process_shows_the_same_frames_whether_it_heard_them_or_read_the_journal(
    said: list[tuple[str, str]], heard: int, read: int
) -> None:
    live, frames, lines = transcript(), [], []
    for part, text in said:
        if part == "sign":
            lines.append(live.sign(text))
            continue
        frame, line = live.add(part, text)  # type: ignore[arg-type]
        frames.append(frame)
        lines.append(line)
    other = Transcript(live.conversation, HEADER, remote=True)
    shown = []
    for frame in frames[:heard]:
        event = orjson.loads(frame.body)
        shown.append(other.add_numbered(Delta(event["seq"], event["part"], event["text"])))
    found = parse_journal(journal(*lines[:read]))
    shown += other.catch_up(fold_pieces(take_until_gap(found.pieces)), found.facts)
    found = parse_journal(journal(*lines))
    shown += other.catch_up(fold_pieces(take_until_gap(found.pieces)), found.facts)
    assert [frame.body for frame in shown] == [frame.body for frame in frames]
    told = [(part["type"], part.get("text"), part.get("signature")) for part in other.parts()]
    assert told == [(part["type"], part.get("text"), part.get("signature")) for part in live.parts()]


def test_a_fact_that_another_process_found_out_before_the_first_word_is_taken() -> None:
    other = Transcript("c", HEADER, remote=True)
    assert other.catch_up(fold_pieces([]), Facts({"sources": [{"n": 1}]}).facts) == []
    assert other.header["sources"] == [{"n": 1}]


PARTS = st.lists(st.tuples(st.sampled_from(["text", "reasoning"]), st.text(min_size=1)), max_size=8)


@given(PARTS, st.data())
def test_what_a_record_says_beyond_what_was_shown_is_shown_before_it(
    deltas: list[tuple[str, str]], data: st.DataObject
) -> None:
    whole, behind = transcript(), transcript()
    had = data.draw(st.integers(0, len(deltas)))
    for part, text in deltas:
        whole.add(part, text)  # type: ignore[arg-type]
    for part, text in deltas[:had]:
        behind.add(part, text)  # type: ignore[arg-type]
    frames = behind.end_with(whole.parts())
    assert [(part["type"], part["text"]) for part in behind.parts()] == [  # type: ignore[typeddict-item]
        (part["type"], part["text"])  # type: ignore[typeddict-item]
        for part in whole.parts()
    ]
    assert [frame.seq for frame in frames] == list(range(had, had + len(frames)))


def test_a_record_that_says_something_else_adds_nothing() -> None:
    live = transcript()
    live.add("text", "abc")
    assert live.end_with([{"type": "text", "text": "abx and more"}]) == []
    assert live.end_with([{"type": "reasoning", "text": "abc and more"}]) == []
    assert live.end_with([]) == []
