import re
import secrets
from datetime import UTC, datetime
from hashlib import sha256

from conversations.errors import InvalidIdError

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32: no letter that looks like another or like a digit."""
CONVERSATION_ID = re.compile(r"\d{8}-\d{6}-[0-9a-z]{8}", re.ASCII)
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def random_id(length: int = 12) -> str:
    return "".join([ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])


def new_conversation_id(now: datetime | None = None, ending: str = "") -> str:
    """Sorts by time and reads as one: `20261120-104233-k3v9x2qd` (UTC)."""
    return f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-{ending or random_id(8)}"


def hash_to_ending(data: bytes) -> str:
    """The last part of a conversation's id, the same for the same data."""
    return "".join([ALPHABET[byte & 31] for byte in sha256(data).digest()[:8]])


def is_conversation_id(text: str) -> bool:
    return CONVERSATION_ID.fullmatch(text) is not None


def check_conversation_id(text: str) -> str:
    """Returns the id. Raises InvalidIdError where it is none."""
    if not is_conversation_id(text):
        raise InvalidIdError(f"{text!r:.80} is no conversation's id")
    return text


def check_message_id(text: str) -> str:
    """Returns the id. Raises InvalidIdError where it is none."""
    if not is_message_id(text):
        raise InvalidIdError(f"{text!r:.80} is no message's id")
    return text


def is_message_id(text: str) -> bool:
    """Message ids name files (a journal), and the client chooses its own messages': keep them tame."""
    return MESSAGE_ID.fullmatch(text) is not None
