from functools import partial
from hashlib import sha256

import pytest

from chat.dialogue.script import (
    DialogueUsage,
    Line,
    limit_reached,
    messages_for,
    named_speaker,
    next_in_turn,
    repeats_itself,
    system_for,
)
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
    assert [next_in_turn(lines, NAMES) for lines in spoken] == ["Ayşe", "Boris", "Ayşe"]


def test_whose_turn_it_is_does_not_change_where_a_person_speaks_or_somebody_has_left() -> None:
    lines = [
        said(None, "Begin."),
        said("Ayşe", "Hello."),
        said("Dora", "Bye."),
        said(None, "Go on."),
        said(None, "Do!"),
    ]
    assert next_in_turn(lines, NAMES) == "Boris"


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
    assert named_speaker(answer, NAMES) == name


CIRCLE = "I agree with all of that, and I would say it exactly as you did."


def talk_of(*ayse: str) -> list[Line]:
    """What Ayşe says; between, Boris says something else each time."""
    boris = [said("Boris", sha256(str(place).encode()).hexdigest()) for place in range(len(ayse))]
    lines = [line for pair in zip(map(partial(said, "Ayşe"), ayse), boris, strict=True) for line in pair]
    return lines[:-1]


@pytest.mark.parametrize(
    "short", ["No.", "Yes.", "Hayır.", "Нет.", "I agree.", "Go on, please.", "...", "", "👍"]
)
def test_what_is_short_may_be_said_as_often_as_one_likes(short: str) -> None:
    assert not repeats_itself(talk_of(*[short] * 9))


@pytest.mark.parametrize(
    "lines",
    [
        [CIRCLE] * 3,
        [CIRCLE, CIRCLE.upper(), CIRCLE.replace(" ", "  ")],
        [CIRCLE, "Now for something else entirely, which nobody has thought of yet.", CIRCLE, CIRCLE],
        [CIRCLE, CIRCLE + " Indeed.", CIRCLE],
        ["Ben de sizin gibi düşünüyorum, söyleyecek başka sözüm kalmadı doğrusu."] * 3,
        ["很好，我完全同意你的看法。" * 5] * 3,
    ],
)
def test_a_speaker_that_goes_round_in_circles_ends_the_dialogue(lines: list[str]) -> None:
    talk = talk_of(*lines)
    assert repeats_itself(talk)
    assert not repeats_itself(talk[:-1]), "not before, nor on what the other says"


@pytest.mark.parametrize(
    "lines",
    [
        [CIRCLE],
        [CIRCLE, CIRCLE],
        [CIRCLE, CIRCLE, "Now for something else entirely, which nobody has thought of yet."],
        [
            CIRCLE,
            CIRCLE,
            *[f"{sha256(bytes([number])).hexdigest()} of its own" for number in range(4)],
            CIRCLE,
        ],
    ],
)
def test_one_repetition_or_one_of_long_ago_is_no_circle(lines: list[str]) -> None:
    assert not repeats_itself(talk_of(*lines))


def test_a_person_may_say_anything_again() -> None:
    assert not repeats_itself([said(None, CIRCLE)] * 5)


def test_the_first_limit_that_is_reached_is_named() -> None:
    limits = {"turns": 3, "tokens": 100, "usd": None, "seconds": None}
    assert limit_reached(DialogueUsage(turns=2, tokens=99, usd=50.0), limits) is None
    assert limit_reached(DialogueUsage(turns=3), limits) == "turns"
    assert limit_reached(DialogueUsage(tokens=100), limits) == "tokens"
