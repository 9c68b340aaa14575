"""The base of the fakes: one class a wire format, which says how to spell what a script says."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar, Self

import orjson

from tests.upstreams.script import Call, End, Fail, Odd, Payload, Say, Scenario, Step, Think


class Wire(ABC):
    """`prefix` is the path under which the fake is mounted; `base` what a person configures after it."""

    name: ClassVar[str]
    provider: ClassVar[str]
    base: ClassVar[str] = ""
    model: str = "test-model"
    chat_path: ClassVar[str]
    """aiohttp's route, below `base`."""
    content_type: ClassVar[str] = "text/event-stream"
    sse: ClassVar[bool] = True
    native_thinking: ClassVar[bool] = True
    counts_reasoning: ClassVar[bool] = True
    counts_cached: ClassVar[bool] = True
    key_header: ClassVar[str] = "Authorization"
    key_value: ClassVar[str] = "Bearer {key}"
    framing: ClassVar[Mapping[str, Any]] = {}
    """What this service sends by itself: options of `Scenario` that hold unless a test sets them."""

    def answering_as(self, model: str) -> Self:
        """This wire, with another name in its answers."""
        made = copy(self)
        made.model = model
        return made

    @property
    def prefix(self) -> str:
        return f"/{self.name}"

    @abstractmethod
    def chunks(self, step: Say | Think | Call | End | Odd) -> Sequence[Any]:
        """The JSON values of a step."""

    @abstractmethod
    def failure(self, step: Fail) -> bytes:
        """The whole frame of an error in the middle of a stream."""

    @abstractmethod
    def whole(self, steps: Sequence[Step]) -> Any:
        """The answer as one JSON value, as for a request that did not ask for a stream."""

    @abstractmethod
    def models(self) -> Any: ...

    @abstractmethod
    def error_body(self, status: int, message: str) -> Any: ...

    def opening(self) -> Sequence[Any]:
        """Chunks before the first step."""
        return ()

    def closing(self) -> bytes:
        """What ends a stream that ends well, framed."""
        return b""

    def frame(self, payload: Any, scenario: Scenario) -> bytes:
        data = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        name = self.event_name(payload)
        head = b"event: " + name + scenario.newline if name else b""
        if scenario.lines:
            # JSON may be broken where no string is: after the first brace.
            first, rest = data[:1], data[1:]
            lines = [scenario.prefix + first, scenario.prefix + rest]
        else:
            lines = [scenario.prefix + data]
        return head + scenario.newline.join(lines) + scenario.newline * 2

    def event_name(self, payload: Any) -> bytes:
        return b""

    def frames(self, step: Step, scenario: Scenario) -> list[bytes]:
        if isinstance(step, Fail):
            return [self.failure(step)]
        if isinstance(step, Payload):
            return [self.frame(step.data, scenario)]
        if isinstance(step, Say | Think | Call | End | Odd):
            return [self.frame(payload, scenario) for payload in self.chunks(step)]
        raise TypeError(step)

    def model_of(self, body: Mapping[str, Any], path: str) -> str:
        return str(body.get("model", ""))

    def wants_stream(self, body: Mapping[str, Any], path: str) -> bool:
        return bool(body.get("stream"))

    def embed(self, body: Mapping[str, Any], path: str) -> Any:
        raise NotImplementedError(self.name)


def said(steps: Sequence[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Say))


def thought(steps: Sequence[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Think))


def ended(steps: Sequence[Step]) -> End:
    return next((step for step in steps if isinstance(step, End)), End())


def calls(steps: Sequence[Step]) -> list[Call]:
    return [step for step in steps if isinstance(step, Call)]


def known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def vector(text: str, size: int = 4) -> list[float]:
    """The same text gets the same vector, another one another."""
    return [float(sum(text.encode()) % (7 + i)) + len(text) / 100 for i in range(size)]
