"""Processes of Divan with PostgreSQL and Valkey, on one DATA_DIR or each on its own, behind a proxy that
sends each connection to the next."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.services.processes import wait_until
from tests.services.round_robin import running_round_robin
from tests.services.server import Divan
from tests.services.valkey import Valkey, own_valkey

COUNT = 3
NAME = "cluster"


@dataclass(frozen=True)
class Cluster:
    servers: tuple[Divan, ...]
    valkey: Valkey
    port: int
    postgres: str
    database: str
    """The URL of their own."""
    name: str
    """Of their database."""

    @property
    def url(self) -> str:
        """Of the proxy: whichever process is next."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/"

    @property
    def data_dir(self) -> Path:
        return self.servers[0].data_dir

    def start(self) -> None:
        """All that do not run, at once."""
        waiting = [server for server in self.servers if not server.is_running]
        for server in waiting:
            server.begin_to_start()
        for server in waiting:
            server.wait_until_it_answers()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """No process has a connection to the database, and none gets one."""
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self.name} WITH ALLOW_CONNECTIONS false")
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(end, [self.name])
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {self.name} WITH ALLOW_CONNECTIONS true")


@contextmanager
def running_cluster(folder: Path, postgres: str, env: Mapping[str, str]) -> Iterator[Cluster]:
    """All start at once, on an empty database."""
    with running([folder / "data"] * COUNT, NAME, postgres, {"DRAIN_SECONDS": "30", **env}) as made:
        yield made


@contextmanager
def running_machines(
    folder: Path, postgres: str, env: Mapping[str, str] | None = None, *, name: str = "machines"
) -> Iterator[Cluster]:
    """Two that share no folder: conversations are in the database."""
    folders = [folder / machine for machine in ("one", "other")]
    shared = {"STORE": "postgresql", "SECRET_KEY": "the same for all", "DRAIN_SECONDS": "30"}
    with running(folders, name, postgres, {**shared, **(env or {})}) as made:
        yield made


@contextmanager
def running(folders: Sequence[Path], name: str, postgres: str, env: Mapping[str, str]) -> Iterator[Cluster]:
    with ExitStack() as held:
        connection = held.enter_context(psycopg.connect(postgres, autocommit=True))
        connection.execute(f"CREATE DATABASE {name}")
        held.callback(connection.execute, f"DROP DATABASE {name} WITH (FORCE)")
        valkey = held.enter_context(own_valkey())
        database = postgres.replace("/divan?", f"/{name}?")
        shared = {"DATABASE_URL": database, "REDIS_URL": valkey.url, **env}
        servers = tuple(Divan(folder, env=shared) for folder in folders)
        port = held.enter_context(running_round_robin([server.port for server in servers]))
        made = Cluster(servers, valkey, port, postgres, database, name)
        held.callback(end_all, made)
        made.start()
        yield made


def end_all(cluster: Cluster) -> None:
    """Without waiting for what they answer."""
    for server in cluster.servers:
        if server.is_running:
            server.send(signal.SIGINT)
    wait_until(
        lambda: not any(server.is_running for server in cluster.servers), seconds=30, what="the end of all"
    )
