from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import AsyncClient, override_settings

from providers import connectors, registry
from providers.catalogue import groups
from providers.configuration import rows
from providers.models import Server
from providers.ollama import administration
from providers.rest import api
from tests.providers.registry.fakes import FAKE, FakeConnector, Script

URL = "http://{}.test"


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server but `echo`, and a provider named `fake`."""
    monkeypatch.setitem(connectors.PROVIDERS, "fake", FAKE)
    monkeypatch.setattr(settings, "OLLAMA_BASE_URL", "")
    monkeypatch.setattr(rows, "CHECK_EVERY", 0.0)
    # Long enough for a busy machine; tests in which a server hangs ask for `impatient`.
    for name in ("FIRST_WAIT", "REFRESH_WAIT", "RETURN_WAIT"):
        monkeypatch.setattr(registry, name, 30.0)
    monkeypatch.setattr(groups, "ASK_LOADED", 30.0)
    monkeypatch.setattr(administration, "QUICK", 30.0)
    monkeypatch.setattr(api, "ASK_ONE_MODEL", 30.0)
    FakeConnector.scripts = {}
    FakeConnector.made = []
    registry.reset_registry()
    yield
    registry.reset_registry()


@pytest_asyncio.fixture(autouse=True)
async def closed_connectors(empty_registry: None) -> AsyncIterator[None]:
    yield
    await registry.aclose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a list that does not come would wait longer than a test may last."""
    for name in ("FIRST_WAIT", "REFRESH_WAIT", "RETURN_WAIT"):
        monkeypatch.setattr(registry, name, 0.5)
    monkeypatch.setattr("providers.catalogue.lists.LIST_TIMEOUT", 3600.0)


@pytest.fixture
def add_server(transactional_db: None) -> Callable[..., Server]:
    """A row of the provider `fake`, and what its server will do."""

    def add(name: str, *models: str, script: Script | None = None, **values: Any) -> Server:
        url = URL.format(name)
        FakeConnector.scripts[url] = script or Script(models)
        return Server.objects.create(**{"name": name, "provider": "fake", "base_url": url, **values})

    return add


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets settings, and variables of the process where the name is no setting."""

    def change(**values: str) -> None:
        for name, value in values.items():
            if hasattr(settings, name):
                monkeypatch.setattr(settings, name, value)
            else:
                monkeypatch.setenv(name, value)

    return change


@pytest_asyncio.fixture
async def client(transactional_db: None) -> AsyncIterator[AsyncClient]:
    """An administrator's."""
    with override_settings(
        AUTH_MODE="accounts",
        ROOT_URLCONF="tests.providers.registry.urls",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    ):
        made = AsyncClient()
        await made.aforce_login(await User.objects.acreate(username="boss", is_staff=True))
        yield made


@pytest_asyncio.fixture
async def member(client: AsyncClient) -> AsyncClient:
    """Somebody else's, in the group `writers`."""
    made = AsyncClient()
    user = await User.objects.acreate(username="member")
    await user.groups.aadd(await Group.objects.acreate(name="writers"))
    await made.aforce_login(user)
    return made
