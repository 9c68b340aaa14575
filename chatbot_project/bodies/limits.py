"""How many bytes of a body an address takes, from anyone and from whoever is logged in.

Asked when the headers of a request have come and nothing of its body is kept, so all that it looks at are
the method, the path and the headers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from urllib.parse import unquote

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.contrib.auth import aget_user
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from chat.protocol.errors import ChatError, TooLargeError, UnauthenticatedError
from chatbot_project.auth import bearer_token, user_of_token
from chatbot_project.same_site import host_allowed
from chatbot_project.tls import PREFIX

SMALL = 64 * 1024
"""What anyone may send anywhere: a form, a few words. It stays in memory, whoever sends it."""
FORM = 64 * 1024
"""What stands around the files in a form with files."""
BODIES = ("POST", "PUT", "PATCH")
BEHIND_LOGIN = ("/api/", "/v1/", "/admin/")
"""Where somebody who is logged in has more to say than a form."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Bytes: from `anyone`, and from whoever is logged in (`known`)."""

    anyone: int
    known: int

    def refusal(self, size: int) -> ChatError:
        """Why a body of `size` bytes is not taken from somebody who is not logged in."""
        return UnauthenticatedError() if size <= self.known else TooLargeError()


NOTHING_LARGE = BodyLimits(SMALL, SMALL)


def upload_limits() -> dict[str, int]:
    """The addresses that take files, and the largest body that each of them reads."""
    one, many = settings.MAX_UPLOAD_BYTES, max(settings.MAX_UPLOAD_BYTES, settings.MAX_IMPORT_BYTES)
    largest = {"/api/attachments": one, "/api/documents": many, "/api/import": settings.MAX_IMPORT_BYTES}
    return {path: size + FORM for path, size in largest.items()}


def limits_of(method: str, target: str) -> BodyLimits:
    """`target`: the path as it was asked for, with or without a query."""
    path = unquote(target.partition("?")[0])
    if method not in BODIES or not path.startswith(BEHIND_LOGIN) or not _is_there(path):
        return NOTHING_LARGE
    return BodyLimits(SMALL, max(SMALL, upload_limits().get(path, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)))


def _is_there(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


async def is_known(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers (names in lower case) is of somebody who is logged in. It says
    nothing of what they may do: that is asked once more where it is done."""
    if not host_allowed(headers.get("host", "")):
        return False
    if settings.AUTH_MODE == "local":
        return True
    async with ThreadSensitiveContext():
        if token := bearer_token(headers.get("authorization", "")):
            return await user_of_token(token) is not None
        return await _has_session(headers.get("cookie", ""))


async def _has_session(cookies: str) -> bool:
    try:
        named = SimpleCookie(cookies)
    except CookieError:
        return False
    cookie = named.get(PREFIX + settings.SESSION_COOKIE_NAME) or named.get(settings.SESSION_COOKIE_NAME)
    if cookie is None:
        return False
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(cookie.value)
    return bool((await aget_user(request)).is_authenticated)
