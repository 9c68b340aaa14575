"""What chat asks of documents: passages for a question, and whether some are still being read."""

import logging
from collections.abc import Sequence

from channels.db import database_sync_to_async

from rag import access, choosing, worker
from rag.choosing import Chosen
from rag.context import NOTHING, Retrieved
from rag.errors import DocumentError
from rag.rewrite import standalone
from rag.search import Hit, Question
from rag.stages import stage
from rag.store import Scope, store

__all__ = ["Retrieved", "forget_conversation", "retrieve", "waiting"]
log = logging.getLogger(__name__)


async def retrieve(
    owner: str,
    conversation: str,
    question: str,
    history: Sequence[str],
    *,
    budget_tokens: int,
    documents: Sequence[int] | None = None,
) -> Retrieved:
    """Passages of the owner's documents and the conversation's own, or of `documents` alone. `history`: the
    person's questions before this one, the oldest first. An embedding server that does not answer costs its
    half of the search and no more."""
    hits = await find(owner, conversation, standalone(question, history), documents=documents)
    if not hits:
        return NOTHING
    built: Retrieved = await database_sync_to_async(stage("RAG_CONTEXT"), thread_sensitive=False)(
        hits, budget_tokens
    )
    return built


async def waiting(owner: str, conversation: str) -> int:
    """How many documents a question would miss because they are not read yet."""
    count: int = await database_sync_to_async(access.waiting, thread_sensitive=False)(owner, conversation)
    if count:
        worker.wake()
    return count


async def find(
    owner: str, conversation: str, question: str, *, documents: Sequence[int] | None = None
) -> list[Hit]:
    """The best first, near duplicates among them."""
    scope, chosen = await database_sync_to_async(_prepared, thread_sensitive=False)(
        owner, conversation, documents
    )
    if not scope.collections:
        return []
    asked = await _embedded(question, chosen)
    hits: list[Hit] = await database_sync_to_async(_search, thread_sensitive=False)(scope, asked)
    return hits


def forget_conversation(owner: str, conversation: str) -> None:
    """For when a conversation is gone for good: removes the documents that were given to it alone."""
    access.forget_conversation(owner, conversation)


def _prepared(owner: str, conversation: str, documents: Sequence[int] | None) -> tuple[Scope, Chosen | None]:
    scope = access.scope(owner, conversation, documents)
    if not scope.collections:
        return scope, None
    if not choosing.for_passages().model.complete:
        worker.wake()
    return scope, choosing.for_questions()


async def _embedded(question: str, chosen: Chosen | None) -> Question:
    if chosen is None:
        return Question(question)
    try:
        vectors = await chosen.embedder.embed([question])
    except DocumentError as error:
        log.warning("a question is searched for by its words alone: %s", error)
        return Question(question)
    return Question(question, chosen.model.pk, vectors[0], chosen.embedder.floor)


def _search(scope: Scope, question: Question) -> list[Hit]:
    hits: list[Hit] = stage("RAG_SEARCH")(store(), scope, question)
    return hits
