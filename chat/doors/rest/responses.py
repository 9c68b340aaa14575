"""What OpenAPI is told of answers that are no JSON, and of refusals that only some operations know."""

from typing import Any

from providers.rest.schemas import ErrorOut

BYTES = {"type": "string", "format": "binary"}
OBJECT = {"type": "object"}
CHANGES = {409: ErrorOut}
"""Of operations on a conversation: its file is damaged, or it does not allow that now."""
NAMES_MODELS = {404: ErrorOut}
"""Of operations without an id in their path whose body names models: there may be no such server."""
ASKS = {402: ErrorOut, 409: ErrorOut}
"""Of operations that ask models: a budget may be used up."""


def media_types(*kinds: str) -> dict[str, Any]:
    """`openapi_extra` for an operation whose 200 may be of these media types."""
    content = {kind: {"schema": OBJECT if kind == "application/json" else BYTES} for kind in kinds}
    return {"responses": {200: {"content": content}}}


EVENTS = media_types("text/event-stream")
