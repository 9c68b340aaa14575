"""What an administrator sends and is shown. Keys and the values of headers go in and never come out."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field

from core.schemas import Storable
from providers.rest.schemas import ModelOut, PricingOut

Id = Annotated[str, Field(min_length=1, max_length=63)]
Provider = Annotated[str, Field(max_length=20)]
Address = Annotated[str, Field(max_length=500)]
Key = Annotated[str, Field(max_length=10_000)]
Headers = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=10_000)]],
    Field(max_length=50),
]
ServerSeconds = Annotated[float, Field(ge=0.1, le=3600)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Order = Annotated[int, Field(ge=0, le=2**31 - 1)]
Price = Annotated[float, Field(ge=0, le=1_000_000)]
ModelId = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(max_length=200)]


class Change(Storable):
    """Absent: as it is. Null: as on a new row."""

    model_config = ConfigDict(strict=False, allow_inf_nan=False)


Visibility = Literal["everyone", "groups", "staff"]
Groups = Annotated[list[Annotated[str, Field(max_length=150)]], Field(max_length=200)]


class Limits(Change):
    """`groups`: who sees it, where `visibility` says so."""

    group: Annotated[str, Field(max_length=63)] | None = None
    connect_timeout: ServerSeconds | None = None
    first_byte_timeout: ServerSeconds | None = None
    chunk_timeout: ServerSeconds | None = None
    max_concurrent: Count | None = None
    requests_per_minute: Count | None = None
    listed_only: bool | None = None
    visibility: Visibility | None = None
    groups: Groups | None = None
    enabled: bool | None = None
    order: Order | None = None


class NewServer(Limits):
    """`service`: an id of `GET /api/services`, from which come whichever of name, provider and address are
    not given. Without it the name and the provider must be."""

    service: Id | None = None
    name: Id | None = None
    provider: Provider | None = None
    base_url: Address | None = None
    key: Key | None = None
    headers: Headers | None = None


class ServerChange(Limits):
    """`key` and `headers`: null removes them. Both go when the address changes and they are not given anew.
    `from_environment`: true takes all that the environment says of it, in place of the rest."""

    base_url: Address | None = None
    key: Key | None = None
    headers: Headers | None = None
    from_environment: Literal[True] | None = None


class ServerToTry(Change):
    """`server`: one whose kept key and headers are used where none are given and the address is its."""

    server: Id | None = None
    provider: Provider
    base_url: Address = ""
    key: Key | None = None
    headers: Headers | None = None


class ChoiceOut(Schema):
    """`base_url`: null where the connector knows it, or only the person does (`needs_address`)."""

    id: str
    label: str
    provider: str
    base_url: str | None
    needs_key: bool
    needs_address: bool
    local: bool
    key_page: str | None


class ChoicesOut(Schema):
    services: list[ChoiceOut]


class FoundOut(Schema):
    """`server`: the name of the configured server that has the address."""

    service: str
    label: str
    base_url: str
    models_count: int | None
    needs_key: bool
    server: str | None


class AllFoundOut(Schema):
    found: list[FoundOut]


class ServerSettings(Schema):
    """`service`: of which choice it is one. `header_names`: values are never told. `in_environment`: .env
    names it, so that it comes back when it is deleted; `follows_environment`: nobody has edited it. `status`:
    as it was last seen; null where it was not asked yet. `only_repeats`, `manages_models`: as its provider
    is declared."""

    name: str
    provider: str
    service: str | None
    label: str
    base_url: str | None
    has_key: bool
    header_names: list[str]
    group: str | None
    connect_timeout: float | None
    first_byte_timeout: float | None
    chunk_timeout: float | None
    max_concurrent: int | None
    requests_per_minute: int | None
    listed_only: bool | None
    visibility: Visibility
    groups: list[str]
    enabled: bool
    order: int
    only_repeats: bool
    manages_models: bool
    in_environment: bool
    follows_environment: bool
    status: Literal["healthy", "slow", "unhealthy"] | None
    error: str | None
    models_count: int | None
    latency_ms: float | None
    checked_at: str | None


class AllServersOut(Schema):
    """`groups`: all groups of people that there are."""

    servers: list[ServerSettings]
    groups: list[str]


class CheckError(Schema):
    """`fault`: what to look at. `detail`: what Divan saw, or the service's own words."""

    code: str
    message: str
    retryable: bool
    fault: Literal["key", "account", "address", "server", "divan"]
    detail: str


class PlaceOut(Schema):
    provider: str
    base_url: str


class CheckOut(Schema):
    """`advice`: what is to be done although it answers. `elsewhere`: where on its machine it answers."""

    ok: bool
    latency_ms: float | None
    models: list[ModelOut]
    advice: str | None
    error: CheckError | None
    elsewhere: PlaceOut | None


class ModelChange(Change):
    """`groups`: who sees it, where `visibility` says so."""

    name: Text | None = None
    candidates: Annotated[list[ModelId], Field(max_length=100)] | None = None
    enabled: bool | None = None
    order: Order | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Count | None = None
    max_tokens: Count | None = None
    context_length: Annotated[int, Field(ge=256, le=2**31 - 1)] | None = None
    streaming: bool | None = None
    thinking: Literal["off", "low", "medium", "high"] | None = None
    system_prompt: Annotated[str, Field(max_length=100_000)] | None = None
    price_input: Price | None = None
    price_output: Price | None = None
    capabilities: list[Literal["chat", "vision", "tools", "thinking", "embeddings"]] | None = None
    visibility: Visibility | None = None
    groups: Groups | None = None


class ModelSettings(Schema):
    """What is set; null and empty: as the service has it."""

    name: str
    candidates: list[str]
    enabled: bool
    order: int
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    context_length: int | None
    streaming: bool
    thinking: str
    system_prompt: str
    price_input: float | None
    price_output: float | None
    capabilities: list[str] | None
    visibility: Visibility
    groups: list[str]


class ModelOfServer(Schema):
    """`listed`: the server's own list has it. The rest as the service says it; `set`: null where an
    administrator has set nothing."""

    id: str
    name: str
    listed: bool
    context_length: int | None
    pricing: PricingOut | None
    capabilities: list[str]
    set: ModelSettings | None


class ModelsOfServer(Schema):
    """`groups`: all groups that there are."""

    models: list[ModelOfServer]
    groups: list[str]


def named_fields(change: BaseModel, *without: str) -> dict[str, Any]:
    """What the client named, null included."""
    return change.model_dump(exclude_unset=True, exclude=set(without))
