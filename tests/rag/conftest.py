from collections.abc import Iterator

import environ
import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from rag import worker
from rag.store import members, numpy_vectors

TABLES = ("pgvector", "search", "vector", "passage", "document", "collection", "embeddingmodel")


class Everything:
    """A database router that sends all to the second database."""

    def db_for_read(self, model: object, **hints: object) -> str:
        return "documents"

    db_for_write = db_for_read


@pytest.fixture(scope="session")
def second_database(
    postgres: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    address = environ.Env.db_url_config(postgres)
    connections.databases["documents"] = {**connections["default"].settings_dict, "OPTIONS": {}, **address}
    with django_db_blocker.unblock():
        call_command("migrate", "rag", database="documents", verbosity=0)
        yield
        connections["documents"].close()
    del connections.databases["documents"]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Numbers of collections begin anew with each test."""
    members.forget()
    numpy_vectors.forget()
    yield
    assert worker.settle(20), "the worker still runs"


SQLITE = pytest.param("sqlite", marks=pytest.mark.django_db(transaction=True))


@pytest.fixture(params=[SQLITE, "postgresql"])
def database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Both databases, one after the other; the name of the one that this run has."""
    if request.param == "sqlite":
        yield request.param
        return
    request.getfixturevalue("second_database")
    request.getfixturevalue("settings").DATABASE_ROUTERS = [Everything()]
    with django_db_blocker.unblock():
        yield request.param
        with connections["documents"].cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(f'rag_{table}' for table in TABLES)}")
