import pytest

from chat.dialogue.script import Line, Spent, after, chosen, limit_reached, messages_for, repeats, system_for
from conversations.records import AttachmentPart
from providers.types import Image, Message, Text

NAMES = ["Ayşe", "Boris", "Cem"]


def said(speaker: str | None, text: str) -> Line:
    return Line(text[:4], speaker, text)


def test_a_speaker_sees_its_own_lines_as_its_own_and_the_others_with_their_names() -> None:
    lines = [said(None, "Begin."), said("Ayşe", "Hello."), said("Boris", "Hi.")]
    assert messages_for("Boris", lines, lambda part: None) == [
        Message("user", (Text("Begin."),)),
        Message("user", (Text("Ayşe: Hello."),)),
        Message("assistant", (Text("Hi."),)),
    ]


def test_what_a_person_attached_is_shown_to_every_speaker_with_the_line() -> None:
    picture: AttachmentPart = {
        "type": "image",
        "sha256": "a" * 64,
        "name": "cat.png",
        "mime": "image/png",
        "bytes": 3,
    }
    lines = [Line("1", None, "Look.", [picture]), said("Ayşe", "A cat."), Line("2", None, "", [picture])]
    shown = Image(b"png", "image/png")
    assert messages_for("Boris", lines, lambda part: shown if part == picture else None) == [
        Message("user", (Text("Look."), shown)),
        Message("user", (Text("Ayşe: A cat."),)),
        Message("user", (shown,)),
    ]


def test_a_speaker_is_told_who_it_is_and_with_whom_it_talks() -> None:
    system = system_for("Cem", NAMES, "You are a poet.")
    assert "You are Cem" in system
    assert "Ayşe, Boris" in system
    assert system.endswith("You are a poet.")


def test_round_robin_begins_with_the_first_and_comes_round() -> None:
    spoken = [[], [said("Ayşe", "Hello.")], [said("Ayşe", "Hello."), said("Cem", "Hi.")]]
    assert [after(lines, NAMES) for lines in spoken] == ["Ayşe", "Boris", "Ayşe"]


def test_whose_turn_it_is_does_not_change_where_a_person_speaks_or_somebody_has_left() -> None:
    lines = [
        said(None, "Begin."),
        said("Ayşe", "Hello."),
        said("Dora", "Bye."),
        said(None, "Go on."),
        said(None, "Do!"),
    ]
    assert after(lines, NAMES) == "Boris"


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Boris", "Boris"),
        ("**boris**, because Cem spoke", "Boris"),
        ("END", None),
        ("I think that is the end.", None),
        ("dunno", "Ayşe"),
        ("Cemal", "Ayşe"),
    ],
)
def test_a_moderators_word_is_read_for_the_first_name_in_it(answer: str, name: str | None) -> None:
    assert chosen(answer, NAMES) == name


def test_a_line_said_again_ends_the_dialogue() -> None:
    lines = [
        said("Ayşe", "I agree with all of that."),
        said("Boris", "Yes."),
        said("Ayşe", "I agree with  all of THAT."),
    ]
    assert repeats(lines)
    assert not repeats(lines[:-1])
    assert not repeats([*lines[:-1], said("Ayşe", "Now for something else entirely.")])
    assert not repeats([said(None, "Go on."), lines[0], said(None, "Go on.")]), "a person may say it again"


def test_the_first_limit_that_is_reached_is_named() -> None:
    limits = {"turns": 3, "tokens": 100, "usd": None, "seconds": None}
    assert limit_reached(Spent(turns=2, tokens=99, usd=50.0), limits) is None
    assert limit_reached(Spent(turns=3), limits) == "turns"
    assert limit_reached(Spent(tokens=100), limits) == "tokens"
