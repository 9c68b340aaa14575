"""The homes that the tests of this folder run over."""

from pathlib import Path

import pytest

from conversations.files.store import FileStore
from conversations.store.base import Store

HOMES = ("files",)


class Home:
    """`store`: as this process has it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.store: Store = self.elsewhere()

    def elsewhere(self) -> Store:
        """The same conversations, as another process has them."""
        return FileStore(self._data_dir)


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, data_dir: Path) -> Home:
    return Home(data_dir)


@pytest.fixture
def store(home: Home) -> Store:
    return home.store
