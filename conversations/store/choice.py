"""Which home conversations have here."""

from pathlib import Path

from django.conf import settings

from conversations.files.store import FileStore
from conversations.store.base import Store


def current_store() -> Store:
    return store_in(settings.DATA_DIR)


def store_in(data_dir: Path) -> Store:
    """For who has no settings."""
    return FileStore(data_dir)
