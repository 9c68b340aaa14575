"""From what arrived to events, one network read at a time."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from providers.connectors.pacing import paced
from providers.errors import ProviderError
from providers.json_text import parse_json
from providers.streaming import ALIVE
from providers.types import Finish, StreamEvent
from providers.wire.sse import Event
from providers.wire.transport import EventReader, HttpAnswer

Item = TypeVar("Item")

_NOTHING_YET: Sequence[StreamEvent] = (ALIVE,)


class Fold(ABC, Generic[Item]):
    """Folds the items (events, lines) of one answer.

    A failure in the middle of a read must not swallow what came before it in the same read: `take` keeps
    it, or `feed` sets it beside the words that came with it, and `end`, which the connector calls once `over`
    or at the end of the body, raises it.
    """

    failure: ProviderError | None = None
    done = False
    """The service has said its last word."""

    @property
    def over(self) -> bool:
        return self.done or self.failure is not None

    def take(self, items: Iterable[Item]) -> Sequence[StreamEvent]:
        """Never empty: `ALIVE` stands for a read that said nothing."""
        events: list[StreamEvent] = []
        try:
            for item in items:
                events += self.feed(item)
                if self.over:
                    break
        except ProviderError as error:
            self.failure = error
        return events or _NOTHING_YET

    @abstractmethod
    def feed(self, item: Item) -> Sequence[StreamEvent]: ...

    @abstractmethod
    def end(self) -> Iterator[StreamEvent]:
        """What was held back; then `Done`, or raises `failure`, or `cut` where there was no end."""


class EventFold(Fold[Event]):
    """Folds server-sent events. `finish` is set once the model has said how it ended."""

    finish: Finish | None = None

    @abstractmethod
    def whole(self, payload: Any) -> Iterable[StreamEvent]:
        """The events of an answer that was not streamed."""


async def read_events(answer: HttpAnswer, fold: EventFold) -> AsyncGenerator[StreamEvent]:
    """The whole of `answer`, whichever way the server chose to send it. The caller closes `answer`."""
    if await answer.shape() == "json":
        async for event in paced(fold.whole(answer.parse(await answer.read_all()))):
            yield event
        return
    events = EventReader(answer)
    while not fold.over and (batch := await events.next()) is not None:
        for event in fold.take(batch):
            yield event
        events.lenient = fold.finish is not None
    if fold.done:
        await answer.settle()
    for event in fold.end():
        yield event


def cut(how: str = "") -> ProviderError:
    return ProviderError(
        "bad_response", "the connection ended before the answer did" + (f" ({how})" if how else "")
    )


def event_payload(event: Event) -> Any:
    """The JSON of an event; one that is named `error` is an error, whatever it carries. Raises `cut` for
    half a value."""
    name, data = event
    try:
        payload = parse_json(data)
    except ValueError:
        if name != b"error":
            raise cut("half a message") from None
        payload = data.decode("utf-8", "replace")
    if name == b"error" and not (isinstance(payload, dict) and "error" in payload):
        return {"error": payload or "the service reported an error without words"}
    return payload
