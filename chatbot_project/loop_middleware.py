"""Django's middlewares on the event loop.

Django runs every step of its own middlewares in a thread, which makes a dozen changes of thread of one
request: they took two thirds of what a request costs, and each waits for its turn while answers stream. The
steps themselves take microseconds. Where one asks the database or takes a body apart, it has its thread here
as well.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthentication
from django.contrib.messages.middleware import MessageMiddleware as DjangoMessages
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessions
from django.http import HttpRequest
from django.middleware.clickjacking import XFrameOptionsMiddleware as DjangoXFrameOptions
from django.middleware.common import CommonMiddleware as DjangoCommon
from django.middleware.locale import LocaleMiddleware as DjangoLocale
from django.middleware.security import SecurityMiddleware as DjangoSecurity
from django.utils.deprecation import MiddlewareMixin

from chatbot_project.csrf import CsrfMiddleware as ProjectCsrf

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class OnLoop(MiddlewareMixin):
    """Laid over a middleware of Django."""

    async def __acall__(self, request: HttpRequest) -> Any:
        process_request = getattr(self, "process_request", None)
        process_response = getattr(self, "process_response", None)
        response: Any = process_request(request) if process_request else None
        response = response or await self.get_response(request)  # type: ignore[misc]
        if process_response is None:
            return response
        if self.waits(request):
            return await sync_to_async(process_response, thread_sensitive=True)(request, response)
        return process_response(request, response)

    def waits(self, request: HttpRequest) -> bool:
        """Whether `process_response` asks the database, for this request."""
        return False


class SecurityMiddleware(OnLoop, DjangoSecurity):
    """Headers, and the way to https."""


class SessionMiddleware(OnLoop, DjangoSessions):
    """A session is read when somebody asks it, and written when it was changed."""

    def waits(self, request: HttpRequest) -> bool:
        return request.session.modified


class LocaleMiddleware(OnLoop, DjangoLocale):
    """The language of a request."""


class CommonMiddleware(OnLoop, DjangoCommon):
    """The slash at an address's end, and the length of a response."""


class CsrfMiddleware(OnLoop, ProjectCsrf):
    """The token is looked for in the body of a form, which may be large."""

    async def process_view(  # type: ignore[override]
        self, request: HttpRequest, callback: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        if request.method in SAFE or getattr(callback, "csrf_exempt", False):
            return super().process_view(request, callback, args, kwargs)
        return await sync_to_async(super().process_view, thread_sensitive=True)(
            request, callback, args, kwargs
        )


class AuthenticationMiddleware(OnLoop, DjangoAuthentication):
    """Who asks is read when somebody wants to know."""


class MessageMiddleware(OnLoop, DjangoMessages):
    """Messages of the administration, which may be in the session."""

    def waits(self, request: HttpRequest) -> bool:
        kept = getattr(request, "_messages", None)
        return kept is not None and (kept.used or kept.added_new)


class XFrameOptionsMiddleware(OnLoop, DjangoXFrameOptions):
    """Forbids other sites to show a page in a frame."""
