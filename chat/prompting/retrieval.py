"""The passages of a person's documents that a turn is answered from: looked up once, the same for all its
lanes. Documents are only imported when a conversation, or a message, asks for them."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.engine.room import Room
from chat.policy.spending import folder_of
from chat.prompting import context
from chat.prompting.attachments import attachment_store
from chat.prompting.projects import documents_to_search
from chat.protocol.errors import NotFoundError
from conversations.records import AskedDocument, MessageRecord, UserMessage
from conversations.shapes import parts_of
from core.shared_work import SharedWork

if TYPE_CHECKING:
    from rag.retrieval import Retrieved

PATIENCE = 30.0
"""Seconds that a question waits for documents that are still being read; then it goes on without them."""
QUESTIONS = 6
"""Of a person's last questions: what a follow-up may lean on."""


class Passages:
    def __init__(self, room: Room, user: str) -> None:
        self._room = room
        self._user = user
        self._looking = SharedWork(self._look)
        self._answers: list[str] = []
        self._said: tuple[str, Mapping[str, Any]] | None = None

    async def get(self, answer: str) -> "Retrieved":
        """Whoever comes first looks. What there is to say meanwhile stands beside `answer`."""
        if answer not in self._answers:
            self._answers.append(answer)
        if self._said is not None and self._looking.is_running:
            self._room.note(*self._said, message=answer)
        return await self._looking.get()

    async def _look(self) -> "Retrieved":
        from rag import retrieval

        owner = self._room.owner or ""
        path = await asyncio.to_thread(self._path)
        given = attached_files(path)
        await retrieval.add_files(owner, self._room.id, given)
        documents = await documents_to_search(owner, self._room.id, folder_of(self._room))
        left = await retrieval.wait_until_read(
            owner, self._room.id, documents, seconds=PATIENCE, tell=self._say_waiting
        )
        if left:
            self._say("unread", {"documents": left})
        self._say("searching")
        *history, question = [context.text_of(record) for record in path[-QUESTIONS:]]
        found = await retrieval.retrieve_passages(
            owner,
            self._room.id,
            question,
            history,
            documents=documents,
            apart_from=[place.name for _name, place in given],
        )
        return found.with_unread(left)

    def _say_waiting(self, documents: int) -> None:
        self._say("reading", {"documents": documents})

    def _say(self, code: str, values: Mapping[str, Any] | None = None) -> None:
        self._said = (code, values or {})
        for answer in self._answers:
            self._room.note(code, values, message=answer)

    def _path(self) -> list[MessageRecord]:
        """The person's messages on the path to this one, the oldest first."""
        tree = self._room.file.tree
        asked = [m for m in tree.path(self._user) if tree.messages[m]["role"] == "user"]
        return list(self._room.file.messages(asked))


def prepare_documents(room: Room) -> None:
    """Where the conversation asks documents, what its first question would wait for is read meanwhile."""
    if room.file.tree.settings["rag"]:
        current_engine().spawn(_warm(room.owner or "", room.id))


async def _warm(owner: str, conversation: str) -> None:
    from rag import retrieval

    await retrieval.preload_indexes(owner, conversation)


def attached_files(messages: Sequence[MessageRecord]) -> list[tuple[str, Path]]:
    """Name and place of each file that came with a message; pictures hold no passages."""
    found: dict[str, tuple[str, Path]] = {}
    for part in (part for message in messages for part in parts_of(message)):
        if part["type"] == "file" and (path := attachment_store().path(part["sha256"])) is not None:
            found[part["sha256"]] = (part["name"], path)
    return list(found.values())


def passages_for_turn(room: Room, message: UserMessage) -> Passages | None:
    """None where the conversation does not ask documents, or the message brings what is to be read itself
    (chat/reading): searching is for collections."""
    brings_files = any(part["type"] == "file" for part in parts_of(message))
    if not room.file.tree.settings["rag"] or brings_files or message.get("documents"):
        return None
    return Passages(room, message["id"])


async def passages_for_message(room: Room, message: str | None) -> Passages | None:
    """For another answer to a message that is there."""
    if message is None:
        return None
    for record in await asyncio.to_thread(room.file.messages, [message]):
        if record["role"] == "user":
            return passages_for_turn(room, record)
    return None


async def find_documents(owner: str, documents: Sequence[int]) -> list[AskedDocument]:
    """Raises NotFoundError where one is not there, or not the owner's."""
    if not documents:
        return []
    from rag import retrieval

    names = await retrieval.find_names(owner, documents)
    if any(document not in names for document in documents):
        raise NotFoundError(_("There is no such document."))
    return [{"id": document, "name": names[document]} for document in dict.fromkeys(documents)]
