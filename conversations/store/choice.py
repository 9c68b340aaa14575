"""Which home conversations have here."""

import atexit
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from conversations.errors import StorageError
from conversations.files.store import FileStore
from conversations.store.base import Store
from conversations.store.homes import Homes

if TYPE_CHECKING:
    from conversations.postgresql.store import PostgresStore
    from conversations.temporary.home import RedisHome

FILES, POSTGRESQL = HOMES = ("files", "postgresql")

_guard = threading.Lock()
_rows: "PostgresStore | None" = None
_temporary: "dict[str, RedisHome]" = {}


def current_store() -> Store:
    return store_in(settings.DATA_DIR)


def store_in(data_dir: Path) -> Store:
    """As `current_store`; where files are the home, those of that folder."""
    return rows_of_this_process() if in_postgresql() else FileStore(data_dir)


def files_in(data_dir: Path) -> Store:
    """Those of a folder, whichever home conversations have here: what a backup was unpacked to."""
    return FileStore(data_dir)


def current_homes() -> Homes:
    """With that of temporary conversations which all processes have in common, where there are several."""
    url: str = settings.REDIS_URL
    return Homes(current_store(), temporary_home(url) if url else None)


def temporary_home(url: str) -> "RedisHome":
    """One for each Redis: a process is alive, or dead, as a whole."""
    with _guard:
        if url not in _temporary:
            from conversations.temporary.home import RedisHome

            made = _temporary[url] = RedisHome(url, settings.SECRET_KEY)
            atexit.register(made.close)
        return _temporary[url]


def home_named(name: str) -> Store:
    """One of `HOMES`, whether it is the current one or not."""
    return rows_of_this_process() if name == POSTGRESQL else FileStore(settings.DATA_DIR)


def in_postgresql() -> bool:
    return str(settings.STORE) == POSTGRESQL


def rows_of_this_process() -> "PostgresStore":
    """One: a process is alive, or dead, as a whole."""
    global _rows
    if connection.vendor != POSTGRESQL:
        raise StorageError("DATABASE_URL is no PostgreSQL, so that no conversations can be kept there")
    with _guard:
        if _rows is None:
            from conversations.postgresql.store import PostgresStore

            params = connection.get_connection_params()
            _rows = PostgresStore({key: one for key, one in params.items() if isinstance(one, str | int)})
            # At once, and not when PostgreSQL notices it, others may end what this process leaves.
            atexit.register(_rows.close)
        return _rows
