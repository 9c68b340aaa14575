"""The tests that ask for `database` run twice: on SQLite, and on a real PostgreSQL beside it. A folder's
conftest says in `emptied` how to remove what a test leaves behind."""

from collections.abc import Callable, Iterator

import environ
import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

SECOND = "second"
APPS = ("core", "conversations", "rag")
SQLITE = pytest.param("sqlite", marks=pytest.mark.django_db(transaction=True))


def migrate(using: str) -> None:
    """To the newest of all that this database has."""
    for app in APPS if using == SECOND else (None,):
        call_command("migrate", *filter(None, [app]), database=using, verbosity=0)


def migrate_back_and_forth(using: str, app: str, migration: str) -> None:
    """Migrations of other apps that build on those of `app` are taken back with them."""
    call_command("migrate", app, migration, database=using, verbosity=0)
    migrate(using)


class Everything:
    """A database router that sends all to the second database."""

    def db_for_read(self, model: object, **hints: object) -> str:
        return SECOND

    db_for_write = db_for_read


@pytest.fixture(scope="session")
def second_database(
    postgres: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    address = environ.Env.db_url_config(postgres)
    of_sqlite = connections["default"].settings_dict
    connections.databases[SECOND] = {**of_sqlite, "OPTIONS": {}, "CONN_MAX_AGE": 0, **address}
    with django_db_blocker.unblock():
        migrate(SECOND)
        yield
        connections[SECOND].close()
    del connections.databases[SECOND]


@pytest.fixture(params=[SQLITE, "postgresql"])
def database(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, emptied: Callable[[], None]
) -> Iterator[str]:
    """Both databases, one after the other; the name of the one that this run has."""
    if request.param == "postgresql":
        request.getfixturevalue("second_database")
        request.getfixturevalue("settings").DATABASE_ROUTERS = [Everything()]
    with django_db_blocker.unblock():
        yield request.param
        emptied()
