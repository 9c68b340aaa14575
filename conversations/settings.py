"""What a conversation can be set to: one row for each setting, and what follows from the rows.

A row is a field of `ListedSettings` or `SentSettings`: its type, and beside it what holds where no record
says anything. Records, the commands `send` and `settings`, REST, the list, the index and the page's types are
made of these rows.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from pydantic import Field, StringConstraints

from core.schemas import Name, Strict
from core.type_hints import annotated_fields, check_of, declared_fields, fits, without_annotations

LaneRole = Literal["primary", "secondary", "comparison"]
Mode = Literal["parallel", "sequential"]
History = Literal["own", "chosen", "all"]
UsedTools = bool | list[str]
"""Which tools models may call: none, all that the person may use, or those of a list of names, in which
`mcp:<server>` stands for all of a server."""

MOST_TAGS = 50
Tags = Annotated[list[Name], Field(max_length=MOST_TAGS)]
ToolName = Annotated[str, StringConstraints(pattern=r"^([a-zA-Z0-9_-]{1,64}|mcp:[^\x00-\x1f]{1,200})$")]
AskedTools = bool | Annotated[list[ToolName], Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class Setting:
    """`default`: what holds where no record says anything. `asked`: the type that a command takes, where it
    is narrower than what a file may hold. `required`: a conversation's first record says it in any case
    (format 1); of the others it says what is not the default."""

    default: Any
    asked: Any = None
    required: bool = False


class Lane(TypedDict):
    """`model` is a model ref: `server/model-id`. `tools`: its own; absent: the conversation's."""

    id: str
    model: str
    role: NotRequired[LaneRole]
    system: NotRequired[str]
    params: NotRequired[dict[str, Any]]
    tools: NotRequired[UsedTools]


class Inherited(TypedDict):
    """What a conversation began with of the project in whose folder it was begun: its `name`, and
    `instructions` that every lane is told before its own system prompt."""

    name: str
    instructions: str


class AskedProject(Strict):
    name: Name
    instructions: Annotated[str, StringConstraints(max_length=100_000)]


class Speaker(TypedDict):
    lane: str
    name: str


class Dialogue(TypedDict):
    """How models talk with each other here. `state` is what a person asked for last, or `over` with its
    `reason`: turns, tokens, usd, seconds, repetition, moderator."""

    participants: list[Speaker]
    turn_policy: Literal["round_robin", "moderator", "manual"]
    moderator: NotRequired[str]
    limits: dict[str, float | None]
    state: Literal["running", "paused", "over"]
    reason: NotRequired[str]


class ListedSettings(TypedDict, total=False):
    """What the list of conversations shows of them; each is a column of the index too."""

    title: Annotated[str, Setting("", asked=Name)]
    pinned: Annotated[bool, Setting(False)]
    folder: Annotated[str | None, Setting(None, asked=Name)]
    tags: Annotated[list[str], Setting([], asked=Tags)]
    archived: Annotated[bool, Setting(False)]


class SentSettings(TypedDict, total=False):
    """What may come with a message. `relay`: lanes that answer one after the other see the answers before
    theirs. `blind`: which model answered is hidden until a vote. `memory`: what the owner tells every model
    is sent. `titles`: who writes the title, `own` (the conversation's own model), `words` (its first words
    stay) or a model ref; null: as the administrator says. `tools`: which models may call. `web`: one search a
    turn comes before all lanes answer."""

    lanes: Annotated[list[Lane], Setting([], required=True)]
    project: Annotated[Inherited | None, Setting(None, asked=AskedProject)]
    mode: Annotated[Mode, Setting("parallel", required=True)]
    relay: Annotated[bool, Setting(False)]
    history: Annotated[History, Setting("own", required=True)]
    blind: Annotated[bool, Setting(False)]
    rag: Annotated[bool, Setting(False, required=True)]
    memory: Annotated[bool, Setting(True)]
    titles: Annotated[str | None, Setting(None)]
    tools: Annotated[UsedTools, Setting(False, asked=AskedTools)]
    web: Annotated[bool, Setting(False)]


class Settings(ListedSettings, SentSettings, total=False):
    """A `settings` record holds any of these. `dialogue` is changed by directing it, and has no default."""

    dialogue: Dialogue


LISTED = tuple(declared_fields(ListedSettings))
SENT = tuple(declared_fields(SentSettings))
NAMES = (*LISTED, *SENT, "dialogue")


ROWS: Mapping[str, Setting] = {
    name: annotated_fields(Settings)[name].__metadata__[0] for name in (*LISTED, *SENT)
}


_CHECKS = {name: check_of(hint) for name, hint in declared_fields(Settings).items()}
_COPIED = {name: row.default for name, row in ROWS.items() if isinstance(row.default, list | dict)}
"""Defaults that whoever is given them may change."""
_PLAIN_DEFAULTS = {name: row.default for name, row in ROWS.items()}


def type_of(name: str) -> Any:
    """What a record holds under that name."""
    return without_annotations(annotated_fields(Settings)[name])


def asked_type(name: str) -> Any:
    """The type of what a command takes for the setting."""
    return ROWS[name].asked or type_of(name)


def takes_null(name: str) -> bool:
    return fits(None, type_of(name))


def defaults() -> Settings:
    return cast(Settings, {**_PLAIN_DEFAULTS, **{name: copy.copy(value) for name, value in _COPIED.items()}})


def read_settings(record: Mapping[str, Any]) -> Settings:
    """What a record sets. A value that makes no sense is passed over, as if it had not been said: files come
    from other programs too."""
    given = {name: _without_nul(record[name]) for name in NAMES if name in record}
    if isinstance(given.get("lanes"), list):
        given["lanes"] = list(map(_without_nulls, given["lanes"]))
    return cast(Settings, {name: value for name, value in given.items() if _CHECKS[name](value)})


def changed_settings(given: Settings, current: Settings) -> Settings:
    """What of `given` is not so already."""
    return cast(Settings, {name: value for name, value in given.items() if current.get(name) != value})


def first_settings(given: Settings) -> dict[str, Any]:
    """What a conversation's first record says of these."""
    wanted = {**defaults(), **given}
    return {name: wanted[name] for name in SENT if ROWS[name].required or wanted[name] != ROWS[name].default}


def _without_nul(value: Any) -> Any:
    """The list could not show it: PostgreSQL holds no such text."""
    if isinstance(value, list):
        return list(map(_without_nul, value))
    return value.replace("\0", "") if isinstance(value, str) else value


def _without_nulls(lane: Any) -> Any:
    """Other programs write null for what is absent."""
    return (
        {name: value for name, value in lane.items() if value is not None} if isinstance(lane, dict) else lane
    )
