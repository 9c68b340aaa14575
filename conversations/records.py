"""The records of a conversation's file (format 1), as plain dictionaries.

They are dictionaries and not classes so that fields which this version does not know survive: a record
that was read is passed on as it stood. This module does not read or write files
(conversations/store/), and gives records no meaning (tree.py).
"""

from typing import Any, Literal, NotRequired, TypedDict

from conversations.settings import SentSettings, Settings
from core.error_fields import Error

FORMAT = 1

Status = Literal["complete", "stopped", "failed", "interrupted"]
LiveStatus = Literal["queued", "streaming", "waiting"]
CostSource = Literal["provider", "priced", "free", "unknown"]


class TextPart(TypedDict):
    type: Literal["text"]
    text: str


class ReasoningPart(TypedDict):
    """`ms`: how long the model reasoned. `signature`: opaque, for the model that gave it alone; a service
    may sign an answer whose reasoning it keeps to itself, and then there is no text."""

    type: Literal["reasoning"]
    text: str
    ms: NotRequired[int]
    signature: NotRequired[str]


class AttachmentPart(TypedDict):
    """A file that somebody attached; its bytes lie in DATA_DIR/attachments/<sha256>."""

    type: Literal["image", "file"]
    sha256: str
    name: str
    mime: str
    bytes: int


class ToolCallPart(TypedDict):
    """`arguments`: the text that the model wrote, which ought to be the JSON of one object. `source`:
    `builtin` or `mcp:<server>`; absent in what came from other programs. `title`: the tool's, for people."""

    type: Literal["tool_call"]
    id: str
    name: str
    arguments: str
    source: NotRequired[str]
    title: NotRequired[str]
    signature: NotRequired[str]


class ToolResultPart(TypedDict):
    """`ms`: how long it ran. `truncated`: `content` was cut. `attachments`: the SHA-256 of all of what was
    cut, where it could be kept, and then of pictures."""

    type: Literal["tool_result"]
    id: str
    content: str
    is_error: bool
    name: NotRequired[str]
    ms: NotRequired[int]
    attachments: NotRequired[list[str]]
    truncated: NotRequired[bool]


Part = TextPart | ReasoningPart | AttachmentPart | ToolCallPart | ToolResultPart


class Usage(TypedDict):
    """Tokens; null where the service did not say. `estimated`: the answer was cut short before it did, and
    `output` (and `input`, where that was not told either) are reckoned from the text. `tools`: about how many
    of `input` the definitions of tools took, where any were sent."""

    input: int | None
    output: int | None
    reasoning: int | None
    cached: int | None
    estimated: NotRequired[bool]
    tools: NotRequired[int]


class Cost(TypedDict):
    """`estimated`: the answer was cut short before the service told its tokens."""

    usd: float | None
    source: CostSource
    estimated: NotRequired[bool]


class Timing(TypedDict):
    """Null where nobody measured it, as of answers that came from another program."""

    first_token_ms: int | None
    total_ms: int | None


class Origin(TypedDict):
    conversation: str
    message: str


class TestedBy(TypedDict):
    """The test set's id, and the run's."""

    id: str
    run: str


class ConversationRecord(SentSettings):
    """`owner`: an id; `owner_name`: theirs when it was written, for readers. `forked_from`: where its first
    messages were copied from. `replay_of`: whose questions it asks again, from `message` on. `testset`: the
    run of a test set that asks here; its question has the id of the case."""

    type: Literal["conversation"]
    at: str
    format: int
    id: str
    owner: str
    owner_name: NotRequired[str]
    title: str
    title_by: NotRequired[Literal["person"]]
    forked_from: NotRequired[Origin]
    replay_of: NotRequired[Origin]
    testset: NotRequired[TestedBy]


class AskedDocument(TypedDict):
    """One that a person chose for a message. `id` is the database's own."""

    id: int
    name: str


class FileRead(TypedDict):
    """How a model was given a file. `given`: all its text, `notes` of its parts, `passages` that fit the
    question, `pictures` of its pages, or its `name` alone. `unread`: places of which there are no notes.
    `textless`: pages that hold no text; `shown`: those of them that were sent as pictures. `cut`: something
    of what is said here was left out. `error`: why it could not be read (rag/errors.py), or `unseen`: a
    picture, and the model sees none."""

    name: str
    given: Literal["whole", "notes", "passages", "pictures", "name"]
    parts: NotRequired[int]
    unread: NotRequired[str]
    textless: NotRequired[str]
    shown: NotRequired[str]
    cut: NotRequired[bool]
    error: NotRequired[str]


class UserMessage(TypedDict):
    """`lanes`: the ids of the lanes that were asked. `blind`: their models stay hidden until a vote.
    `documents`: those that are asked, where some were chosen for this message."""

    type: Literal["message"]
    at: str
    id: str
    parent: str | None
    role: Literal["user"]
    parts: list[Part]
    lanes: list[str]
    blind: NotRequired[bool]
    documents: NotRequired[list[AskedDocument]]
    elided: NotRequired[bool]


class Ranking(TypedDict):
    """What one model of a council said: numbers of answers, the best first; empty where it said nothing that
    could be read, with the `error`'s code."""

    model: str
    order: list[int]
    reason: NotRequired[str]
    error: NotRequired[str]


class Placing(TypedDict):
    """`points`: 1 where every ranking has the answer `n` first, 0 where last. `first`: in how many it is."""

    n: int
    points: float
    first: int


class Council(TypedDict):
    """How models ranked the others' answers. `agreement`: the share, 0.5 to 1 as a rule, of what they said of
    two answers that the places say too. `minority`: models that put another answer first."""

    rankings: list[Ranking]
    places: list[Placing]
    agreement: float | None
    minority: NotRequired[list[str]]


class AnswerFacts(TypedDict, total=False):
    """What making an answer's request found out. `sources`: what is numbered in it. `files`: how each file
    that it could know was given to its model. `unread`: how many documents could not be searched yet.
    `memory`: how many tokens of it were sent. `council`: how models ranked the answers that it is made of."""

    sources: list[dict[str, Any]]
    files: list[FileRead]
    unread: int
    memory: int
    council: Council


class AnswerChoice(TypedDict):
    """How the model of an answer was chosen where its lane leaves that to Auto: by a `rule`, for a `reason`
    in the person's language. `instead_of`: the model that was chosen and did not answer."""

    rule: str
    reason: str
    instead_of: NotRequired[str]


class AskedAnswer(AnswerFacts):
    """What an answer's header says of it, and then its record too. `continues`: the id of the answer whose
    text this one begins with. `synthesis`: how it is made of the other answers to its message. `choice`:
    where Auto chose the model."""

    type: Literal["message"]
    at: str
    id: str
    parent: str | None
    role: Literal["assistant"]
    lane: str
    model: str
    speaker: NotRequired[str]
    continues: NotRequired[str]
    synthesis: NotRequired[Literal["merge", "compare", "rank"]]
    choice: NotRequired[AnswerChoice]


class WaitingCall(TypedDict):
    """A call of a tool that runs only once a person allows it. The fields are those of its part."""

    id: str
    name: str
    arguments: str
    source: str
    title: NotRequired[str]


class AnswerHeader(AskedAnswer):
    """An answer before it ends: the journal's first line, and what `start` carries. `position` where it is
    `queued`, `calls` where it is `waiting`."""

    status: LiveStatus
    position: NotRequired[int]
    calls: NotRequired[list[WaitingCall]]


class Measured(TypedDict):
    """What an answer took. `finish`: why the model ended, in the service's words."""

    usage: Usage
    cost: Cost
    timing: Timing
    finish: str | None


class AnswerMessage(AskedAnswer, Measured):
    """`served_by`: the model ref that answered, where that is not `model`. `version`: what the service called
    the model, where that is not the id that it was asked for. `edited`: the id of the line that
    a person wrote anew. `invalid_json`: JSON was asked for, and this is none. `gaps`: in how many places
    words are missing that the disk did not take; `[…]` stands there."""

    parts: list[Part]
    status: Status
    edited: NotRequired[str]
    served_by: NotRequired[str]
    version: NotRequired[str]
    invalid_json: NotRequired[bool]
    gaps: NotRequired[int]
    error: NotRequired[Error]
    elided: NotRequired[bool]


def unmeasured_timing() -> Measured:
    """The timing of an answer that nobody measured."""
    return {
        "usage": {"input": None, "output": None, "reasoning": None, "cached": None},
        "cost": {"usd": None, "source": "unknown"},
        "timing": {"first_token_ms": None, "total_ms": None},
        "finish": None,
    }


class SettingsRecord(Settings):
    type: Literal["settings"]
    at: str
    title_by: NotRequired[Literal["person", "model", "words"]]


class BranchRecord(TypedDict):
    type: Literal["branch"]
    at: str
    name: str
    head: str


class HeadRecord(TypedDict):
    type: Literal["head"]
    at: str
    message: str


class SummaryRecord(TypedDict):
    type: Literal["summary"]
    at: str
    id: str
    covers: str
    lane: NotRequired[str]
    text: str
    model: str
    usage: Usage


class VoteRecord(TypedDict):
    """`value`: 1, -1, or absent where the answer is compared: `preferred_over` names the answers that lost,
    `tie` those that are as good, `both_bad` those that are as bad. `revealed`: the turn was blind, and
    which model gave which answer was shown before this vote."""

    type: Literal["vote"]
    at: str
    message: str
    value: NotRequired[int]
    preferred_over: NotRequired[list[str]]
    tie: NotRequired[list[str]]
    both_bad: NotRequired[list[str]]
    revealed: NotRequired[bool]


class DeleteRecord(TypedDict):
    type: Literal["delete"]
    at: str
    message: str


MessageRecord = UserMessage | AnswerMessage
Record = (
    ConversationRecord
    | UserMessage
    | AnswerMessage
    | SettingsRecord
    | BranchRecord
    | HeadRecord
    | SummaryRecord
    | VoteRecord
    | DeleteRecord
)
