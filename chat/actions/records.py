"""The records that a person's actions write."""

from typing import Any, cast

from chat.policy.access import User
from chat.prompting.titles import title_from
from chat.protocol import commands
from conversations.ids import new_conversation_id, random_id
from conversations.owners import named_owner
from conversations.records import (
    FORMAT,
    AnswerChoice,
    AnswerHeader,
    AskedDocument,
    ConversationRecord,
    Part,
    SettingsRecord,
    UserMessage,
)
from conversations.settings import Lane, Settings, first_settings
from core.times import timestamp


def conversation_record(user: User, title: str, given: Settings, *, ending: str = "") -> ConversationRecord:
    """`ending`: the last characters of its id, where they are not to be random."""
    record: dict[str, Any] = {
        "type": "conversation",
        "at": timestamp(),
        "format": FORMAT,
        "id": new_conversation_id(ending=ending),
        **named_owner(user.owner_id, user.username),
        "title": title,
        **first_settings(given),
    }
    return cast(ConversationRecord, record)


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
    row = settings["lanes"]
    message: UserMessage = {
        "type": "message",
        "at": timestamp(),
        "id": command.id or random_id(),
        "parent": parent,
        "role": "user",
        "parts": parts,
        "lanes": [lane["id"] for lane in row],
    }
    if settings["blind"] and len(row) > 1:
        message["blind"] = True
    if documents:
        message["documents"] = documents
    return message


def title_of(command: commands.Send, parts: list[Part]) -> str:
    """Its first words or, of files alone, their names."""
    return title_from(command.text) or title_from(", ".join(str(part.get("name", "")) for part in parts))


def answer_header(parent: str | None, lane: Lane, choice: AnswerChoice | None = None) -> AnswerHeader:
    header: AnswerHeader = {
        "type": "message",
        "at": timestamp(),
        "id": random_id(),
        "parent": parent,
        "role": "assistant",
        "lane": lane["id"],
        "model": lane["model"],
        "status": "streaming",
    }
    return header if choice is None else {**header, "choice": choice}
