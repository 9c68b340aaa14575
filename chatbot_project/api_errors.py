"""Whatever goes wrong below /api/ and /v1/, in the one shape that each of them has for errors."""

import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import async_only_middleware
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from chat.doors.openai import errors as openai
from chat.doors.rest.errors import error_body
from chat.protocol.errors import (
    ChatError,
    InvalidError,
    NotFoundError,
    StorageUnavailableError,
    TooLargeError,
    UnauthenticatedError,
    error_of_store,
)
from chat.protocol.reasons import field_sentence, nearest_error
from conversations.errors import StoreError
from core.originals.base import OriginalsAwayError

logger = logging.getLogger(__name__)
Next = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
Shape = Callable[[ChatError], dict[str, Any]]
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What the system says where a body, or anything else, finds no room."""
OURS, OPENAIS = "/api/", "/v1/"

NOT_READABLE = _("The body of the request cannot be read.")
NOTHING_HERE = _("There is nothing at this address.")


class MethodError(InvalidError):
    message = _("This address does not take that method.")

    @property
    def status(self) -> int:
        return 405


class RangeError(InvalidError):
    message = _("Nothing of the file is in that range.")

    @property
    def status(self) -> int:
        return 416


def chat_error_of(error: Exception) -> ChatError:
    """What a client is told of an error, whatever raised it."""
    match error:
        case ChatError():
            return error
        case StoreError() | OriginalsAwayError() | InterfaceError() | OperationalError():
            return error_of_store(error)
        case AuthenticationError():
            return UnauthenticatedError()
        case ValidationError():
            return error_of_field(error)
        case RequestDataTooBig():
            return TooLargeError()
        case BadRequest() | SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            return InvalidError(NOT_READABLE)
        case HttpError() if error.status_code < 500:
            return InvalidError(NOT_READABLE)
        case Http404():
            return NotFoundError(NOTHING_HERE)
        case OSError() if error.errno in FULL:
            return StorageUnavailableError()
        case _:
            return ChatError()


def error_of_field(error: ValidationError) -> ChatError:
    if not error.errors:
        return InvalidError()
    wrong = nearest_error(error.errors)
    source, *steps = wrong["loc"]
    # A body stands one step deeper, below the name of the argument that takes it.
    place = steps[1:] if source == "body" else steps
    return InvalidError(field_sentence(place or [source], wrong))


def add_error_handlers(api: NinjaAPI, shape: Shape) -> None:
    def answer(request: HttpRequest, error: Exception) -> HttpResponse:
        said = chat_error_of(error)
        if type(said) is ChatError:
            logger.error("%s %s failed", request.method, request.path, exc_info=error)
        elif isinstance(said, StorageUnavailableError):
            logger.warning(
                "%s %s: a storage cannot be used: %s", request.method, request.path, cause_of(error)
            )
        return response_of(said, shape)

    for kind in (ChatError, StoreError, AuthenticationError, ValidationError, HttpError, Http404, Exception):
        api.add_exception_handler(kind, answer)  # type: ignore[arg-type]


def cause_of(error: Exception) -> BaseException:
    return error.__cause__ if isinstance(error, ChatError) and error.__cause__ else error


def response_of(error: ChatError, shape: Shape) -> HttpResponse:
    response = JsonResponse(shape(error), status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(round(error.retry_after))
    return response


# What Django itself answers, before a view of ours is found.
REFUSALS: dict[int, Callable[[], ChatError]] = {
    400: lambda: InvalidError(NOT_READABLE),
    # Views of ours say for themselves what is forbidden, in JSON. Those of ninja's (its documents) are web
    # pages, where the check against forged requests comes before the one of the method.
    403: MethodError,
    404: lambda: NotFoundError(NOTHING_HERE),
    405: MethodError,
    413: TooLargeError,
    416: RangeError,
}
KEPT = ("Allow", "Content-Range")
"""Headers that say more of a refusal."""


@async_only_middleware
def pages_become_errors(get_response: Next) -> Next:
    """An address that does not exist, a method that it does not take: Django has web pages for these, which
    no client of an API can read."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        shape = shape_at(request.path)
        page = not response.headers.get("Content-Type", "").startswith("application/json")
        if shape is None or response.status_code < 400 or not page:
            return response
        make = REFUSALS.get(response.status_code, ChatError)
        refused = response_of(make(), shape)
        for name in KEPT:
            if said := response.headers.get(name):
                refused[name] = said
        return refused

    return middleware


def shape_at(path: str) -> Shape | None:
    if path.startswith(OPENAIS):
        return openai.body_of
    return error_body if path.startswith(OURS) else None
