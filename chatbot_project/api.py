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
from chat.openai import views as openai
from chat.rate_limit import count_request
from chat.rest.errors import error_answer
from chatbot_project.auth import bearer_token, user_of_token
from conversations.errors import StoreError
from providers import api as models
from rag import api as documents

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
        if settings.AUTH_MODE == "local":
            return await request.auser()
        if token := bearer_token(request.headers.get("Authorization", "")):
            return await user_of_token(token)
        user = await request.auser()
        if user.is_authenticated and request.method not in SAFE and check_csrf(request) is not None:
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
v1 = NinjaAPI(
    title="Divan, in OpenAI's form",
    version="1-openai",
    auth=SessionOrToken(),
    docs_url="/docs",
    urls_namespace="v1",
)
# Before `/conversations/{id}`, which would take their names for an id.
api.add_router("/conversations", rest.finding)
api.add_router("/conversations", rest.organising)
api.add_router("/conversations", rest.conversations)
api.add_router("/conversations", rest.shares)
api.add_router("/import", rest.imports)
api.add_router("/chat", rest.chat)
api.add_router("/attachments", rest.attachments)
api.add_router("/models", models.router)
api.add_router("/documents", documents.router)
v1.add_router("", openai.router)


def told(error: Exception) -> ChatError:
    """What a client is told of an error, whatever raised it."""
    match error:
        case ChatError():
            return error
        case StoreError():
            return told_of_store(error)
        case AuthenticationError():
            return UnauthenticatedError()
        case ValidationError():
            return told_of_field(error)
        case HttpError() if error.status_code < 500:
            return InvalidError(str(error))
        case Http404():
            return NotFoundError(_("There is nothing at this address."))
        case _:
            return ChatError()


def told_of_store(error: StoreError) -> ChatError:
    try:
        with store_errors_told():
            raise error
    except ChatError as told:
        return told
    except StoreError:
        return ChatError()


def told_of_field(error: ValidationError) -> ChatError:
    first = error.errors[0] if error.errors else {}
    place = ".".join(str(step) for step in first.get("loc", ())[2:])
    reason = first.get("msg", "")
    return InvalidError(f"{place}: {reason}" if place else reason)


def tell(one: NinjaAPI) -> None:
    def answer(request: HttpRequest, error: Exception) -> HttpResponse:
        said = told(error)
        if type(said) is ChatError:
            logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return error_answer(one, request, said)

    for kind in (ChatError, StoreError, AuthenticationError, ValidationError, HttpError, Http404, Exception):
        one.add_exception_handler(kind, answer)  # type: ignore[arg-type]


for composed in (api, v1):
    tell(composed)
