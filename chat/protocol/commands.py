"""What a client may ask for (protocol 1), parsed and bounded. See docs/protocol.md.

Parsing only: whether the user may, and what then happens, is what its action does (chat/actions/registry.py).
A class below `Command` is a command of the socket and of `POST /api/chat/commands`.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    create_model,
    model_validator,
)

from conversations import settings
from conversations.settings import LaneRole
from core.schemas import Lenient, Name, Strict, refuse_lost_words
from providers import refs

ConversationId = Annotated[str, StringConstraints(pattern=r"^\d{8}-\d{6}-[0-9a-z]{8}$")]
MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ModelRef = Annotated[str, StringConstraints(pattern=refs.PATTERN, max_length=refs.LONGEST)]
LaneModel = Annotated[ModelRef, BeforeValidator(lambda given: refs.AUTO if given == "auto" else given)]
"""Of a lane: Auto too, which may be called `auto` for short."""
CallId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Attachments = Annotated[list[Sha256], Field(max_length=20)]
DocumentId = Annotated[int, Field(ge=1, le=2**63 - 1)]
System = Annotated[str, StringConstraints(max_length=100_000)]

LEAST_PARTICIPANTS = 2


class Params(Lenient):
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1_000)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    seed: int | None = None
    thinking: Literal["off", "low", "medium", "high"] | None = None
    json_mode: Annotated[bool | None, Field(alias="json")] = None
    context_length: Annotated[int, Field(ge=256, le=10_000_000)] | None = None


class Instructed(Lenient):
    """`system_prompt`, as a persona's is called, is another word for `system`."""

    @model_validator(mode="before")
    @classmethod
    def one_system(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "system_prompt" not in given:
            return given
        said = {name: value for name, value in given.items() if name != "system_prompt"}
        return {**said, "system": given["system_prompt"]} if said.get("system") in (None, "") else said


class Lane(Instructed):
    id: MessageId | None = None
    model: LaneModel
    role: LaneRole | None = None
    system: System | None = None
    params: Params | None = None
    tools: settings.AskedTools | None = None
    """Null: as the conversation's."""


class Command(Lenient):
    ref: Annotated[str, StringConstraints(max_length=200)] | None = None


class Hello(Command):
    """How the client wants to be told: with `short`, deltas come with a number in place of the two ids."""

    type: Literal["hello"] = "hello"
    deltas: Literal["long", "short"] = "long"


class Open(Command):
    type: Literal["open"] = "open"
    conversation: ConversationId


class Close(Command):
    type: Literal["close"] = "close"
    conversation: ConversationId


class Watch(Command):
    """Follow the list of conversations: `activity` events from now on."""

    type: Literal["watch"] = "watch"


Titles = Literal["own", "words"] | ModelRef
"""Who writes a conversation's title: its own model, nobody (the first words stay), or another model."""

NAMING_MODELS: Mapping[str, Any] = {
    "lanes": Annotated[list[Lane], Field(min_length=1, max_length=24)],
    "titles": Titles,
}
"""What a command takes for a setting that names models; for any other its row says it."""


def settings_model(base: type[BaseModel], names: Iterable[str]) -> Any:
    """`base` with a field for each of these settings; None is what was not asked."""
    forms = {name: NAMING_MODELS.get(name) or settings.asked_type(name) for name in names}
    fields: dict[str, Any] = {name: (form | None, None) for name, form in forms.items()}
    return create_model(base.__name__, __base__=base, **fields)


if TYPE_CHECKING:
    # What is read by name; the rest is read through `asked_settings`.
    class SentWithMessage(Lenient):
        lanes: list[Lane] | None = None

    class Changed(Strict):
        title: str | None = None
        lanes: list[Lane] | None = None

else:
    SentWithMessage = settings_model(Lenient, settings.SENT)
    Changed = settings_model(Strict, settings.ROWS)


def asked_settings(command: BaseModel, names: Iterable[str] = tuple(settings.ROWS)) -> settings.Settings:
    """Those of the settings that a command gives, but for the lanes, which have to be settled first. Null is
    given only where it means something."""
    wanted = command.model_fields_set.intersection(names) - {"lanes"}
    given = command.model_dump(include=wanted, exclude_unset=True) if wanted else {}
    said = {name: value for name, value in given.items() if value is not None or settings.takes_null(name)}
    return cast(settings.Settings, said)


class Posted(SentWithMessage):
    """A message and what it asks: the fields that `send` and REST have in common. `memory`: of a temporary
    chat absent means off, of any other on."""

    id: MessageId | None = None
    parent: MessageId | None = None
    """Absent: the head. Null: a new beginning of the conversation."""
    text: str = ""
    attachments: Attachments = []
    documents: Annotated[list[DocumentId], Field(max_length=50)] = []
    """Asked for this message, and no others, whether or not the conversation asks documents."""
    choices: Annotated[dict[MessageId, ModelRef], Field(max_length=24)] | None = None
    """By lane: the model that answers this message in place of the one that Auto would choose."""

    @model_validator(mode="before")
    @classmethod
    def no_word_is_lost(cls, given: Any) -> Any:
        return refuse_lost_words(cls, given)


class Send(Command, Posted):
    type: Literal["send"] = "send"
    conversation: ConversationId | None = None
    folder: Name | None = None
    """Of a new conversation: where it lies, and whose instructions, lanes and tools it begins with."""
    temporary: bool | None = None
    """Of a new conversation: in memory alone."""


class Participant(Instructed):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    model: ModelRef
    system: System = ""
    params: Params | None = None


class Limits(Lenient):
    """What ends a dialogue; `turns` alone has a default. `seconds` count while it runs."""

    turns: Annotated[int, Field(ge=1, le=500)] = 12
    tokens: Annotated[int, Field(ge=1)] | None = None
    usd: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None


class Dialogue(Command):
    """Models talk with each other. `moderator` chooses who speaks, where that is the policy; if absent,
    the first participant's model does. `folder`: of a new conversation. `tools`, `web`: absent: as the
    conversation, or the folder, has them."""

    type: Literal["dialogue"] = "dialogue"
    conversation: ConversationId | None = None
    folder: Name | None = None
    id: MessageId | None = None
    opening: Annotated[str, StringConstraints(min_length=1)]
    attachments: Attachments = []
    participants: Annotated[list[Participant], Field(min_length=LEAST_PARTICIPANTS, max_length=6)]
    turn_policy: Literal["round_robin", "moderator", "manual"] = "round_robin"
    moderator: ModelRef | None = None
    limits: Limits = Limits()
    tools: settings.AskedTools | None = None
    web: bool | None = None


class Direct(Command):
    """Directs a dialogue: `pause` after the line that is being spoken, `go_on`, give the word to the `next`
    (or to `speaker`), `say` a human line, `edit` the line `message` and run on from there. `parent`: the line
    to go on from, if not the last. `id`: of the line that is said; sent twice it is said once. `attachments`:
    of the line that is said; an edited line keeps its own."""

    type: Literal["direct"] = "direct"
    conversation: ConversationId
    action: Literal["pause", "go_on", "next", "say", "edit"]
    id: MessageId | None = None
    message: MessageId | None = None
    parent: MessageId | None = None
    speaker: str | None = None
    text: str = ""
    attachments: Attachments = []


class Stop(Command):
    type: Literal["stop"] = "stop"
    conversation: ConversationId
    message: MessageId | None = None


class Approve(Command):
    """What a person says of calls of tools for which an answer waits. `calls`: ids. `always`: these tools
    need not ask this person again."""

    type: Literal["approve"] = "approve"
    conversation: ConversationId
    message: MessageId
    calls: Annotated[list[CallId], Field(min_length=1, max_length=200)]
    decision: Literal["allow", "always", "deny"]


class Regenerate(Command):
    type: Literal["regenerate"] = "regenerate"
    conversation: ConversationId
    message: MessageId
    model: LaneModel | None = None
    params: Params | None = None


class Synthesize(Command):
    """A model brings the answers to a user's `message` together, compares them, or writes from the best once
    their models have ranked them."""

    type: Literal["synthesize"] = "synthesize"
    conversation: ConversationId
    message: MessageId
    model: ModelRef
    kind: Literal["merge", "compare", "rank"] = "merge"


class Continue(Command):
    type: Literal["continue"] = "continue"
    conversation: ConversationId
    message: MessageId


class Keep(Command):
    """Writes a temporary conversation to a file."""

    type: Literal["keep"] = "keep"
    conversation: ConversationId


class Branch(Command):
    type: Literal["branch"] = "branch"
    conversation: ConversationId
    message: MessageId
    name: Name


class Fork(Command):
    """A new conversation that goes on from `message` of this one."""

    type: Literal["fork"] = "fork"
    conversation: ConversationId
    message: MessageId


class Changes(Changed):
    """What a `settings` record may hold, but for a dialogue."""


class Beginning(Changes):
    """What a conversation may be made with, before its first message. `temporary`: in memory alone."""

    model_config = ConfigDict(extra="ignore")

    temporary: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def no_word_is_lost(cls, given: Any) -> Any:
        return refuse_lost_words(cls, given)


class Settings(Command, Changes):
    """A setting that nobody knows is refused: nothing would come of it."""

    type: Literal["settings"] = "settings"
    conversation: ConversationId


class Head(Command):
    type: Literal["head"] = "head"
    conversation: ConversationId
    message: MessageId


Compared = Annotated[list[MessageId], Field(max_length=24)]
"""Other answers to the same message."""


class Vote(Command):
    type: Literal["vote"] = "vote"
    conversation: ConversationId
    message: MessageId
    value: Literal[1, -1] | None = None
    preferred_over: Compared | None = None
    tie: Compared | None = None
    both_bad: Compared | None = None


class Delete(Command):
    type: Literal["delete"] = "delete"
    conversation: ConversationId
    message: MessageId


KINDS = tuple(Command.__subclasses__())
"""Every command, as the classes of this module stand."""
ANY_COMMAND: Any = Annotated[reduce(or_, KINDS), Field(discriminator="type")]
COMMANDS: TypeAdapter[Command] = TypeAdapter(ANY_COMMAND)
