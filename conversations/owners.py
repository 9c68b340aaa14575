"""Whose a conversation is.

With AUTH_MODE=local there is one user, and every conversation in the folder is theirs, whatever owner its
file names: it may have been made by hand, or come from a machine with accounts.
"""

from typing import Any

from django.conf import settings

from conversations.records import ConversationRecord
from core.owners import LOCAL, resolve_owner


def owner_of(conversation: ConversationRecord | None) -> str | None:
    """None where the file does not say."""
    if settings.AUTH_MODE == "local":
        return LOCAL
    owner: Any = conversation.get("owner") if conversation else None
    return resolve_owner(owner) if isinstance(owner, str) and owner else None


def named_owner(owner: str, name: str) -> dict[str, str]:
    """As a conversation's first line says it: the id, and the name where that is another."""
    return {"owner": owner} if name == owner else {"owner": owner, "owner_name": name}
