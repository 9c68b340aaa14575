from collections.abc import AsyncIterator, Callable

import pytest
from pytest_django.fixtures import Settings

from tests.upstreams.search import SearchServices, running_search_services

UseService = Callable[[str], None]


@pytest.fixture
async def services() -> AsyncIterator[SearchServices]:
    async with running_search_services() as running:
        yield running


@pytest.fixture
def use(services: SearchServices, settings: Settings) -> UseService:
    """Configures a service by name."""

    def configure(provider: str) -> None:
        for name, value in services.env(provider).items():
            setattr(settings, name, value)

    return configure
