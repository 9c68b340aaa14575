"""Errors as OpenAI gives them, which its clients turn into their own exceptions."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse

from chat.protocol.errors import ChatError, provider_message
from providers.errors import ErrorCode, ProviderError

STATUS: Mapping[ErrorCode, int] = {
    "auth": 502,
    "quota": 402,
    "rate_limited": 429,
    "model_not_found": 404,
    "context_length": 400,
    "content_blocked": 400,
    "no_vision": 400,
    "invalid": 400,
    "overloaded": 503,
    "hardware": 503,
    "unreachable": 502,
    "timeout": 504,
    "server_error": 502,
    "bad_response": 502,
    "internal": 500,
}
TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


def error_body(code: str, message: str, status: int) -> dict[str, Any]:
    kind = TYPES.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def body_of(error: ChatError) -> dict[str, Any]:
    """A `ChatError` in the form that OpenAI gives errors."""
    return error_body(error.code, str(error.message), error.status)


def upstream_body(error: ProviderError, ref: str) -> dict[str, Any]:
    server, _, model = ref.partition("/")
    return error_body(error.code, provider_message(error, server, model), status_of(error))


def status_of(error: ProviderError) -> int:
    return STATUS[error.code]


def upstream_answer(error: ProviderError, ref: str) -> JsonResponse:
    response = JsonResponse(upstream_body(error, ref), status=status_of(error))
    if not error.retryable:
        # OpenAI's clients would ask a server again that has no memory left.
        response["x-should-retry"] = "false"
    if error.retry_after is not None:
        response["Retry-After"] = str(round(error.retry_after))
    return response
