"""What Django's middlewares do for a request is done on the event loop, but what asks the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.contrib.messages import get_messages, success
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import path
from django.utils.module_loading import import_string

from chatbot_project import urls
from chatbot_project.loop_middleware import OnLoop

STEPS = ("process_request", "process_response", "process_view")


async def says(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x")


def remembers(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = request.session.get("seen", 0) + 1
    success(request, f"seen {request.session['seen']}")
    return HttpResponse("x")


def tells(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(str(message) for message in get_messages(request)))


urlpatterns = [path("says", says), path("remembers", remembers), path("tells", tells), *urls.urlpatterns]


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was called in a thread."""
    called: list[str] = []
    call = SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(getattr(self.func, "__qualname__", ""))
        return await call(self, *args, **kwargs)

    with override_settings(ROOT_URLCONF=__name__, AUTH_MODE="accounts"):
        monkeypatch.setattr(SyncToAsync, "__call__", noted)
        yield called


def steps(called: list[str]) -> list[str]:
    return [name for name in called if name.rpartition(".")[2] in STEPS]


async def test_no_step_of_a_middleware_takes_a_thread_where_nothing_is_kept(in_threads: list[str]) -> None:
    response = await AsyncClient().get("/says")
    assert response.content == b"x"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Language"] == "en"
    assert response.headers["Content-Length"] == "1"
    assert steps(in_threads) == []


@pytest.mark.django_db(transaction=True)
async def test_a_session_and_a_message_are_kept_in_a_thread(in_threads: list[str]) -> None:
    client = AsyncClient()
    for _ in range(2):
        assert (await client.get("/remembers")).status_code == 200
    assert set(steps(in_threads)) == {
        "MessageMiddleware.process_response",
        "SessionMiddleware.process_response",
    }
    assert (await client.get("/tells")).content == b"seen 1, seen 2"
    assert (await client.get("/tells")).content == b""


async def test_a_form_without_the_pages_token_is_refused(in_threads: list[str]) -> None:
    refused = await AsyncClient(enforce_csrf_checks=True).post("/says", {"text": "x" * 1000})
    assert refused.status_code == 403
    assert steps(in_threads) == ["CsrfViewMiddleware.process_view"]


def test_every_middleware_of_django_is_on_the_loop() -> None:
    classes = [found for found in map(import_string, settings.MIDDLEWARE) if isinstance(found, type)]
    assert len(classes) == 8
    assert all(issubclass(found, OnLoop) for found in classes)
