"""The fields of a request that a service may refuse: one row each, whatever wire format they are spelt in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.learning.tool_refusals import SET_ASIDE, is_set_aside
from providers.learning.without_tools import speaks_of_tools, without_tools
from providers.types import ChatRequest, Learned, Message, Text, ToolDefinition

NUMBERS = ("temperature", "top_p", "top_k", "max_tokens")
"""Fields of `Params` that may be too large rather than refused."""
LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
"""The two names of the longest answer. A connector writes the other one where one is refused, and neither
where both are, if its service can do without."""


@dataclass(frozen=True, slots=True)
class Field:
    """`aliases`: other names that services have for it, in lower case and without underscores. `is_sent`:
    whether a request carries it. `without`: the same request without it. `is_wish`: somebody set it and
    should hear that it was left out."""

    name: str
    aliases: frozenset[str]
    is_sent: Callable[[ChatRequest], bool]
    without: Callable[[ChatRequest], ChatRequest]
    is_wish: bool = True

    def may_be_refused(self, sent: ChatRequest) -> bool:
        return self.name in UNASKED or self.is_sent(sent)


def _param(name: str, *aliases: str, unset: Any = None) -> Field:
    return Field(
        name,
        frozenset({normalise_field_name(name), *aliases}),
        lambda request: getattr(request.params, name) not in (None, False),
        lambda request: replace(request, params=replace(request.params, **{name: unset})),
    )


def normalise_field_name(name: str) -> str:
    """As `aliases` are written: `generation_config.topP` is `topp`."""
    return name.rpartition(".")[2].replace("_", "").replace("-", "").lower()


def _unchanged(request: ChatRequest) -> ChatRequest:
    return request


def _system_in_message(request: ChatRequest) -> ChatRequest:
    """The system prompt in front of what the person said first."""
    messages = list(request.messages)
    first = next((place for place, message in enumerate(messages) if message.role == "user"), None)
    told = Text(request.system)
    if first is None:
        messages.insert(0, Message("user", (told,)))
    else:
        messages[first] = Message("user", (told, *messages[first].parts))
    return replace(request, system="", messages=messages)


def _person_first(request: ChatRequest) -> ChatRequest:
    """What models said before anybody asked them becomes a part of the first question."""
    messages = list(request.messages)
    asked = next((place for place, message in enumerate(messages) if message.role == "user"), len(messages))
    said = [part for message in messages[:asked] for part in message.parts if isinstance(part, Text)]
    if not asked:
        return request
    first = messages[asked].parts if asked < len(messages) else ()
    return replace(request, messages=[Message("user", (*said, *first)), *messages[asked + 1 :]])


_LIMITS = frozenset({"maxtokens", "maxnewtokens", "maxoutputtokens", "maxtokenstosample", "numpredict"})
_THINKING = frozenset(
    {"reasoning", "reasoningeffort", "includereasoning", "effort", "outputconfig"}
    | {"thinking", "enablethinking", "thinkingconfig", "thinkingbudget", "budgettokens", "thinkinglevel"}
    | {"includethoughts", "chattemplatekwargs", "think"}
)

FIELDS: tuple[Field, ...] = (
    _param("temperature"),
    _param("top_p"),
    _param("top_k"),
    _param("seed", "randomseed"),
    _param("json", "responseformat", "responsemimetype", "jsonmode", "jsonobject", "format", unset=False),
    replace(_param("thinking"), aliases=_THINKING),
    Field(
        "stop",
        frozenset({"stop", "stopsequences", "stopsequence"}),
        lambda request: bool(request.stop),
        lambda request: replace(request, stop=()),
    ),
    Field(
        "tools",
        frozenset({"tools", "toolchoice", "functions", "functioncall", "functiondeclarations"}),
        speaks_of_tools,
        without_tools,
    ),
    Field("alternation", frozenset(), lambda request: True, _person_first, is_wish=False),
    Field(
        "system",
        frozenset({"system", "systeminstruction", "systemprompt", "developer"}),
        lambda request: bool(request.system),
        _system_in_message,
        is_wish=False,
    ),
    Field(
        "stream",
        frozenset({"stream"}),
        lambda request: request.streaming,
        lambda request: replace(request, streaming=False),
        is_wish=False,
    ),
    Field(
        "whole",
        frozenset(),
        lambda request: not request.streaming,
        lambda request: replace(request, streaming=True),
        is_wish=False,
    ),
    Field(
        "stream_options",
        frozenset({"streamoptions", "includeusage"}),
        lambda request: request.streaming,
        _unchanged,
        is_wish=False,
    ),
    Field("max_tokens", _LIMITS, lambda request: True, _unchanged, is_wish=False),
    Field(
        "max_completion_tokens",
        frozenset({"maxcompletiontokens"}),
        lambda request: True,
        _unchanged,
        is_wish=False,
    ),
)
UNASKED = frozenset({"thinking"})
"""What a connector may ask for without anybody's wish."""
BY_NAME = {field.name: field for field in FIELDS}


def find_field(word: str) -> Field | None:
    """The field that a service calls so."""
    alias = normalise_field_name(word)
    return next((field for field in FIELDS if alias in field.aliases), None)


def refusal_of_level(level: str) -> str:
    """What is refused where a model thinks, but not so: a name beside `thinking`."""
    return f"thinking={level}"


def adapt_request(request: ChatRequest, learned: Learned) -> ChatRequest:
    """`request` as a model takes it of which that was learned."""
    known = request if request.learned == learned else replace(request, learned=learned)
    given = _without_refused_tools(known, learned.refused)
    for field in FIELDS:
        if _is_refused(field, given, learned) and field.is_sent(given):
            given = field.without(given)
    for name, most in learned.most.items():
        value = getattr(given.params, name, None)
        if value is not None and value > most:
            limited = type(value)(most)
            given = replace(given, params=replace(given.params, **{name: limited}))
    return given


def _without_refused_tools(request: ChatRequest, refused: frozenset[str]) -> ChatRequest:
    if not request.tools or not any(name.startswith(SET_ASIDE) for name in refused):
        return request
    return offer_tools(request, [tool for tool in request.tools if not is_set_aside(tool, refused)])


def offer_tools(request: ChatRequest, tools: Sequence[ToolDefinition]) -> ChatRequest:
    """With these of its tools. A choice of one that is not among them leaves the choice to the model."""
    names = {f":{tool.name}" for tool in tools}
    keeps = request.tool_choice in names or not request.tool_choice.startswith(":")
    return replace(request, tools=tuple(tools), tool_choice=request.tool_choice if keeps else "auto")


def find_dropped_fields(wanted: ChatRequest, sent: ChatRequest) -> Iterator[str]:
    """What somebody had set and a model does not take, by name; with the limit where it takes less."""
    for field in FIELDS:
        if field.name == "tools" and not wanted.tools:
            continue  # What models called before is told in words: nothing is lost.
        if field.is_wish and field.is_sent(wanted) and not field.is_sent(sent):
            yield field.name
    for name in NUMBERS:
        before, after = getattr(wanted.params, name), getattr(sent.params, name)
        if before is not None and after is not None and before > after:
            yield f"{name} > {after:g}"
    if wanted.params.max_tokens and not set(LIMIT_NAMES) - sent.learned.refused:
        yield "max_tokens"


def _is_refused(field: Field, request: ChatRequest, learned: Learned) -> bool:
    if field.name in learned.refused:
        return True
    level = request.params.thinking
    return field.name == "thinking" and level is not None and refusal_of_level(level) in learned.refused
