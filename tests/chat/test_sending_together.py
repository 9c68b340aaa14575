"""Messages of one socket that are ready together: one call of the server that can send several, one each
elsewhere; in order, and not more at once than a client may leave unread."""

from typing import Any

import pytest

from chat.consumers import TOGETHER, ChatConsumer
from chat.protocol.events import SENDS_TOGETHER

SHORT = ["ack", "record", "start"]
LONG = ["x" * TOGETHER, "y"]


async def sent_by(texts: list[str], extensions: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What the server is given."""
    given: list[dict[str, Any]] = []

    async def send(event: dict[str, Any]) -> None:
        given.append(event)

    consumer = ChatConsumer()
    consumer.scope = {"type": "websocket"} if extensions is None else {"extensions": extensions}
    consumer.base_send = send
    await consumer.send_messages(texts)
    return given


def one_each(texts: list[str]) -> list[dict[str, Any]]:
    return [{"type": "websocket.send", "text": text} for text in texts]


async def test_what_is_ready_together_is_given_to_the_server_in_one_call() -> None:
    (event,) = await sent_by(SHORT, {SENDS_TOGETHER: {}})
    assert event == {"type": "websocket.send", "text": "ack", "following": ["record", "start"]}


@pytest.mark.parametrize("texts", [[], ["ack"], LONG], ids=["none", "one", "long"])
async def test_a_message_alone_and_long_ones_are_given_one_by_one(texts: list[str]) -> None:
    assert await sent_by(texts, {SENDS_TOGETHER: {}}) == one_each(texts)


@pytest.mark.parametrize("extensions", [None, {}, {"websocket.http.response": {}}])
async def test_a_server_that_does_not_say_so_is_given_each_message_by_itself(extensions: Any) -> None:
    assert await sent_by(SHORT, extensions) == one_each(SHORT)
