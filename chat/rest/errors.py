from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from chat.errors import ChatError


def error_answer(api: NinjaAPI, request: HttpRequest, error: ChatError) -> HttpResponse:
    """The one shape that errors have on REST; docs/protocol.md."""
    body = {"code": error.code, "message": str(error.message), "retryable": error.retryable}
    response = api.create_response(request, {"error": body}, status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(round(error.retry_after))
    return response
