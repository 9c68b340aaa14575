from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ninja import Schema
from pydantic import create_model

from chat.protocol import commands
from conversations import settings
from core.schemas import Lenient, Name
from core.type_hints import as_json


class NewMessage(commands.Posted):
    stream: bool = False


class NewBranch(Lenient):
    message: commands.MessageId
    name: Name


def shown_settings(names: Iterable[str]) -> Any:
    """Makes the shape whose fields are these settings."""
    fields: dict[str, Any] = {name: (as_json(settings.type_of(name)), ...) for name in names}
    return create_model("ShownSettings", __base__=Schema, **fields)


if TYPE_CHECKING:

    class ListedSettings(Schema): ...

    class OtherSettings(Schema): ...

else:
    ListedSettings, OtherSettings = shown_settings(settings.LISTED), shown_settings(settings.SENT)


class ConversationRow(ListedSettings):
    """Times in RFC 3339. `answering`: how many answers stream in it now; `waiting`: how many of them wait for
    a person to allow a call."""

    id: str
    created: str
    updated: str
    models: list[str]
    messages: int
    answering: int
    waiting: int


class ConversationOut(ConversationRow, OtherSettings):
    """`head`: the leaf that is shown. `branches`: the leaf of each, by name. `dialogue`: how models talk with
    each other here; null where they do not."""

    dialogue: dict[str, Any] | None
    head: str | None
    branches: dict[str, str]


class ConversationList(Schema):
    conversations: list[ConversationRow]
    next: str | None


class Hit(Schema):
    """`message`: null where the title was found. `marks`: start and end in `snippet`, in characters."""

    conversation: ConversationRow
    message: str | None
    role: str
    at: str
    snippet: str
    marks: list[tuple[int, int]]


class Found(Schema):
    hits: list[Hit]


class Label(Schema):
    name: str
    count: int


class FolderLabel(Label):
    """`project`, only where it is true: it carries more than conversations. One that does may have none."""

    project: bool | None = None


class Labels(Schema):
    folders: list[FolderLabel]
    tags: list[Label]


class Organised(Schema):
    done: list[str]
    failed: dict[str, str]


class TrashedRow(Schema):
    id: str
    title: str
    deleted: str
    purged: str


class Trash(Schema):
    conversations: list[TrashedRow]


class Answered(Schema):
    conversation: str
    message: str
    answers: list[dict[str, Any]]


class Messages(Schema):
    messages: list[dict[str, Any]]
    next: str | None


class Remark(Schema):
    """`name`: of a file in the export, or a conversation's title."""

    name: str
    reason: str


class Imported(Schema):
    """`skipped`: how many, by reason. `unread`: what could not be taken, and `mended`: what came in although
    something was wrong in it, the first hundred of each. `nothing_new`: all of it could be read, and was
    here before. `upload`: of a dry run, the file that was kept. `stopped`: before all of it was taken in."""

    conversations: int
    messages: int
    attachments: int
    skipped: dict[str, int]
    unread: list[Remark]
    mended: list[Remark]
    nothing_new: bool
    ids: list[str]
    stopped: bool = False
    upload: str | None = None


class Unreadable(Schema):
    code: str
    message: str


class AttachedText(Schema):
    """`tokens`: an estimate. `pages`: where the format has some; `textless`: those of them that hold no text,
    as `3-7, 9`. `error`: why models get nothing but the file's name."""

    tokens: int
    pages: int | None
    textless: str
    error: Unreadable | None


class Attachment(Schema):
    """`text`: what the file holds; null for a picture, and while a long file is still being read."""

    type: str
    sha256: str
    name: str
    mime: str
    bytes: int
    text: AttachedText | None
