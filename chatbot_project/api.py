"""The REST API, composed of the apps' routers: one way in, one rate limit, one document of each."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja.openapi.views import openapi_json
from ninja.security.base import AuthBase

from chat.doors import rest
from chat.doors.openai import errors as openai_errors
from chat.doors.openai import views as openai
from chat.doors.openai.schemas import ErrorOut as OpenAIErrorOut
from chat.doors.rest.errors import error_body
from chat.policy.rate_limits import count_request
from chat.protocol.errors import ForbiddenError
from chatbot_project.account import rest as account
from chatbot_project.admission import Admission, by_session, by_token
from chatbot_project.api_errors import add_error_handlers
from chatbot_project.auth import bearer_token, user_of_token
from chatbot_project.csrf import find_forgery
from chatbot_project.openapi import DescribedAPI
from providers.rest import api as models
from providers.rest.schemas import ErrorOut
from providers.rest.servers import servers, services_router
from rag.rest import documents
from rag.rest import settings as document_settings

SAFE = ("GET", "HEAD", "OPTIONS")


def admit_body(request: HttpRequest, admission: Admission | None) -> None:
    """What it answers for a long time ends with this (middleware.py)."""
    request.admission = admission  # type: ignore[attr-defined]


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
            admit_body(request, None)
            return await request.auser()
        if token := bearer_token(request.headers.get("Authorization", "")):
            bearer = await user_of_token(token)
            admit_body(request, None if bearer is None else by_token(bearer, token))
            return bearer
        user = await request.auser()
        admit_body(request, by_session(user, request.session))
        if user.is_authenticated and request.method not in SAFE and find_forgery(request) is not None:
            raise ForbiddenError(_("The page is out of date. Reload it and try again."))
        return user


def docs_after_login(view: Any) -> Callable[..., Awaitable[HttpResponse]]:
    """For the pages that try the API out. Its description is the same everywhere, and told to any program."""
    shown = sync_to_async(view)

    async def guarded(request: HttpRequest, **more: Any) -> HttpResponse:
        if view.func is not openapi_json and request.method in ("GET", "HEAD"):
            user = await AUTH.user(request)
            if user is None or not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
        response: HttpResponse = await shown(request, **more)
        return response

    return guarded


AUTH = SessionOrToken()
api = DescribedAPI(
    title="Divan",
    version="1",
    description="Conversations with many language models. Events and commands: docs/protocol.md.",
    auth=AUTH,
    docs_url="/docs",
    docs_decorator=docs_after_login,
    urls_namespace="api",
    error=ErrorOut,
)
v1 = DescribedAPI(
    title="Divan, in OpenAI's form",
    version="1-openai",
    auth=AUTH,
    docs_url="/docs",
    docs_decorator=docs_after_login,
    urls_namespace="v1",
    error=OpenAIErrorOut,
)
# Before `/conversations/{id}`, which would take their names for an id.
api.add_router("/conversations", rest.search)
api.add_router("/conversations", rest.organising)
api.add_router("/conversations", rest.conversations)
api.add_router("/conversations", rest.replay)
api.add_router("/conversations", rest.shares)
api.add_router("/export", rest.exports)
api.add_router("/import", rest.imports)
api.add_router("/chat", rest.chat)
api.add_router("", rest.metrics)
api.add_router("/lane-sets", rest.lane_sets)
api.add_router("/testsets", rest.testsets)
api.add_router("/folders", rest.folders)
api.add_router("/memory", rest.memory)
api.add_router("/preferences", rest.preferences)
api.add_router("/prompts", rest.prompts)
api.add_router("/account", account.router)
api.add_router("/tools", rest.tools)
api.add_router("/attachments", rest.attachments)
api.add_router("/models", models.router)
api.add_router("/servers", servers)
api.add_router("/services", services_router)
api.add_router("/documents", documents.router)
api.add_router("/settings/search", rest.search_settings)
api.add_router("/settings/documents", document_settings.router)
v1.add_router("", openai.router)

add_error_handlers(api, error_body)
add_error_handlers(v1, openai_errors.body_of)
