"""What the registry knows, as the JSON that REST gives: the shapes of docs/models.md and OpenAPI."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from django.http import HttpResponse
from ninja import Schema
from pydantic import Field

from core.error_fields import error_fields
from core.times import timestamp_of
from providers.catalogue.health import describe_error
from providers.catalogue.lists import KnownServer
from providers.configuration.rows import ServerRow
from providers.ollama.administration import PullProgress
from providers.types import ModelInfo
from providers.wire import server_urls


class PricingOut(Schema):
    """Prices in USD per million tokens."""

    input: float
    output: float


class ModelOut(Schema):
    id: str
    name: str
    provider: str
    server: str
    description: str
    context_length: int | None
    max_tokens: int | None
    parameters: str | None
    quantization: str | None
    size: int | None
    capabilities: list[str]
    pricing: PricingOut | None
    loaded: bool | None
    metadata: dict[str, Any]


class ModelsOut(Schema):
    models: dict[str, list[ModelOut]]
    total: int


class ModelsFoundOut(Schema):
    models: list[ModelOut]
    total: int


class HealthOut(Schema):
    """`models_count`: the models that this reader is shown. `default_model`: the first that can chat."""

    provider: str
    default_model: str | None
    status: str
    available: bool
    latency_ms: float | None
    models_count: int | None
    supports_streaming: bool
    supports_embeddings: bool
    error: str | None
    checked_at: str | None


class ProviderOut(Schema):
    """`settings`: the names in .env that make a server of this provider."""

    name: str
    label: str
    servers: list[str]
    settings: list[str]


class ProvidersOut(Schema):
    providers: list[ProviderOut]


class ServerOut(Schema):
    """`stale`: the list is an older one, since the server could not be asked. `base_url`: null for whoever
    is no administrator."""

    name: str
    provider: str
    base_url: str | None
    group: str | None
    models: list[ModelOut]
    listed_at: str | None
    stale: bool
    health: HealthOut


class ServersOut(Schema):
    servers: list[ServerOut]
    total: int


class LoadedOut(Schema):
    """A model in memory. Sizes are in bytes, `context_length` in tokens."""

    server: str
    model: str
    size: int
    vram: int
    context_length: int | None
    expires_at: str | None


class AllLoadedOut(Schema):
    loaded: dict[str, list[LoadedOut]]
    unavailable: dict[str, str]


class ErrorBody(Schema):
    code: str
    message: str
    retryable: bool


class ErrorOut(Schema):
    error: ErrorBody


# A length is what makes pydantic refuse half a surrogate pair, which nothing further on can write.
Ref = Annotated[str, Field(max_length=400)]


class ModelName(Schema):
    model: Ref


def reply(payload: Any, status: int = 200) -> HttpResponse:
    """Serialised here and not through the schemas: a list may hold a thousand models, and the event
    loop has answers to carry. Dataclasses become objects, sets become lists."""
    data = orjson.dumps(payload, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return HttpResponse(data, status=status, content_type="application/json")


def refusal(code: str, message: str, status: int, *, retryable: bool = False) -> HttpResponse:
    return reply({"error": error_fields(code, message, retryable=retryable)}, status)


def models_json(lists: Mapping[str, Sequence[ModelInfo]]) -> dict[str, Any]:
    return {"models": lists, "total": sum(map(len, lists.values()))}


def server_json(
    row: ServerRow,
    state: KnownServer,
    health: Mapping[str, Any],
    infos: Sequence[ModelInfo],
    *,
    address: bool,
) -> dict[str, Any]:
    return {
        "name": row.config.name,
        "provider": row.config.provider,
        "base_url": server_urls.redact_url(row.config.base_url) if address else None,
        "group": row.group or None,
        "models": infos,
        "listed_at": timestamp_of(state.listing.fetched_at) if state.listing else None,
        "stale": state.listing is not None and (state.error is not None or state.checked_at is None),
        "health": health,
    }


def progress_json(server: str, model: str, progress: PullProgress) -> dict[str, Any]:
    error = progress.error and error_fields(
        progress.error.code, describe_error(progress.error), retryable=progress.error.retryable
    )
    return {
        "server": server,
        "model": model,
        "status": progress.status,
        "total": progress.total,
        "completed": progress.completed,
        "done": progress.done,
        "error": error or None,
    }


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)
