"""What the parts of `/api/models` share: who asks, and refusals in words."""

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.accounts import owner_id
from providers.catalogue.health import describe
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.errors import ProviderError
from providers.rest.schemas import refusal


def nothing_there() -> HttpResponse:
    return refusal("not_found", _("No server or model of that name is configured."), 404)


def administrators_only() -> HttpResponse:
    return refusal("forbidden", _("Only an administrator may do that."), 403)


def failed(error: ProviderError) -> HttpResponse:
    status = 404 if error.code == "model_not_found" else 502
    return refusal(error.code, describe(error), status, retryable=error.retryable)


def person(request: HttpRequest) -> User | AnonymousUser:
    """The user that the API's authentication found."""
    return getattr(request, "auth", None) or request.user


async def viewer_of(request: HttpRequest) -> Viewer:
    return await viewer_for(owner_id(person(request)))
