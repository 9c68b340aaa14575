"""`/api/settings/documents`: how documents are read and asked, as an administrator sets it."""

import time
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from core.row_editing import EditError
from core.schemas import Storable
from providers import asking
from providers.catalogue.health import describe_error
from providers.errors import NoEmbeddingsError, ProviderError
from providers.rest.common import administrators_only_here, refused_edit_response, run_edit
from providers.rest.schemas import ErrorOut, reply
from rag import configuration, model_choice, worker
from rag.models import Configuration

router = Router(tags=["settings"])
ModelRef = Annotated[str, Field(max_length=300)]
TRIED = "Divan"


class DocumentSettings(Schema):
    """`embedding_model`: empty where passages are found by words and by runs of letters. `reading_model`: who
    reads what is too long for a model; empty: the conversation's first. `passage_size` in characters.
    `follows_environment`: nobody has edited it. `vectors_complete`: whether questions use the vectors of
    `embedding_model` already, and no longer those of the one before."""

    embedding_model: str
    passages: int
    budget_tokens: int
    passage_size: int
    reading_model: str
    follows_environment: bool
    vectors_complete: bool


class DocumentSettingsChange(Storable):
    """Absent: as it is. Null: as on a new Divan. `from_environment`: true takes all that the environment
    says, in place of the rest."""

    embedding_model: ModelRef | None = None
    passages: Annotated[int, Field(ge=1, le=100)] | None = None
    budget_tokens: Annotated[int, Field(ge=200, le=200_000)] | None = None
    passage_size: Annotated[int, Field(ge=200, le=20_000)] | None = None
    reading_model: ModelRef | None = None
    from_environment: Literal[True] | None = None


class EmbeddingToTry(Storable):
    embedding_model: Annotated[str, Field(min_length=1, max_length=300)]


class EmbeddingTried(Schema):
    """`dimensions`: numbers of a vector. `error`: what to mend, in the reader's language."""

    ok: bool
    dimensions: int | None
    latency_ms: float | None
    error: str | None


@router.get("", response={200: DocumentSettings, 403: ErrorOut})
@administrators_only_here
async def document_settings(request: HttpRequest) -> HttpResponse:
    return reply(await run_edit(lambda: _told(configuration.current_configuration())))


@router.patch("", response={200: DocumentSettings, 400: ErrorOut, 403: ErrorOut})
@administrators_only_here
async def change_document_settings(request: HttpRequest, body: DocumentSettingsChange) -> HttpResponse:
    """Counts at once, in every process. Another embedding model has all passages embedded anew, in the
    background."""
    values = body.model_dump(exclude_unset=True, exclude={"from_environment"})

    def change() -> dict[str, Any]:
        if body.from_environment:
            return _told(configuration.follow_environment())
        return _told(configuration.change_configuration(values))

    try:
        told = await run_edit(change)
    except EditError as error:
        return refused_edit_response(error)
    worker.wake_worker()
    return reply(told)


@router.post("/check", response={200: EmbeddingTried, 403: ErrorOut})
@administrators_only_here
async def check_embedding(request: HttpRequest, body: EmbeddingToTry) -> HttpResponse:
    """Asks a model for one vector, now. `ok` is false where it gives none: that is an answer too."""
    start = time.monotonic()
    try:
        made = await asking.embed(body.embedding_model, [TRIED])
    except NoEmbeddingsError:
        return reply(_tried(error=_("Its server makes no vectors of texts.")))
    except ProviderError as error:
        return reply(_tried(error=describe_error(error)))
    milliseconds = round((time.monotonic() - start) * 1000, 1)
    return reply(_tried(dimensions=len(made.vectors[0]), latency_ms=milliseconds))


def _tried(**found: Any) -> dict[str, Any]:
    return {"ok": "error" not in found, "dimensions": None, "latency_ms": None, "error": None, **found}


def _told(row: Configuration) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in configuration.FIELDS},
        "follows_environment": row.follows_environment,
        "vectors_complete": model_choice.are_vectors_complete(),
    }
