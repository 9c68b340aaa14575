"""What every error says, on the socket, over REST and in a file; docs/protocol.md."""

from typing import NotRequired, TypedDict


class Error(TypedDict):
    """`message`: in the reader's language, what happened and what to do. `retryable`: the same may work
    later. `detail`: a model service's own words, scrubbed."""

    code: str
    message: str
    retryable: bool
    detail: NotRequired[str]


def error_fields(code: str, message: object, *, retryable: bool) -> Error:
    """`message` may be a lazy translation: it is put into words here, in the active language."""
    return {"code": code, "message": str(message), "retryable": retryable}
