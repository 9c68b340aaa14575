"""Deltas in the short form: what a socket that asked for it is told says the same as what all others are."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect

from chat.engine import short_deltas
from chat.engine.frames import Frame, make_frame, record_frame
from chat.engine.short_deltas import ShortDeltas
from chat.engine.transcript import Transcript
from conversations.records import AnswerHeader
from tests.conversations.samples import ID, answer
from tests.services.server import Divan
from tests.services.wire import wire

Event = dict[str, Any]
SAID = "/echo reasoning length=60 speed=0"


class Client:
    """Reads what a server says in the short form, as docs/protocol.md has it."""

    def __init__(self) -> None:
        self.answers: dict[int, Event] = {}
        self.short = 0

    def read(self, message: str) -> list[Event]:
        said = json.loads(message)
        if isinstance(said, list):
            self.short += len(said)
            return [self.long(*each) for each in said]
        if (number := said.pop("number", None)) is not None:
            self.answers[number] = {name: said[name] for name in ("conversation", "message")}
        return [said]

    def long(self, number: int, seq: int, text: str, part: str = "text") -> Event:
        return {"type": "delta", **self.answers[number], "seq": seq, "part": part, "text": text}


def header(message: str) -> AnswerHeader:
    said = {"type": "message", "id": message, "parent": "u1", "role": "assistant", "lane": "a"}
    return cast(AnswerHeader, {**said, "model": "echo/echo", "status": "streaming"})


STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["text", "reasoning", "start", "record"]), st.text())
)


def frames_of(steps: list[tuple[int, str, str]]) -> list[Frame]:
    """Of five answers, in any order."""
    transcripts = [Transcript(ID, header(f"a{number}")) for number in range(5)]
    made = []
    for number, kind, text in steps:
        if kind == "start":
            made.append(
                make_frame({"type": "start", "conversation": ID, "message": transcripts[number].header})
            )
        elif kind == "record":
            made.append(record_frame(ID, answer(f"a{number}", "u1", text), 100))
        else:
            made.append(transcripts[number].add(kind, text)[0])  # type: ignore[arg-type]
    return made


@given(STEPS, st.lists(st.integers(1, 5), min_size=1), st.integers(1, 6))
def test_whatever_is_told_and_however_it_is_gathered_the_events_are_the_same(
    steps: list[tuple[int, str, str]], sizes: list[int], most: int
) -> None:
    frames = frames_of(steps)
    kept, short_deltas.MOST_NUMBERED = short_deltas.MOST_NUMBERED, most
    try:
        writer, client, told = ShortDeltas(), Client(), []
        taken = 0
        while taken < len(frames):
            size = sizes[taken % len(sizes)]
            told += [one for text in writer.write(frames[taken : taken + size]) for one in client.read(text)]
            taken += size
    finally:
        short_deltas.MOST_NUMBERED = kept
    assert told == [json.loads(item.body) for item in frames]


def test_deltas_that_are_ready_together_are_one_message_and_an_answer_is_named_once() -> None:
    frames = frames_of([(0, "text", "a"), (1, "text", "b"), (0, "text", "c"), (1, "reasoning", "d")])
    first, second, rest = ShortDeltas().write(frames)
    assert [json.loads(first)["number"], json.loads(second)["number"]] == [1, 2]
    assert rest == '[[1,1,"c"],[2,1,"d","reasoning"]]'


async def events_of(connection: ClientConnection, client: Client) -> AsyncIterator[Event]:
    async with asyncio.timeout(60):
        async for message in connection:
            for event in client.read(str(message)):
                yield event


async def told_to(
    connection: ClientConnection, client: Client, conversation: str, answers: int
) -> list[Event]:
    """All that comes after the snapshot, until so many answers have their records."""
    told: list[Event] = []
    async for event in events_of(connection, client):
        if event.get("conversation") == conversation and event["type"] in ("start", "delta", "record"):
            told.append(event)
        answers -= event["type"] == "record" and event["record"].get("role") == "assistant"
        if not answers:
            break
    return told


async def test_two_pages_read_the_same_of_one_conversation_each_in_its_form(server: Divan) -> None:
    with server:
        origin = server.url
        async with wire(server.socket_url) as sender, connect(server.socket_url, origin=origin) as raw:  # type: ignore[arg-type]
            ready = json.loads(await raw.recv())
            assert ready["offers"] == ["short_deltas"]
            await raw.send(json.dumps({"type": "hello", "ref": "h", "deltas": "short"}))
            assert json.loads(await raw.recv()) == {"type": "ack", "ref": "h"}
            lanes = [{"model": "echo/echo", "id": name} for name in ("a", "b", "c")]
            made = await sender.ask("send", conversation=None, text="Hi", lanes=lanes)
            for one in made["answers"]:
                await sender.answer(one)
            conversation = made["conversation"]
            await raw.send(json.dumps({"type": "open", "ref": "o", "conversation": conversation}))
            assert json.loads(await raw.recv())["type"] == "snapshot"
            client, before = Client(), len(sender.events)
            reading = asyncio.create_task(told_to(raw, client, conversation, 3))
            asked = await sender.ask("send", conversation=conversation, text=SAID)
            for one in asked["answers"]:
                await sender.answer(one)
            told = await reading
    kinds = ("start", "delta", "record")
    seen = [one for one in sender.events[before:] if one["type"] in kinds][: len(told)]
    assert told == seen
    assert client.short > 0
    assert {one["part"] for one in told if one["type"] == "delta"} == {"text", "reasoning"}


async def test_who_does_not_ask_or_no_longer_wants_them_is_told_long_deltas_alone(server: Divan) -> None:
    with server:
        async with wire(server.socket_url) as page:
            await page.ask("hello", deltas="short")
            await page.ask("hello")
            made = await page.ask("send", conversation=None, text=SAID, lanes=[{"model": "echo/echo"}])
            record = await page.answer(made["answers"][0])
            deltas = [one for one in page.events if one["type"] == "delta"]
            refused = await page.ask("hello", deltas="tiny")
    assert page.text(made["answers"][0]) == record["parts"][-1]["text"]
    assert deltas
    assert all("number" not in one for one in deltas)
    assert refused["code"] == "invalid"
