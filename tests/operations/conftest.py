from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.server import Divan, copy_database


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    """A real Divan in the local mode that a module's tests share."""
    folder = tmp_path_factory.mktemp("standing") / "data"
    copy_database(database_with_tables, folder)
    with Divan(folder) as running:
        yield running
