"""The OpenAPI document of an API: what Ninja makes of its operations, with what holds for all of them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema

from chatbot_project.json_bodies import StrictParser

REFUSALS = {
    400: "The request is not as it must be",
    401: "Nobody is logged in",
    403: "Not allowed; for a session without a CSRF token too",
    404: "Not there, or somebody else's",
    405: "This address does not take that method",
    413: "Too large",
    429: "Too many requests; `Retry-After` says when to come again",
    500: "A fault of the server's own",
    503: "What keeps conversations or files cannot be used now (`storage_unavailable`), or all is busy",
}


class DescribedAPI(NinjaAPI):
    """`error` is the shape of all its errors. Operations name only the statuses that are their own."""

    def __init__(self, *, error: type[Schema], **options: Any) -> None:
        super().__init__(parser=StrictParser(), **options)
        self.error = error

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        schemas = document["components"]["schemas"]
        described = self.error.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= described.pop("$defs", {})
        schemas[self.error.__name__] = described
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{self.error.__name__}"}}}
        for path in document["paths"].values():
            for operation in path.values():
                for status in common(operation):
                    operation["responses"].setdefault(
                        status, {"description": REFUSALS[status], "content": content}
                    )
                if settings.AUTH_MODE == "local":
                    operation.pop("security", None)
        return document


def common(operation: dict[str, Any]) -> Iterator[int]:
    """The statuses that an operation may answer with whatever it does."""
    parameters, body = operation.get("parameters", []), "requestBody" in operation
    yield from (401, 403, 405, 429, 500, 503)
    if parameters or body:
        yield 400
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if body:
        yield 413
