import pytest

from chat.doors.sse import cursor_after, parse_cursor
from chat.engine.frames import Frame
from chat.engine.room import Position


def test_a_cursor_reads_back_as_it_was_written() -> None:
    position = Position(120, {"a1": 4})
    assert parse_cursor(cursor_after(position, Frame("", message="a2", seq=0))) == Position(
        120, {"a1": 4, "a2": 1}
    )


def test_a_delta_moves_its_answer_and_a_record_ends_it() -> None:
    position = Position(120)
    assert cursor_after(position, Frame("", message="a1", seq=6)) == "120,a1:7"
    assert cursor_after(position, Frame("", message="a1", offset=300)) == "300"


@pytest.mark.parametrize("text", ["", "x", "12,a1", "12,a1:x", "12,../a:1", "12,:3"])
def test_what_is_no_cursor_is_not_guessed_at(text: str) -> None:
    assert parse_cursor(text) is None
