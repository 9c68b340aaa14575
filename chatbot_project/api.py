"""The REST API, composed of the apps' routers. One error shape, one way in, one rate limit."""

import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from chat import rest
from chat.errors import (
    ChatError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    store_errors_told,
)
from chat.rate_limit import count_request
from chat.rest.errors import error_answer
from chatbot_project.auth import bearer_token, user_of_token
from conversations.errors import StoreError
from providers import api as models

logger = logging.getLogger(__name__)
SAFE = ("GET", "HEAD", "OPTIONS")


class SessionOrToken(AuthBase):
    """`Authorization: Bearer`, or the session's cookie with CSRF. In AUTH_MODE=local whoever is here."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    async def __call__(self, request: HttpRequest) -> Any:
        user = await self.user(request)
        if user is None or not user.is_authenticated:
            return None
        await count_request(user.username)
        return user

    async def user(self, request: HttpRequest) -> Any:
        if token := bearer_token(request.headers.get("Authorization", "")):
            return await user_of_token(token)
        user = await request.auser()
        by_cookie = settings.AUTH_MODE != "local" and user.is_authenticated
        if by_cookie and request.method not in SAFE and check_csrf(request) is not None:
            raise ForbiddenError(_("The page is out of date. Reload it and try again."))
        return user


api = NinjaAPI(
    title="Divan",
    version="1",
    description="Conversations with many language models. Events and commands: docs/protocol.md.",
    auth=SessionOrToken(),
    docs_url="/docs",
    urls_namespace="api",
)
api.add_router("/conversations", rest.conversations)
api.add_router("/chat", rest.chat)
api.add_router("/attachments", rest.attachments)
api.add_router("/models", models.router)


@api.exception_handler(ChatError)
def chat_error(request: HttpRequest, error: ChatError) -> HttpResponse:
    return error_answer(api, request, error)


@api.exception_handler(StoreError)
def store_error(request: HttpRequest, error: StoreError) -> HttpResponse:
    try:
        with store_errors_told():
            raise error
    except ChatError as told:
        return error_answer(api, request, told)


@api.exception_handler(AuthenticationError)
def not_logged_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return error_answer(api, request, UnauthenticatedError())


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    place = ".".join(str(step) for step in first.get("loc", ())[2:])
    reason = first.get("msg", "")
    return error_answer(api, request, InvalidError(f"{place}: {reason}" if place else reason))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    told = InvalidError(str(error)) if error.status_code < 500 else ChatError()
    return error_answer(api, request, told)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return error_answer(api, request, NotFoundError(_("There is nothing at this address.")))


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return error_answer(api, request, ChatError())
