from typing import Any

from chat.protocol.errors import ChatError


def error_body(error: ChatError) -> dict[str, Any]:
    """The one shape that errors have on REST; docs/protocol.md."""
    return {"error": error.fields()}
