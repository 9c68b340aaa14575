"""What REST takes and gives for documents: docs/documents.md and OpenAPI."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from core.schemas import Strict
from core.times import timestamp
from rag import messages
from rag.models import Document

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
ConversationId = Annotated[str, Field(max_length=24, pattern=r"^[0-9a-z-]*$")]


class FailureOut(Schema):
    code: str
    message: str


class DocumentOut(Schema):
    """`progress` in percent. `status`: waiting, fetching, reading, embedding, ready, failed or cancelled."""

    id: int
    name: str
    kind: str
    size: int
    pages: int | None
    passages: int
    status: str
    progress: int
    error: FailureOut | None
    conversation: str
    url: str
    made: str


class DocumentsOut(Schema):
    """`waiting`: how many are not read yet."""

    documents: list[DocumentOut]
    waiting: int


class CollectionOut(Schema):
    """`conversation`: empty for the user's own documents, which are in every conversation's reach."""

    conversation: str
    documents: int


class CollectionsOut(Schema):
    collections: list[CollectionOut]


class RefusedOut(Schema):
    name: str
    error: FailureOut


class AlreadyOut(Schema):
    """A file whose bytes were there before, perhaps under another name: that of `document`."""

    name: str
    document: int


class UploadedOut(Schema):
    """`documents`: one for each file that was taken, also where it was there already."""

    documents: list[DocumentOut]
    already: list[AlreadyOut]
    refused: list[RefusedOut]


class SourceOut(Schema):
    """`words`: share of the question's words, by rarity, that stand in the passage; `cosine`: of the vectors,
    null where they did not bring it up. `last_page`: null where it stands on one. `matches`: start and end in
    `passage`, in characters."""

    n: int
    document: int
    name: str
    page: int | None
    last_page: int | None
    heading: str
    passage: str
    score: float
    words: float
    cosine: float | None
    matches: list[tuple[int, int]]


class PassagesOut(Schema):
    passages: list[SourceOut]
    waiting: int


class FromAddress(Strict):
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    conversation: ConversationId = ""


class Soon(Strict):
    conversation: ConversationId = ""


class Trial(Strict):
    """`documents`: look in these alone, wherever they are; else in the user's own and the conversation's."""

    question: Annotated[str, Field(min_length=1, max_length=4000)]
    conversation: ConversationId = ""
    documents: Annotated[list[Id], Field(max_length=1000)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 10


def failure_json(code: str) -> dict[str, str]:
    return {"code": code, "message": messages.message_for(code)}


def document_json(document: Document) -> dict[str, Any]:
    return {
        "id": document.pk,
        "name": document.name,
        "kind": document.kind,
        "size": document.size,
        "pages": document.pages,
        "passages": document.passage_count,
        "status": document.status,
        "progress": document.progress,
        "error": failure_json(document.error) if document.error else None,
        "conversation": document.collection.conversation,
        "url": document.url,
        "made": timestamp(document.made),
    }
