from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import router

from conversations.files.store import FileStore
from conversations.index.indexing import remove_from_index
from conversations.models import Conversation
from conversations.search.backends import backend_for


@pytest.fixture(autouse=True)
def several_people(settings: Any) -> None:
    """What a file says of its owner counts only where others have accounts."""
    settings.AUTH_MODE = "accounts"


@pytest.fixture
def store(data_dir: Path) -> FileStore:
    return FileStore(data_dir)


@pytest.fixture
def emptied() -> Callable[[], None]:
    def empty() -> None:
        for conversation in Conversation.objects.values_list("pk", flat=True):
            remove_from_index(conversation)
        search = backend_for(router.db_for_write(Conversation))
        search.clear()
        search.analyze()

    return empty
