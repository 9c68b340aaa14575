"""What arrives from a service becomes Divan's events, one network read at a time."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from core.json_text import parse_loose_json
from providers.connectors.shared.pacing import pace_events
from providers.errors import ProviderError
from providers.streaming import ALIVE
from providers.types import Finish, StreamEvent
from providers.wire.sse import Event
from providers.wire.transport import EventReader, HttpAnswer

Item = TypeVar("Item")

_NOTHING_YET: Sequence[StreamEvent] = (ALIVE,)


class StreamParser(ABC, Generic[Item]):
    """Turns the items (events, lines) of one answer into Divan's events.

    A failure in the middle of a read must not swallow what came before it in the same read: `parse` keeps it
    in `failure`, or `parse_item` sets it beside the words that came with it, and `end` raises it. The
    connector calls `end` once `is_over`, or at the end of the body.
    """

    failure: ProviderError | None = None
    done = False
    """The service has said its last word."""

    @property
    def is_over(self) -> bool:
        return self.done or self.failure is not None

    def parse(self, items: Iterable[Item]) -> Sequence[StreamEvent]:
        """Never empty: `ALIVE` stands for a read that said nothing."""
        events: list[StreamEvent] = []
        try:
            for item in items:
                events += self.parse_item(item)
                if self.is_over:
                    break
        except ProviderError as error:
            self.failure = error
        return events or _NOTHING_YET

    @abstractmethod
    def parse_item(self, item: Item) -> Sequence[StreamEvent]: ...

    @abstractmethod
    def end(self) -> Iterator[StreamEvent]:
        """What was held back; then `Done`, or raises `failure`, or `cut_off_error` where there was no end."""


class EventParser(StreamParser[Event]):
    """Parses server-sent events. `finish` is set once the model has said how it ended."""

    finish: Finish | None = None

    @abstractmethod
    def parse_whole(self, payload: Any) -> Iterable[StreamEvent]:
        """The events of an answer that was not streamed."""


async def read_events(answer: HttpAnswer, parser: EventParser) -> AsyncGenerator[StreamEvent]:
    """The whole of `answer`, whichever way the server chose to send it. The caller closes `answer`."""
    if await answer.shape() == "json":
        async for event in pace_events(parser.parse_whole(answer.parse(await answer.read_all()))):
            yield event
        return
    events = EventReader(answer)
    while not parser.is_over and (batch := await events.next()) is not None:
        for event in parser.parse(batch):
            yield event
        events.lenient = parser.finish is not None
    if parser.done:
        await answer.drain()
    for event in parser.end():
        yield event


def cut_off_error(how: str = "") -> ProviderError:
    return ProviderError(
        "bad_response", "the connection ended before the answer did" + (f" ({how})" if how else "")
    )


def event_payload(event: Event) -> Any:
    """The JSON of an event; one that is named `error` is an error, whatever it carries. Raises
    `cut_off_error` for half a value."""
    name, data = event
    try:
        payload = parse_loose_json(data)
    except ValueError:
        if name != b"error":
            raise cut_off_error("half a message") from None
        payload = data.decode("utf-8", "replace")
    if name == b"error" and not (isinstance(payload, dict) and "error" in payload):
        return {"error": payload or "the service reported an error without words"}
    return payload
