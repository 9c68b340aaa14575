"""The values that pass between Divan and its connectors.

These say what was asked and what came back. They do not say how a service spells it (that is each
connector's knowledge) nor how it is kept on disk (conversations/records.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["user", "assistant"]
Finish = Literal["stop", "length", "tool_calls", "content_filter", "other"]
Capability = Literal["chat", "vision", "tools", "thinking", "embeddings"]
Thinking = Literal["off", "low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A model's own reasoning, given back to it. `signature` is opaque and only for its maker."""

    text: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` is the text that the model wrote, which ought to be the JSON of one object. `signature`:
    as in `Reasoning`."""

    id: str
    name: str
    arguments: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    id: str
    name: str
    content: str
    is_error: bool = False


Part = Text | Reasoning | Image | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """What a model may call; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Params:
    """What a person may set for a lane. None: the service's own default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    seed: int | None = None
    thinking: Thinking | None = None
    json: bool = False
    context_length: int | None = None
    """Window to ask for, in tokens; only Ollama lets a client choose."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a model's own refusals and counts have shown of it, beyond what its list tells.

    `refused`: fields that it does not take (providers/learning/fields.py); `most`: the largest value of a
    field that it does. In its own tokens: `window`, question and answer together; `input`, a question that
    it took after it had refused a longer one. `density`: its tokens for each one of Divan's estimate.
    """

    refused: frozenset[str] = frozenset()
    most: Mapping[str, float] = field(default_factory=dict)
    window: int | None = None
    input: int | None = None
    density: float = 1.0

    def is_below(self, window: int) -> bool:
        """Whether less than such a window was found to be read."""
        return any(found is not None and found < window for found in (self.window, self.input))


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`model` is the id without its server. `messages` alternate as the person and models spoke."""

    model: str
    messages: Sequence[Message]
    system: str = ""
    params: Params = Params()
    tools: Sequence[ToolDefinition] = ()
    stop: Sequence[str] = ()
    """The answer ends before the first of these words."""
    streaming: bool = True
    """False: the answer is asked for, and shown, whole."""
    learned: Learned = Learned()
    """For what only a connector can write otherwise: the name of a limit, the default of a limit."""
    schema: Mapping[str, Any] | None = None
    """The JSON Schema that the answer is to keep to, where `params.json` is set."""
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or the name of the one tool that is to be called, after `:`."""

    @property
    def has_pictures(self) -> bool:
        return any(isinstance(part, Image) for message in self.messages for part in message.parts)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. None: the service did not say. `input` includes `cached`; `output` includes `reasoning`."""

    input: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cached: int | None = None
    cost_usd: float | None = None
    """Only what the service itself charged."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """One complete call: connectors gather the pieces."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class PictureDelta:
    """One whole picture that the model made, or what claims to be one: its bytes say what it is."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader should see that is no part of the answer: `code` is `retrying`, `history_cut`,
    `loading`, `model_replaced` …; `values` fill the sentence that the page shows for it."""

    code: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The one regular end of a stream. `model` is what the service says answered, if it says."""

    finish: Finish
    usage: Usage = Usage()
    model: str | None = None


StreamEvent = TextDelta | ReasoningDelta | ToolCallDelta | PictureDelta | Notice | Usage | Done
"""A `Usage` says what has been counted so far: an answer that is stopped has no `Done`."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """Prices in USD per million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model; None and an empty set say 'unknown', not 'no' (DESIGN: ModelInfo)."""

    id: str
    name: str
    provider: str
    server: str
    description: str = ""
    context_length: int | None = None
    max_tokens: int | None = None
    parameters: str | None = None
    quantization: str | None = None
    size: int | None = None
    capabilities: frozenset[Capability] = frozenset()
    pricing: Pricing | None = None
    loaded: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_blind(self) -> bool:
        """Known to see no pictures. Of a model of which nothing is known it is tried."""
        return bool(self.capabilities) and "vision" not in self.capabilities

    @property
    def knows_no_tools(self) -> bool:
        """Known to call none. Of a model of which nothing is known it is tried."""
        return bool(self.capabilities) and "tools" not in self.capabilities


@dataclass(frozen=True, slots=True)
class Embeddings:
    """`vectors` in the order of the texts."""

    vectors: Sequence[Sequence[float]]
    model: str
    usage: Usage = Usage()


class Secret:
    """A key that cannot be printed, logged, compared in a trace or pickled by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)" if self._value else "Secret()"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long things may take, in seconds."""

    connect: float = 5.0
    first_byte: float = 120.0
    chunk: float = 60.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One configured endpoint. `base_url` empty: the provider's public address."""

    name: str
    provider: str
    base_url: str = ""
    key: Secret = Secret()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeouts: Timeouts = Timeouts()
    max_concurrent: int | None = None
    requests_per_minute: int | None = None
