from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from chat.doors.catalogue import catalogue_of
from chat.doors.shares import links, page
from chat.prompting.attachments import serve_attachment
from chat.protocol.errors import ChatError, StorageUnavailableError

Made = TypeVar("Made", bound=HttpResponseBase)

HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    # What was revoked must not be read on from a cache.
    "Cache-Control": "private, no-store",
}


async def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link: for whoever has it, without a login."""
    if not settings.CLIENT_MANIFEST.is_file():
        return render(request, "client_missing.html", status=503)
    try:
        share, room = await links.open_link(token)
        shown = await page.page_of(share, room)
    except StorageUnavailableError as error:
        return refusal_page(error)
    except ChatError:
        return with_safe_headers(render(request, "shared_missing.html", status=404))
    boot = {"language": get_language(), "version": settings.VERSION}
    shown = {**shown, "files": f"/s/{token}/attachments/"}
    context = {"boot": boot, "shown": shown, "catalogue": catalogue_of()}
    return with_safe_headers(render(request, "shared.html", context))


async def shared_attachment(request: HttpRequest, token: str, sha256: str) -> HttpResponseBase:
    response = None
    try:
        share, room = await links.open_link(token)
        part = await page.attachment_of(share, room, sha256)
        if part is not None:
            response = await serve_attachment(request, sha256, part["name"], part.get("mime", ""))
    except StorageUnavailableError as error:
        return refusal_page(error)
    except ChatError:
        pass
    return with_safe_headers(response or render(request, "shared_missing.html", status=404))


def refusal_page(error: ChatError) -> HttpResponse:
    plain = "text/plain; charset=utf-8"
    return with_safe_headers(HttpResponse(str(error.message), status=error.status, content_type=plain))


def with_safe_headers(response: Made) -> Made:
    for name, value in HEADERS.items():
        response[name] = value
    return response
