"""What a socket or an SSE stream carries from the server (protocol 1). See docs/protocol.md."""

from typing import Any, Literal, NotRequired, TypedDict

from conversations.records import AnswerHeader, Part, Record
from conversations.settings import ListedSettings

PROTOCOL = 1
Offer = Literal["short_deltas"]
"""What a client may ask for by a `hello`."""
OFFERS: list[Offer] = ["short_deltas"]
SENDS_TOGETHER = "divan.websocket.following"
"""ASGI extension of a server that sends the messages `following` with the one of a `websocket.send`, in one
system call."""


class Ready(TypedDict):
    type: Literal["ready"]
    protocol: int
    user: str
    server_time: str
    offers: NotRequired[list[Offer]]


class Ack(TypedDict):
    type: Literal["ack"]
    ref: str | None
    conversation: NotRequired[str]
    message: NotRequired[str]
    answers: NotRequired[list[str]]


class Live(TypedDict):
    """An answer that streams now. `seq` is the number of the next delta; `parts` all that came before it."""

    message: AnswerHeader
    seq: int
    parts: list[Part]


class Snapshot(TypedDict):
    type: Literal["snapshot"]
    ref: str | None
    conversation: str
    records: list[Record]
    live: list[Live]
    readonly: NotRequired[bool]
    temporary: NotRequired[bool]


class RecordEvent(TypedDict):
    type: Literal["record"]
    conversation: str
    record: Record


class Start(TypedDict):
    type: Literal["start"]
    conversation: str
    message: AnswerHeader


class Delta(TypedDict):
    """`number`: of the answer in this socket, on its first delta where short ones were asked for."""

    type: Literal["delta"]
    conversation: str
    message: str
    seq: int
    part: Literal["text", "reasoning"]
    text: str
    number: NotRequired[int]


class PartEvent(TypedDict):
    """A part that came whole: a call of a tool, or its result. `seq` is numbered with the deltas."""

    type: Literal["part"]
    conversation: str
    message: str
    seq: int
    part: Part


class Note(TypedDict):
    """`message` is the answer's id; `text` a sentence for a person; `values` what it was made of."""

    type: Literal["note"]
    conversation: str
    message: NotRequired[str]
    code: str
    text: str
    values: NotRequired[dict[str, Any]]


class ErrorEvent(TypedDict):
    type: Literal["error"]
    ref: NotRequired[str | None]
    conversation: NotRequired[str]
    code: str
    message: str
    retryable: bool
    retry_after: NotRequired[float]


class Activity(ListedSettings):
    """Only for a socket that sent `watch`: a row of the list of conversations changed. `updated`: the time of
    its last message. `answered`: the models of answers that it has got. `answering`: how many answers
    stream in it; `waiting`: how many of them wait for a person to allow a call."""

    type: Literal["activity"]
    conversation: str
    updated: NotRequired[str]
    answered: NotRequired[list[str]]
    answering: NotRequired[int]
    waiting: NotRequired[int]
    removed: NotRequired[bool]


Event = Ready | Ack | Snapshot | RecordEvent | Start | Delta | PartEvent | Note | ErrorEvent | Activity
