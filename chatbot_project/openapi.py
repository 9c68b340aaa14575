"""The OpenAPI document of an API: what Ninja makes of its operations, with what holds for all of them."""

import threading
from collections.abc import Iterator, Mapping
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
        self._documents: dict[tuple[str, str], OpenAPISchema] = {}
        self._describing = threading.Lock()

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: Mapping[str, Any] | None = None
    ) -> OpenAPISchema:
        """Made once, and not to be changed: that takes a second of processor, and any program may ask."""
        prefix = self.get_root_path(dict(path_params or {})) if path_prefix is None else path_prefix
        key = prefix, settings.AUTH_MODE
        with self._describing:
            if key not in self._documents:
                self._documents[key] = self._describe(prefix)
            return self._documents[key]

    def _describe(self, path_prefix: str) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix)
        schemas = document["components"]["schemas"]
        described = self.error.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= described.pop("$defs", {})
        schemas[self.error.__name__] = described
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{self.error.__name__}"}}}
        for path in document["paths"].values():
            for operation in path.values():
                for status in common_statuses(operation):
                    operation["responses"].setdefault(
                        status, {"description": REFUSALS[status], "content": content}
                    )
                if settings.AUTH_MODE == "local":
                    operation.pop("security", None)
        return document


def common_statuses(operation: dict[str, Any]) -> Iterator[int]:
    """The statuses that an operation may answer with whatever it does."""
    parameters, body = operation.get("parameters", []), "requestBody" in operation
    yield from (401, 403, 405, 429, 500, 503)
    if parameters or body:
        yield 400
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if body:
        yield 413
