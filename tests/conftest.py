"""What every test has: an own data folder, no way out of this machine, and the services by name."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from scripts.browser import find_chromium
from tests.databases import database, second_database
from tests.services.network import block_outside
from tests.services.object_storage import ObjectStorage, running_object_storage
from tests.services.postgres import running_postgres
from tests.services.server import Divan, copy_database, migrated_database
from tests.services.valkey import running_valkey

# What takes long on a busy machine is no fault.
hypothesis.settings.register_profile(
    "divan", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("divan")

__all__ = ["database", "second_database"]
block_outside()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DATA_DIR of this test alone."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(settings, "DATA_DIR", folder)
    return folder


@pytest.fixture(autouse=True)
def nothing_spent_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test's requests cost is written for whoever reads it, and by no thread in the midst of another
    test, which may not have a database."""
    # It needs Django's settings, which are made after this module.
    from providers.costs import ledger

    monkeypatch.setattr(ledger, "GATHERED", threading.TIMEOUT_MAX)
    yield
    ledger.ledger.reset()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """REDIS_URL of a real Valkey."""
    with running_valkey() as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """DATABASE_URL of a real PostgreSQL with pgvector."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium; `make test` installs one."""
    found = find_chromium()
    assert found, "Chromium is not there: run `make test`, which installs it."
    return found


@pytest.fixture(scope="session")
def database_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def start_server(tmp_path: Path, database_with_tables: Path) -> Iterator[Callable[..., Divan]]:
    """Starts real Divan processes; all end with the test. Several that are given the same `data_dir` and
    a REDIS_URL in `env` are one Divan."""
    with ExitStack() as running:

        def start(*, data_dir: Path | None = None, env: dict[str, str] | None = None, **more: Any) -> Divan:
            folder = data_dir or tmp_path / "server"
            if not (folder / "divan.sqlite3").exists():
                copy_database(database_with_tables, folder)
            return running.enter_context(Divan(folder, env=env, **more))

        yield start


@pytest.fixture
def server(start_server: Callable[..., Divan]) -> Divan:
    """One real Divan process with the `echo` server alone."""
    return start_server()


@pytest.fixture(scope="session")
def standing_storage() -> Iterator[ObjectStorage]:
    with running_object_storage() as storage:
        yield storage


@pytest.fixture
def storage(standing_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """An S3 service that is empty, with its keys in the environment."""
    for name, value in standing_storage.environment.items():
        monkeypatch.setenv(name, value)
    standing_storage.objects.clear()
    standing_storage.asked.clear()
    standing_storage.refusing = 0
    standing_storage.failing = ""
    return standing_storage
