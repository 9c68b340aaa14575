"""What a fake model server is told to do, in words that fit every wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Think:
    """`signature`: opaque bytes of the service, where its wire has them."""

    text: str
    signature: str = ""


@dataclass(frozen=True)
class Call:
    """`index`: its place among the calls of the answer, where the wire tells it."""

    name: str
    arguments: Mapping[str, Any]
    id: str = "c1"
    signature: str = ""
    index: int = 0


@dataclass(frozen=True)
class Counts:
    """`output` includes `reasoning`. None: the server does not tell."""

    input: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cached: int | None = None


@dataclass(frozen=True)
class End:
    """`reason`: stop, length, tool_calls, content_filter, or a word that nobody knows."""

    reason: str = "stop"
    counts: Counts = Counts()


@dataclass(frozen=True)
class Fail:
    """An error in the middle of a stream, in the service's own form."""

    message: str = "the model fell over"
    kind: str = "overloaded"


@dataclass(frozen=True)
class Odd:
    """A chunk that is allowed and says nothing."""


@dataclass(frozen=True)
class Raw:
    """These bytes, outside all framing."""

    data: bytes


@dataclass(frozen=True)
class Payload:
    """This JSON text, framed as the wire frames its chunks."""

    data: bytes


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Stall:
    """Says no more until the client goes."""


@dataclass(frozen=True)
class Reset:
    """Drops the connection in the middle of the body."""


@dataclass(frozen=True)
class Tokens:
    """`count` pieces of text at `rate` a second; 0: as fast as the connection takes them."""

    count: int
    rate: float = 0.0
    text: str = " word"


Step = Say | Think | Call | End | Fail | Odd | Raw | Payload | Wait | Stall | Reset | Tokens


@dataclass(frozen=True)
class Scenario:
    """One answer. With `status` other than 200, or with `body`, there is no stream but that body.

    `prefix` stands before the JSON of every SSE line; `split` is the size of each write in bytes;
    `cut_at` makes two writes, at that byte; `strip_end` leaves out the last line ends; `lines` spreads
    each event's JSON over several `data:` lines; `model` answers
    instead of the one that was asked.
    """

    steps: tuple[Step, ...] = ()
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    newline: bytes = b"\n"
    prefix: bytes = b"data: "
    ending: bool = True
    split: int | None = None
    strip_end: bool = False
    cut_at: int | None = None
    lines: bool = False
    gzip: bool = False
    whole: bool = False
    begins_with: bytes = b""
    delay: float = 0.0
    model: str = ""

    def but(self, **changes: Any) -> "Scenario":
        return replace(self, **changes)


def scenario(*steps: Step, **options: Any) -> Scenario:
    return Scenario(steps, **options)


def refusal(status: int, body: Any = b"", **headers: str) -> Scenario:
    """An HTTP error with `body` (JSON, or bytes as they are)."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    kind = "text/plain" if isinstance(body, bytes) else "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scenario(status=status, body=raw, content_type=kind, headers=named)


HELLO = "Merhaba, dünya! 🚀 Привет."
PLAIN = scenario(Say("Merhaba, "), Say("dünya! 🚀"), Say(" Привет."), End(counts=Counts(11, 7)))

SCENARIOS: Mapping[str, Scenario] = {
    "plain": PLAIN,
    "thinking": scenario(Think("Let me see. "), Think("Yes."), Say("42"), End(counts=Counts(11, 7, 5))),
    "tool": scenario(Call("weather", {"city": "İzmir"}), End("tool_calls", Counts(11, 7))),
    "markdown": scenario(Say("# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"), Say("`code`"), End()),
    "cut": scenario(Say("Half an ans"), ending=False),
    "reset": scenario(Say("Half an ans"), Reset()),
    "stall": scenario(Say("Half an ans"), Stall()),
    "silent": scenario(Stall()),
    "failing": scenario(Say("Half an ans"), Fail()),
    "unauthorized": refusal(401, {"error": {"message": "bad key"}}),
    "rate_limited": refusal(429, {"error": {"message": "slow down"}}, Retry_After="2"),
    "broken": refusal(500, {"error": {"message": "sorry"}}),
    "long": scenario(Tokens(400, 50), End(counts=Counts(11, 400))),
    "endless": scenario(Tokens(1_000_000, 50), End()),
    "flood": scenario(Tokens(20_000), End(counts=Counts(11, 20_000))),
}
"""Played by name: a model of this id. (`python -m tests.upstreams` lists them all.)"""
