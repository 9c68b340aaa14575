"""Answers that another process gives, as readers of this one see them: by what is heard and the journal."""

from collections.abc import AsyncIterator, Iterator

import pytest

from chat.engine.frames import make_frame
from chat.engine.peers import remote_answers
from chat.engine.peers.remote_answers import RemoteAnswers, list_remote_answers
from chat.engine.reader import Reader
from chat.engine.room import Room
from chat.engine.transcript import Transcript
from conversations.files.store import FileStore
from conversations.store.homes import Homes
from tests.chat.engine.conftest import Event, Shown, taken
from tests.conversations.samples import ID, answer, conversation, header, user


class Elsewhere:
    """An answer in another process: what it says goes to its journal, and is heard where the test says so."""

    def __init__(self, store: FileStore) -> None:
        self.live = Transcript(ID, header("a1", "u1"))
        self.journal = store.journals.begin(ID, header("a1", "u1"))

    def say(self, text: str, *, written: bool = True) -> str:
        heard, line = self.live.add("text", text)
        if written:
            self.journal.write(line.encode())
        return heard.body

    def start(self) -> str:
        return make_frame({"type": "start", "conversation": ID, "message": self.live.header}).body


@pytest.fixture
def room(store: FileStore, shown: Shown) -> Room:
    return Room(store.create(conversation(), user("u1")), shown)


@pytest.fixture
def elsewhere(store: FileStore, room: Room) -> Iterator[Elsewhere]:
    made = Elsewhere(store)
    yield made
    made.journal.close()


@pytest.fixture
def reader(room: Room) -> Reader:
    made = Reader()
    room.follow(made)
    return made


@pytest.fixture
async def answers(store: FileStore) -> AsyncIterator[RemoteAnswers]:
    made = RemoteAnswers(Homes(store))
    yield made
    await made.aclose()


async def look(answers: RemoteAnswers, room: Room) -> None:
    for found in await answers.find_journals([room], temporary=False):
        await answers.take_in(found)


async def hear(answers: RemoteAnswers, room: Room, body: str) -> None:
    """And wait until a gap before it is filled, or left."""
    answers.take_frame({room.id: room}, body)
    await answers.wait_until_filled()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_answers, "WAIT", 0.0)


def deltas(events: list[Event]) -> list[tuple[int, str]]:
    return [(event["seq"], event["text"]) for event in events if event["type"] == "delta"]


async def test_what_streams_elsewhere_is_taken_up_where_its_journal_stands(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    elsewhere.journal.write(elsewhere.live.set_facts({"memory": 5}).encode())
    elsewhere.say("Hel")
    elsewhere.say("lo")
    elsewhere.journal.write(elsewhere.live.sign("s").encode())
    await look(answers, room)
    events = await taken(reader)
    assert events[0]["type"] == "start"
    assert deltas(events) == [(0, "Hel"), (1, "lo")]
    assert list_remote_answers(room) == ["a1"]
    assert room.live["a1"].header == {**header("a1", "u1"), "memory": 5}
    assert [part["type"] for part in room.live["a1"].parts()] == ["text", "reasoning"]


@pytest.mark.parametrize("lost", [[], [0], [1, 2], [0, 1, 2, 3]])
async def test_what_was_not_heard_is_filled_from_the_journal_and_nothing_comes_twice(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere, lost: list[int]
) -> None:
    await hear(answers, room, elsewhere.start())
    said = [elsewhere.say(text) for text in "abcde"]
    for number, body in enumerate(said):
        if number not in lost:
            await hear(answers, room, body)
            await hear(answers, room, body)
    events = await taken(reader)
    assert events[0]["type"] == "start"
    assert deltas(events) == list(enumerate("abcde"))


async def test_a_gap_that_the_journal_cannot_fill_is_waited_for_and_then_left(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    await hear(answers, room, elsewhere.start())
    first, _, third = (elsewhere.say(text, written=False) for text in "abc")
    await hear(answers, room, first)
    await hear(answers, room, third)
    assert deltas(await taken(reader)) == [(0, "a")]
    for body in elsewhere.live.lines():
        elsewhere.journal.write(body.encode())
    await hear(answers, room, elsewhere.say("d"))
    assert deltas(await taken(reader)) == [(1, "b"), (2, "c"), (3, "d")]


async def test_an_answer_that_has_its_record_is_not_shown_again(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    await room.append(answer("a1", "u1"))
    await hear(answers, room, elsewhere.start())
    await hear(answers, room, elsewhere.say("a"))
    await look(answers, room)
    assert [event["type"] for event in await taken(reader)] == ["record"]
    assert room.live == {}


async def test_an_answer_of_this_process_is_never_taken_for_anothers(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    own = room.live["a1"] = elsewhere.live
    elsewhere.say("a")
    await answers.fill(room, "a1")
    assert room.live["a1"] is own
    assert list_remote_answers(room) == []
    room.show(make_frame({"type": "end of the test"}))
    assert [event["type"] for event in await taken(reader)] == ["end of the test"]


async def test_a_note_from_elsewhere_stays_beside_its_answer(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    await hear(answers, room, elsewhere.start())
    note = make_frame(
        {"type": "note", "conversation": ID, "message": "a1", "code": "reading_files", "text": ""}
    )
    await hear(answers, room, note.body)
    late = Reader()
    await room.open(late)
    assert [event["type"] for event in await taken(reader)] == ["start", "note"]
    assert [event["type"] for event in await taken(late)] == ["snapshot", "note"]


async def test_many_frames_at_once_stay_in_their_order(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    bodies = [elsewhere.start(), *(elsewhere.say(text) for text in "abcdefgh")]
    for body in bodies:
        answers.take_frame({room.id: room}, body)
    assert deltas(await taken(reader)) == list(enumerate("abcdefgh"))


@pytest.mark.parametrize("unheard", range(1, 6))
async def test_what_comes_while_a_gap_is_filled_waits_behind_it(
    answers: RemoteAnswers, room: Room, reader: Reader, elsewhere: Elsewhere, unheard: int
) -> None:
    bodies = [elsewhere.start(), *(elsewhere.say(text, written=False) for text in "abcdefgh")]
    for body in [*bodies[:1], *bodies[1 + unheard :]]:
        answers.take_frame({room.id: room}, body)
    for line in elsewhere.live.lines()[:unheard]:
        elsewhere.journal.write(line.encode())
    await answers.wait_until_filled()
    assert deltas(await taken(reader)) == list(enumerate("abcdefgh"))


async def test_an_answer_that_streams_elsewhere_no_more_is_looked_for_in_the_file(
    answers: RemoteAnswers, store: FileStore, room: Room, reader: Reader, elsewhere: Elsewhere
) -> None:
    elsewhere.say("a")
    await look(answers, room)
    live = room.live["a1"]
    store.append(ID, [answer("a1", "u1", "a")])
    elsewhere.journal.remove()
    await look(answers, room)
    assert [event["type"] for event in await taken(reader)] == ["start", "delta", "record"]
    assert room.live == {}
    assert live.ended.is_set()
