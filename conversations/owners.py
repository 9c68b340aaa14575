"""Whose a conversation is.

With AUTH_MODE=local there is one user, and every conversation in the folder is theirs, whatever owner its
file names: it may have been made by hand, or come from a machine with accounts.
"""

from typing import Any

from django.conf import settings

from conversations.records import ConversationRecord

LOCAL_USERNAME = "local"


def owner_of(conversation: ConversationRecord | None) -> str | None:
    """None where the file does not say."""
    if settings.AUTH_MODE == "local":
        return LOCAL_USERNAME
    owner: Any = conversation.get("owner") if conversation else None
    return owner if isinstance(owner, str) and owner else None
