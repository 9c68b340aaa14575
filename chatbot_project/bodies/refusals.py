"""What is answered to a request whose body is not read: its address's error, and the connection's end."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from django.template.loader import render_to_string
from django.utils import translation

from chat.protocol.errors import ChatError
from chatbot_project.api_errors import shape_at
from chatbot_project.websocket import language_of

Refusal = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""


def refusal_of(error: ChatError, path: str, headers: Mapping[str, str]) -> Refusal:
    """JSON where the address speaks it, else a page, in the client's language. `headers`: the request's,
    names in lower case."""
    shape = shape_at(path)
    with translation.override(language_of(dict(headers))):
        if shape is None:
            kind, body = b"text/html; charset=utf-8", page_of(error).encode()
        else:
            kind, body = b"application/json", orjson.dumps(shape(error))
    return (
        error.status,
        [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ],
        body,
    )


def page_of(error: ChatError) -> str:
    return render_to_string("refused.html", {"message": str(error.message)})


def raw_answer(refusal: Refusal) -> bytes:
    """The refusal as it goes over the wire in HTTP/1.1."""
    status, headers, body = refusal
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    return b"\r\n".join([*lines, *(b"%s: %s" % header for header in headers), b"", body])
