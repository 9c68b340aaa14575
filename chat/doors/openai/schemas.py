"""What `/v1` answers with, for its OpenAPI document."""

from typing import Any

from ninja import Schema


class ErrorDetail(Schema):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorOut(Schema):
    error: ErrorDetail


class ListedModel(Schema):
    """`id` is a model ref: `server/model-id`."""

    id: str
    object: str
    created: int
    owned_by: str


class ModelList(Schema):
    object: str
    data: list[ListedModel]


class EmbeddingList(Schema):
    object: str
    data: list[dict[str, Any]]
    model: str
    usage: dict[str, int]


class Completion(Schema):
    """`usage` is null where the service did not say. `choice`: where Auto chose the model, why."""

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any] | None
    choice: dict[str, str] | None = None
