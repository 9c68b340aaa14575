from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.decorators import async_only_middleware
from django.utils.translation import gettext_lazy as _

from chat.doors.rest.errors import error_body
from chat.protocol.errors import ChatError, ForbiddenError, InvalidError
from chatbot_project.account import sessions
from chatbot_project.admission import while_it_holds
from chatbot_project.api_errors import response_of, shape_at
from chatbot_project.auth import local_user
from chatbot_project.same_site import (
    asked_by_another_site,
    host_allowed,
    lost_its_port,
    origin_allowed,
    peer_allowed,
    way_allowed,
)

Next = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@async_only_middleware
def security_headers(get_response: Next) -> Next:
    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if shape_at(request.path) is not None:
            # What an API answers is one person's; files say for themselves how long they may be kept.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


@async_only_middleware
def same_site_only(get_response: Next) -> Next:
    """No other site may drive this one, and the local mode answers to this machine alone."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        # The language is only chosen further in; a refusal should be understood too.
        with translation.override(translation.get_language_from_request(request)):
            refused = refusal_of(request)
        return refused or await get_response(request)

    return middleware


def refusal_of(request: HttpRequest) -> HttpResponse | None:
    error = find_refusal(request)
    return None if error is None else response_of(error, shape_at(request.path) or error_body)


def find_refusal(request: HttpRequest) -> ChatError | None:
    host = request.META.get("HTTP_HOST", "")
    if not host_allowed(host):
        return InvalidError(_("This address is not one of ALLOWED_HOSTS."))
    origin = request.META.get("HTTP_ORIGIN")
    if not origin_allowed(origin, host) and lost_its_port(origin, host):
        return ForbiddenError(
            _("The proxy in front of Divan drops the port from the Host header (nginx: use $http_host).")
        )
    if not origin_allowed(origin, host) or asked_by_another_site(
        request.headers, request.method, is_page=is_page(request.path)
    ):
        return ForbiddenError(_("Another site may not do that here."))
    if not peer_allowed(request.META.get("REMOTE_ADDR")):
        return ForbiddenError(_("This server answers to its own machine only."))
    if not way_allowed(request.headers):
        return ForbiddenError(
            _(
                "This request came through a proxy, and Divan is set to know no logins. Behind a proxy, "
                "AUTH_MODE must be accounts."
            )
        )
    return None


def is_page(path: str) -> bool:
    """A link of another site may lead there; what an API answers is for programs and for our own pages."""
    return shape_at(path) is None or path.endswith("/docs")


@async_only_middleware
def streams_end_with_admission(get_response: Next) -> Next:
    """Events are streamed for as long as whoever asked may be here."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        admission = getattr(request, "admission", None)
        if admission is not None and is_event_stream(response):
            stream = cast(StreamingHttpResponse, response)
            stream.streaming_content = while_it_holds(
                cast(AsyncIterator[bytes], stream.streaming_content), admission
            )
        return response

    return middleware


def is_event_stream(response: HttpResponseBase) -> bool:
    kind = response.headers.get("Content-Type", "")
    return getattr(response, "is_async", False) and kind.startswith("text/event-stream")


@async_only_middleware
def forms_in_a_thread(get_response: Next) -> Next:
    """To take a large upload apart takes seconds, in which no answer would stream."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.content_type == "multipart/form-data":
            await sync_to_async(lambda: request.FILES, thread_sensitive=False)()
        return await get_response(request)

    return middleware


@async_only_middleware
def local_user_login(get_response: Next) -> Next:
    """AUTH_MODE=local: whoever reached us is the one user, for the page, the API and the admin alike."""
    if settings.AUTH_MODE != "local":
        return get_response

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        user = await local_user()

        async def auser() -> object:
            return user

        request.user = user  # type: ignore[assignment]
        request.auser = auser  # type: ignore[assignment]
        return await get_response(request)

    return middleware


@async_only_middleware
def sessions_are_noted(get_response: Next) -> Next:
    """For the list in which a person sees where they are logged in."""
    if settings.AUTH_MODE == "local":
        return get_response
    note_use = database_sync_to_async(sessions.note_use, thread_sensitive=False)

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        key = request.session.session_key
        if key and sessions.is_due(key):
            user = await request.auser()
            if user.is_authenticated:
                await note_use(user, key, request.META)
        return response

    return middleware
