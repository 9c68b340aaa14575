"""`/api/documents`: giving documents, seeing how far they are, and trying a search."""

from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile as DjangoFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Status
from ninja.files import UploadedFile

from core.originals.base import OriginalsAwayError
from core.originals.downloads import ANSWERS, download_original
from core.owners import Person
from core.text.names import plain_name
from providers.rest.schemas import ErrorOut, refusal
from rag import access, fetch, messages, retrieval, worker
from rag.errors import DocumentError
from rag.files import originals
from rag.models import Document
from rag.rest import schemas

router = Router(tags=["documents"])
MOST_FILES = 100
MOST_LISTED = 1_000
REFUSALS = dict.fromkeys((400, 404, 409, 413), ErrorOut)
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Given = ParamSpec("Given")
Result = TypeVar("Result")


class DocumentRequest(HttpRequest):
    """An authenticated request: `auth` is the user."""

    auth: Person


async def in_thread(
    function: Callable[Given, Result], *arguments: Given.args, **options: Given.kwargs
) -> Result:
    result: Result = await database_sync_to_async(function, thread_sensitive=False)(*arguments, **options)
    return result


def error_response(error: DocumentError) -> HttpResponse:
    code, status = ("too_large", 413) if error.code == "too_large" else ("invalid", 400)
    return refusal(code, messages.message_for(error.code), status)


def not_found_response() -> HttpResponse:
    return refusal("not_found", _("There is no such document."), 404)


async def document_of(request: DocumentRequest, number: int) -> Document | None:
    return await in_thread(access.documents(request.auth.owner_id).filter(pk=number).first)


@router.get("", response=schemas.DocumentsOut)
async def documents(
    request: DocumentRequest,
    conversation: Annotated[str, Query(max_length=24, pattern=r"^[0-9a-z-]*$")] = "",
) -> Any:
    """The user's own, the newest first; with `conversation`, those that were given to it instead."""
    rows, waiting = await retrieval.list_documents(request.auth.owner_id, conversation, MOST_LISTED)
    return {"documents": [schemas.document_json(row) for row in rows], "waiting": waiting}


@router.post("", response={201: schemas.UploadedOut, 200: schemas.UploadedOut, **REFUSALS})
async def upload(
    request: DocumentRequest,
    files: File[list[UploadedFile]],
    conversation: Annotated[str, Form(max_length=24, pattern=r"^[0-9a-z-]*$")] = "",
) -> Any:
    """Several at once. What they are is told from their bytes, and whether they can be read is seen in the
    list. A file over the limit, or one that the storage does not take, is refused, and the others are kept.
    200 where all were there already."""
    if len(files) > MOST_FILES:
        return refusal("too_large", _("Too many files at once."), 413)
    taken: list[dict[str, Any]] = []
    already: list[dict[str, Any]] = []
    turned_away: list[dict[str, Any]] = []
    for file in files:
        name = plain_name(file.name or "")
        try:
            row, is_new = await in_thread(add_file, request.auth.owner_id, file, conversation)
        except DocumentError as error:
            turned_away.append({"name": name, "error": schemas.failure_json(error.code)})
        except OriginalsAwayError:
            if not taken:
                raise
            turned_away.append({"name": name, "error": schemas.failure_json("storage_unavailable")})
        else:
            taken.append(row)
            if not is_new:
                already.append({"name": name, "document": row["id"]})
    if taken:
        worker.wake_worker()
    elif turned_away:
        return refusal("too_large", turned_away[0]["error"]["message"], 413)
    status = 201 if len(already) < len(taken) else 200
    return Status(status, {"documents": taken, "already": already, "refused": turned_away})


def add_file(owner: str, file: "DjangoFile[bytes]", conversation: str) -> tuple[dict[str, Any], bool]:
    """The document as JSON, and whether it is new."""
    added = access.add_document(
        owner, file.name or "", file.chunks(), settings.MAX_UPLOAD_BYTES, conversation
    )
    return schemas.document_json(added.document), added.is_new


@router.post("/url", response={201: schemas.DocumentOut, **REFUSALS})
async def from_address(request: DocumentRequest, body: schemas.FromAddress) -> Any:
    """Fetched by the server, in the background. Addresses inside the server's own network are refused."""
    try:
        url = fetch.check_address(body.url)
    except DocumentError as error:
        return error_response(error)

    def add() -> dict[str, Any]:
        name = url.partition("://")[2]
        return schemas.document_json(access.add_address(request.auth.owner_id, url, name, body.conversation))

    made = await in_thread(add)
    worker.wake_worker()
    return Status(201, made)


@router.post("/search", response=schemas.PassagesOut)
async def search(request: DocumentRequest, body: schemas.Trial) -> Any:
    """What a question would find, the best first."""
    from rag.context import drop_near_duplicates, source_fields

    owner = request.auth.owner_id
    # In this order: what is read meanwhile was missed by the search, and counts as unread.
    waiting = await retrieval.count_unread(owner, body.conversation)
    hits = await retrieval.find_passages(owner, body.conversation, body.question, documents=body.documents)
    found = list(drop_near_duplicates(hits))[: body.limit]
    return {
        "passages": [source_fields(number, [hit]) for number, hit in enumerate(found, 1)],
        "waiting": waiting,
    }


@router.post("/warm", response={204: None})
async def preload_indexes(request: DocumentRequest, body: schemas.Soon) -> Any:
    """A question is about to come: what the first one would wait for is read before this answers."""
    await retrieval.preload_indexes(request.auth.owner_id, body.conversation)
    return Status(204, None)


@router.get("/collections", response=schemas.CollectionsOut)
async def collections(request: DocumentRequest) -> Any:
    """The user's own documents, and the conversations that have some of their own, the newest first."""

    def counted() -> list[dict[str, Any]]:
        rows = access.collections(request.auth.owner_id)
        return [{"conversation": conversation, "documents": count} for conversation, count in rows]

    return {"collections": await in_thread(counted)}


@router.get("/{document}", response={200: schemas.DocumentOut, **REFUSALS})
async def document(request: DocumentRequest, document: Id) -> Any:
    row = await document_of(request, document)
    return not_found_response() if row is None else schemas.document_json(row)


@router.delete("/{document}", response={204: None, **REFUSALS})
async def delete(request: DocumentRequest, document: Id) -> Any:
    """With its passages, and with the original where nobody else has it."""
    row = await document_of(request, document)
    if row is None:
        return not_found_response()
    await in_thread(access.delete_document, row)
    worker.announce_end()
    return Status(204, None)


@router.post("/{document}/retry", response={200: schemas.DocumentOut, **REFUSALS})
async def retry(request: DocumentRequest, document: Id) -> Any:
    """One that failed or was cancelled."""
    row = await document_of(request, document)
    if row is None:
        return not_found_response()
    if not await in_thread(access.retry_document, row):
        return refusal("conflict", _("Only a document that failed or was cancelled can be tried again."), 409)
    worker.wake_worker()
    return schemas.document_json(await in_thread(access.documents(request.auth.owner_id).get, pk=row.pk))


@router.post("/{document}/cancel", response={200: schemas.DocumentOut, **REFUSALS})
async def cancel(request: DocumentRequest, document: Id) -> Any:
    """One that is not read to its end yet."""
    row = await document_of(request, document)
    if row is None:
        return not_found_response()
    if not await in_thread(access.cancel_document, row):
        return refusal("conflict", _("There is nothing left to cancel."), 409)
    worker.announce_end()
    return schemas.document_json(await in_thread(access.documents(request.auth.owner_id).get, pk=row.pk))


@router.get(
    "/{document}/original",
    response={200: None, 416: ErrorOut, **REFUSALS},
    openapi_extra={"responses": {**ANSWERS}},
)
async def original(request: DocumentRequest, document: Id) -> Any:
    """The file as it was given: a download, never a page."""
    row = await document_of(request, document)
    if row is None or (response := await in_thread(download_response, request, row)) is None:
        return not_found_response()
    return response


def download_response(request: HttpRequest, row: Document) -> HttpResponseBase | None:
    return download_original(
        request, originals(), row.sha256, name=row.name, mime="application/octet-stream", as_attachment=True
    )
