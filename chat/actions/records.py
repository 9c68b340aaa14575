"""The records that a person's actions write."""

from typing import Any, cast

from chat.policy.access import User
from chat.protocol import commands
from conversations.ids import new_conversation_id, random_id
from conversations.owners import named_owner
from conversations.records import (
    FORMAT,
    AnswerHeader,
    AskedDocument,
    ConversationRecord,
    Lane,
    Part,
    Settings,
    SettingsRecord,
    UserMessage,
)
from core.times import timestamp


def conversation_record(user: User, title: str, given: Settings, *, ending: str = "") -> ConversationRecord:
    """`ending`: of its id."""
    fields = {
        "type": "conversation",
        "at": timestamp(),
        "format": FORMAT,
        "id": new_conversation_id(ending=ending),
        **named_owner(user.owner_id, user.username),
        "title": title,
        "lanes": given.get("lanes", []),
        "mode": given.get("mode", "parallel"),
        "history": given.get("history", "own"),
        "rag": given.get("rag", False),
    }
    record = cast(ConversationRecord, fields)
    if given.get("relay"):
        record["relay"] = True
    if given.get("blind"):
        record["blind"] = True
    if not given.get("memory", True):
        record["memory"] = False
    if titles := given.get("titles"):
        record["titles"] = titles
    return record


def settings_record(changed: Settings, *, by_person: bool = False) -> SettingsRecord:
    """A title that no person gave is the first words of a message."""
    by: dict[str, Any] = {"title_by": "person" if by_person else "words"} if "title" in changed else {}
    record: dict[str, Any] = {"type": "settings", "at": timestamp(), **changed, **by}
    return cast(SettingsRecord, record)


def user_message(
    command: commands.Send,
    parent: str | None,
    parts: list[Part],
    settings: Settings,
    documents: list[AskedDocument],
) -> UserMessage:
    row = settings.get("lanes", [])
    message: UserMessage = {
        "type": "message",
        "at": timestamp(),
        "id": command.id or random_id(),
        "parent": parent,
        "role": "user",
        "parts": parts,
        "lanes": [lane["id"] for lane in row],
    }
    if settings.get("blind") and len(row) > 1:
        message["blind"] = True
    if documents:
        message["documents"] = documents
    return message


def answer_header(parent: str | None, lane: Lane) -> AnswerHeader:
    return {
        "type": "message",
        "at": timestamp(),
        "id": random_id(),
        "parent": parent,
        "role": "assistant",
        "lane": lane["id"],
        "model": lane["model"],
        "status": "streaming",
    }
