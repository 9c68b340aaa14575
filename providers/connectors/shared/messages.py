"""Messages in the order and shape that services accept."""

import base64
from collections.abc import Sequence

from providers.types import Image, Message, Part, Reasoning, Text


def merge_messages(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of one role as one message, without empty parts and without messages that hold nothing a
    service could be told. Many models' templates refuse two user messages in a row."""
    result: list[Message] = []
    for message in messages:
        parts = tuple(part for part in message.parts if not _is_empty(part))
        if all(isinstance(part, Reasoning) for part in parts):
            continue
        if result and result[-1].role == message.role:
            result[-1] = Message(message.role, result[-1].parts + parts)
        else:
            result.append(Message(message.role, parts))
    return result


def text_of(message: Message) -> str:
    return "\n\n".join(part.text for part in message.parts if isinstance(part, Text))


def unsigned_thought(message: Message) -> str:
    """What a model thought and no service signed: given back while it calls, and not later."""
    thoughts = (part for part in message.parts if isinstance(part, Reasoning) and not part.signature)
    return "".join(part.text for part in thoughts)


def base64_of(image: Image) -> str:
    return base64.b64encode(image.data).decode("ascii")


def _is_empty(part: Part) -> bool:
    """A text of blanks alone is none either: Anthropic refuses it, and models put one before their calls."""
    if isinstance(part, Text):
        return not part.text.strip()
    return isinstance(part, Reasoning) and not part.text and not part.signature
