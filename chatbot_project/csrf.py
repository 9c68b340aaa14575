"""Django's protection against forged requests, behind a proxy that speaks TLS."""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware


class CsrfMiddleware(CsrfViewMiddleware):
    """Takes `https://` with this site's own host for this site's own page, though the request came as HTTP.

    A proxy that speaks TLS passes requests on without it. Only whoever holds the host's certificate serves a
    page of that origin, so nothing is given away, and nobody has to set CSRF_TRUSTED_ORIGINS for the host
    under which Divan is reached anyway.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] == f"https://{request.get_host()}":
            return True
        verified: bool = super()._origin_verified(request)  # type: ignore[misc]
        return verified


def find_forgery(request: HttpRequest) -> HttpResponse | None:
    """A refusal where a request by a session's cookie carries no token of the page; else None.

    `ninja.utils.check_csrf` is the same with Django's own class.
    """
    middleware = CsrfMiddleware(lambda _: HttpResponseForbidden())
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    middleware.process_request(request)
    refusal: HttpResponse | None = middleware.process_view(request, lambda _: HttpResponse(), (), {})
    return refusal
