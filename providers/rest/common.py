"""What the parts of `/api/models` share: who asks, and refusals in words."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.accounts import owner_id
from core.row_editing import EditError
from providers.catalogue.health import describe_error
from providers.catalogue.listing import Viewer
from providers.catalogue.viewers import viewer_for
from providers.errors import ProviderError
from providers.rest.schemas import refusal

Given = ParamSpec("Given")
Done = TypeVar("Done")
View = Callable[Concatenate[HttpRequest, Given], Coroutine[Any, Any, HttpResponse]]
STATUS = {"invalid": 400, "not_found": 404, "conflict": 409}


def not_found_response() -> HttpResponse:
    return refusal("not_found", _("No server or model of that name is configured."), 404)


def forbidden_response() -> HttpResponse:
    return refusal("forbidden", _("Only an administrator may do that."), 403)


def failure_response(error: ProviderError) -> HttpResponse:
    status = 404 if error.code == "model_not_found" else 502
    return refusal(error.code, describe_error(error), status, retryable=error.retryable)


def authenticated_user(request: HttpRequest) -> User | AnonymousUser:
    """The user that the API's authentication found."""
    return getattr(request, "auth", None) or request.user


async def viewer_of(request: HttpRequest) -> Viewer:
    return await viewer_for(owner_id(authenticated_user(request)))


def is_staff(request: HttpRequest) -> bool:
    return bool(getattr(authenticated_user(request), "is_staff", False))


def administrators_only_here(view: View[Given]) -> View[Given]:
    """Whoever is none learns nothing, not even what there is."""

    @wraps(view)
    async def guarded(request: HttpRequest, /, *given: Given.args, **named: Given.kwargs) -> HttpResponse:
        return await view(request, *given, **named) if is_staff(request) else forbidden_response()

    return guarded


async def run_edit(do: Callable[Given, Done], *given: Given.args, **named: Given.kwargs) -> Done:
    """`do`, which works with the database, in a thread."""
    done: Done = await database_sync_to_async(do, thread_sensitive=False)(*given, **named)
    return done


def refused_edit_response(error: EditError) -> HttpResponse:
    return refusal(error.code, error.sentence, STATUS[error.code])
