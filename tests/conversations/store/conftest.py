"""The homes that the tests of this folder run over: those where conversations last, and with
`in_all_homes` that of temporary ones too."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import environ
import psycopg
import pytest
import redis

from conversations.files.store import FileStore
from conversations.postgresql.store import PostgresStore
from conversations.store.base import Store
from conversations.temporary.home import RedisHome

HOMES = ("files", "postgresql")
in_all_homes = pytest.mark.parametrize("home", [*HOMES, "temporary"], indirect=True)
schema = import_module("conversations.migrations.0009_rows")
of_testsets = import_module("conversations.migrations.0012_testset_rows")
changed = import_module("conversations.migrations.0013_changed_rows")


class Home:
    """`store`: as this process has it; `elsewhere` makes the same as another process has it."""

    def __init__(self, elsewhere: Callable[[], Store]) -> None:
        self.elsewhere = elsewhere
        self.store = elsewhere()


@pytest.fixture(scope="session")
def tables(postgres: str) -> dict[str, Any]:
    """What a PostgreSQL with all tables is connected with."""
    url = environ.Env.db_url_config(postgres)
    params = {"dbname": "homes", "user": url["USER"], **url["OPTIONS"]}
    with psycopg.connect(**{**params, "dbname": url["NAME"]}, autocommit=True) as connection:
        connection.execute("CREATE DATABASE homes")
    with psycopg.connect(**params, autocommit=True) as connection:
        for statement in (*schema.statements(), *of_testsets.statements(), *changed.statements()):
            connection.execute(statement)
    return params


@pytest.fixture
def rows(tables: dict[str, Any]) -> Iterator[Callable[[], PostgresStore]]:
    """Makes stores, each as a process of its own has it, in tables that are empty at first."""
    with psycopg.connect(**tables, autocommit=True) as connection:
        tables_of_all = (*schema.PARTITIONED, *schema.ALONE, *of_testsets.TABLES)
        connection.execute(f"TRUNCATE {', '.join(tables_of_all)}")
    with ExitStack() as made:

        def make() -> PostgresStore:
            store = PostgresStore(tables)
            made.callback(store.close)
            return store

        yield make


@pytest.fixture
def sealed(valkey: str) -> Iterator[Callable[[], RedisHome]]:
    """Makes homes of temporary conversations, each as a process of its own has it, in a Valkey that is empty
    at first."""
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    with ExitStack() as made:

        def make() -> RedisHome:
            home = RedisHome(valkey, "the same for all")
            made.callback(home.close)
            return home

        yield make


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, data_dir: Path) -> Home:
    if request.param == "temporary":
        # Who runs over this one asks it for no more than a `Home`.
        return Home(cast(Callable[[], Store], request.getfixturevalue("sealed")))
    if request.param == "postgresql":
        return Home(request.getfixturevalue("rows"))
    return Home(lambda: FileStore(data_dir))


@pytest.fixture
def store(home: Home) -> Store:
    return home.store
