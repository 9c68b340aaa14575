from collections.abc import Iterator
from pathlib import Path

import environ
import pytest
from django.core.management import call_command
from django.db import connections, router
from pytest_django import DjangoDbBlocker

from conversations.index import remove
from conversations.models import Conversation
from conversations.search.backends import backend
from conversations.store import FileStore


@pytest.fixture
def store(data_dir: Path) -> FileStore:
    return FileStore(data_dir)


class Everything:
    """A database router that sends all to the second database."""

    def db_for_read(self, model: object, **hints: object) -> str:
        return "second"

    db_for_write = db_for_read


@pytest.fixture(scope="session")
def second_database(
    postgres: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    address = environ.Env.db_url_config(postgres)
    connections.databases["second"] = {**connections["default"].settings_dict, "OPTIONS": {}, **address}
    with django_db_blocker.unblock():
        call_command("migrate", "conversations", database="second", verbosity=0)
        yield
        connections["second"].close()
    del connections.databases["second"]


SQLITE = pytest.param("sqlite", marks=pytest.mark.django_db(transaction=True))


@pytest.fixture(params=[SQLITE, "postgresql"])
def database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Both databases, one after the other; the name of the one that this run has."""
    if request.param == "postgresql":
        request.getfixturevalue("second_database")
        request.getfixturevalue("settings").DATABASE_ROUTERS = [Everything()]
    with django_db_blocker.unblock():
        yield request.param
        for conversation in Conversation.objects.values_list("pk", flat=True):
            remove(conversation)
        search = backend(router.db_for_write(Conversation))
        search.clear()
        search.settle()
