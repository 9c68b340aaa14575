"""The files of a turn, found and read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.engine.room import Room
from chat.prompting import context
from chat.prompting.attachments import attachment_store
from chat.prompting.reading.file_text import TurnFile
from conversations.records import AskedDocument, AttachmentPart, MessageRecord
from conversations.shapes import parts_of
from rag import retrieval
from rag.whole.text import FileText, text_of

PATIENCE = 30.0
"""Seconds that a question waits for a picked document that is still being fetched."""
MISSING = FileText(error="missing")


@dataclass(frozen=True, slots=True)
class FilesOnPath:
    """What stands on the way to the message, the oldest first. `question`: its text."""

    files: Sequence[TurnFile]
    pictures: Sequence[AttachmentPart]
    question: str


async def find_turn_files(room: Room, user: str) -> FilesOnPath:
    """Reads the files on the path to the message `user`. Where the conversation searches documents, those
    that can be read become documents of it."""
    records = await asyncio.to_thread(messages_with_files, room, user)
    pictures: dict[str, AttachmentPart] = {}
    files: dict[str, TurnFile] = {}
    question = ""
    for record in records:
        is_new = record["id"] == user
        question = context.text_of(record) if is_new else question
        for part in parts_of(record):
            if part["type"] == "image":
                pictures.setdefault(part["sha256"], part)
            elif part["type"] == "file" and (part["sha256"] not in files or is_new):
                files[part["sha256"]] = await read_attached(part, is_new)
    if room.file.tree.settings["rag"]:
        kept = [(file.name, file.path) for file in files.values() if not file.text.error]
        await retrieval.add_files(room.owner or "", room.id, kept)
    picked = [document for record in records if record["id"] == user for document in documents_of(record)]
    return FilesOnPath([*files.values(), *await read_picked(room, picked)], list(pictures.values()), question)


def messages_with_files(room: Room, user: str) -> list[MessageRecord]:
    """The messages on the path that brought files, and the one that is answered."""
    tree = room.file.tree
    path = tree.path(user)
    return list(room.file.messages([one for one in path if one == user or tree.messages[one].get("files")]))


def documents_of(record: MessageRecord) -> Sequence[AskedDocument]:
    return record.get("documents", ()) if record["role"] == "user" else ()


async def read_attached(part: AttachmentPart, is_new: bool) -> TurnFile:
    sha256, name = part["sha256"], part["name"]
    path = await asyncio.to_thread(attachment_store().path, sha256)
    text = MISSING if path is None else await text_of(path, name)
    return TurnFile(sha256, name, path or Path(sha256), text, is_new)


async def read_picked(room: Room, picked: Sequence[AskedDocument]) -> list[TurnFile]:
    """Documents that were picked for this very message."""
    if not picked:
        return []
    chosen = [document["id"] for document in picked]
    originals = await retrieval.find_originals(room.owner or "", chosen, seconds=PATIENCE)
    files: list[TurnFile] = []
    for document in picked:
        path = originals.get(document["id"])
        text = MISSING if path is None else await text_of(path, document["name"])
        path = path or Path(str(document["id"]))
        files.append(TurnFile(path.name, document["name"], path, text, True, document["id"]))
    return files
