"""What chat asks of documents: passages for a question, and whether some are still being read."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from channels.db import database_sync_to_async
from django.conf import settings

from rag import access, configuration, model_choice, worker
from rag.context import NOTHING, Retrieved
from rag.errors import DocumentError
from rag.files import path_of
from rag.model_choice import ChosenModel
from rag.models import Document
from rag.rewrite import rewrite_question
from rag.search import PassageHit, SearchQuestion
from rag.stages import load_stage
from rag.store import Scope, store

__all__ = [
    "Retrieved",
    "add_files",
    "count_unread",
    "find_names",
    "find_originals",
    "find_own_documents",
    "list_documents",
    "preload_indexes",
    "retrieve_passages",
    "wait_until_read",
]
log = logging.getLogger(__name__)
LOOK_AGAIN = 5.0
"""Seconds after which a document that another process reads is looked at again."""
CHUNK = 1 << 20


async def retrieve_passages(
    owner: str,
    conversation: str,
    question: str,
    history: Sequence[str],
    *,
    budget_tokens: int | None = None,
    documents: Sequence[int] | None = None,
    apart_from: Collection[str] = (),
) -> Retrieved:
    """Passages of the owner's documents and the conversation's own, or of `documents` alone. `history`: the
    person's questions before this one, the oldest first. `apart_from`: SHA-256 of files that the model is
    given anyway. `budget_tokens`: absent, as configured. An embedding server that does not answer costs its
    half of the search and no more."""
    hits = await find_passages(owner, conversation, rewrite_question(question, history), documents=documents)
    if apart_from:
        given = await database_sync_to_async(access.find_documents_of_files, thread_sensitive=False)(
            owner, apart_from
        )
        hits = [hit for hit in hits if hit.document not in given]
    if not hits:
        return NOTHING
    built: Retrieved = await database_sync_to_async(_build, thread_sensitive=False)(hits, budget_tokens)
    return built


def _build(hits: Sequence[PassageHit], budget_tokens: int | None) -> Retrieved:
    if budget_tokens is None:
        budget_tokens = configuration.current_configuration().budget_tokens
    built: Retrieved = load_stage("RAG_CONTEXT")(hits, budget_tokens)
    return built


async def preload_indexes(owner: str, conversation: str) -> None:
    """Reads into memory what the first question would wait for. Asks no server."""
    await database_sync_to_async(_preload, thread_sensitive=False)(owner, conversation)


async def count_unread(owner: str, conversation: str, documents: Sequence[int] | None = None) -> int:
    """How many documents a question would miss because they are not read yet."""
    count: int = await database_sync_to_async(access.count_unread_documents, thread_sensitive=False)(
        owner, conversation, documents
    )
    if count:
        worker.wake_worker()
    return count


async def list_documents(owner: str, conversation: str, most: int) -> tuple[list[Document], int]:
    """As `access.list_documents`; where some are unread, the reading goes on."""
    listed: tuple[list[Document], int] = await database_sync_to_async(
        access.list_documents, thread_sensitive=False
    )(owner, conversation, most)
    if listed[1]:
        worker.wake_worker()
    return listed


async def wait_until_read(
    owner: str,
    conversation: str,
    documents: Sequence[int] | None,
    *,
    seconds: float,
    tell: Callable[[int], None],
) -> int:
    """Returns when a question would miss no document, or after `seconds`: how many it would still miss.
    `tell` is called with their number before the wait."""
    end = asyncio.get_running_loop().time() + seconds
    with worker.reading_ended() as news:
        left = await count_unread(owner, conversation, documents)
        if left:
            tell(left)
        while left and (patience := end - asyncio.get_running_loop().time()) > 0:
            try:
                async with asyncio.timeout(min(patience, LOOK_AGAIN)):
                    await news.wait()
            except TimeoutError:
                pass
            news.clear()
            left = await count_unread(owner, conversation, documents)
    return left


async def add_files(owner: str, conversation: str, files: Iterable[tuple[str, Path]]) -> None:
    """Adds files (name and where it lies) to the conversation's own documents, where they are not there
    already. One over the limit is left out."""
    added = [
        await database_sync_to_async(_add_file, thread_sensitive=False)(owner, conversation, name, path)
        for name, path in files
    ]
    if any(added):
        worker.wake_worker()


async def find_names(owner: str, documents: Sequence[int]) -> dict[int, str]:
    """By number, of those of `documents` that are the owner's."""

    def found() -> dict[int, str]:
        return dict(access.documents(owner).filter(pk__in=documents).values_list("pk", "name"))

    known: dict[int, str] = await database_sync_to_async(found, thread_sensitive=False)()
    return known


async def find_own_documents(owner: str, conversation: str) -> list[int]:
    """Those that were given to this conversation alone."""

    def found() -> list[int]:
        own = access.documents(owner).filter(collection__conversation=conversation)
        return list(own.values_list("pk", flat=True))

    known: list[int] = await database_sync_to_async(found, thread_sensitive=False)()
    return known


async def find_originals(owner: str, documents: Sequence[int], *, seconds: float) -> dict[int, Path]:
    """Where the files of those of `documents` lie that are the owner's; at most `seconds` later, where one is
    still being fetched."""

    def found() -> dict[int, str]:
        return dict(access.documents(owner).filter(pk__in=documents).values_list("pk", "sha256"))

    known = await database_sync_to_async(found, thread_sensitive=False)()
    if fetching := [document for document, sha256 in known.items() if not sha256]:
        await wait_until_read(owner, "", fetching, seconds=seconds, tell=lambda _: None)
        known = await database_sync_to_async(found, thread_sensitive=False)()

    def found_on_disk() -> dict[int, Path | None]:
        return {document: path_of(sha256) for document, sha256 in known.items()}

    places = await database_sync_to_async(found_on_disk, thread_sensitive=False)()
    return {document: path for document, path in places.items() if path is not None}


async def find_passages(
    owner: str, conversation: str, question: str, *, documents: Sequence[int] | None = None
) -> list[PassageHit]:
    """The best first, near duplicates among them."""
    scope, chosen = await database_sync_to_async(_prepared, thread_sensitive=False)(
        owner, conversation, documents
    )
    if not scope.collections:
        return []
    asked = await _embedded(owner, question, chosen)
    hits: list[PassageHit] = await database_sync_to_async(_search, thread_sensitive=False)(scope, asked)
    return hits


def _add_file(owner: str, conversation: str, name: str, path: Path) -> bool:
    """Whether the conversation did not have it yet, and has it now."""
    if access.has_file(owner, conversation, path.name):
        return False
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK), b"")
        try:
            return access.add_document(owner, name, chunks, settings.MAX_UPLOAD_BYTES, conversation).is_new
        except DocumentError as error:
            log.info("an attachment is no document: %s", error)
            return False


def _preload(owner: str, conversation: str) -> None:
    scope, chosen = _prepared(owner, conversation, None)
    if chosen is not None:
        store().vectors.preload(scope, chosen.model.pk, sparse=chosen.embedder.sparse)


def _prepared(
    owner: str, conversation: str, documents: Sequence[int] | None
) -> tuple[Scope, ChosenModel | None]:
    scope = access.scope(owner, conversation, documents)
    if not scope.collections:
        return scope, None
    if not model_choice.choose_for_passages().model.complete:
        worker.wake_worker()
    return scope, model_choice.choose_for_questions()


async def _embedded(owner: str, question: str, chosen: ChosenModel | None) -> SearchQuestion:
    if chosen is None:
        return SearchQuestion(question)
    chosen.embedder.owner = owner
    try:
        vector = await chosen.embedder.embed_question(question)
    except DocumentError as error:
        log.warning("a question is searched for by its words alone: %s", error)
        return SearchQuestion(question)
    return SearchQuestion(question, chosen.model.pk, vector, chosen.embedder.floor)


def _search(scope: Scope, question: SearchQuestion) -> list[PassageHit]:
    hits: list[PassageHit] = load_stage("RAG_SEARCH")(store(), scope, question)
    return hits
