"""A real Divan: `manage.py serve` in its own process, with its own data folder and environment."""

import json
import os
import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from tests.services.environment import own_environment
from tests.services.network import free_port
from tests.services.preloaded import Command
from tests.services.processes import Process, Started, wait_until

SECONDS_TO_START = 120.0
SECONDS_FOR_COMMANDS = 120.0


class Divan(Process):
    """`env` is laid over an environment without keys and servers. `data_dir` may be shared by several."""

    def __init__(
        self, data_dir: Path, *, env: Mapping[str, str] | None = None, port: int | None = None
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        data_dir.mkdir(parents=True, exist_ok=True)
        super().__init__(
            ["serve"],
            log=data_dir.parent / f"{data_dir.name}-{self.port}.log",
            env=environment(data_dir, {**(env or {}), "PORT": str(self.port)}),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/"

    def start(self) -> None:
        """Returns when it answers."""
        super().start()
        self.wait_until_it_answers()

    def begin_to_start(self) -> None:
        """For several that are to start at the same moment."""
        super().start()

    def wait_until_it_answers(self) -> None:
        try:
            wait_until(self._is_ready, seconds=SECONDS_TO_START, what="the server's first answer")
        except (TimeoutError, RuntimeError) as error:
            if self.is_running:
                self.kill()
            raise RuntimeError(f"{error}; it said:\n{self.output()[-4000:]}") from error

    def wait_for_models(self, *servers: str) -> None:
        """Returns when it has these model servers' lists: it may be asked before it has them. Not for
        the event loop that a fake model server runs in."""

        def has_lists() -> bool:
            with urllib.request.urlopen(f"{self.url}/api/models?refresh=true", timeout=60) as answer:
                lists = json.load(answer)["models"]
            return all(lists.get(server) for server in servers)

        wait_until(has_lists, seconds=60, what=f"the lists of {', '.join(servers)}")

    def _launch(self) -> Started:
        return Command(self.command, env=self.env, output=self.log, errors=self.log)

    def restart(self) -> None:
        """Starts again on the same port and data, whether it was stopped, killed or still runs."""
        if self.is_running:
            self.stop()
        self.start()

    def manage(self, *words: str) -> str:
        """Runs another command of manage.py on the same data; raises where it fails."""
        return run_manage(words, self.env)

    def put_conversation(self, first: Mapping[str, Any], *more: Mapping[str, Any]) -> str:
        """Puts a file into the data folder, as a person would by hand; gives its id."""
        path = self.data_dir / "conversations" / f"{first['id']}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{json.dumps(record)}\n" for record in (first, *more)))
        return str(first["id"])

    def conversations(self) -> int:
        """How many stand on disk."""
        return sum(1 for _ in (self.data_dir / "conversations").rglob("*.jsonl"))

    @contextmanager
    def held_database(self) -> Iterator[None]:
        """Until the block ends, the server's writes to the database wait (for 20 s, then they fail)."""
        with closing(sqlite3.connect(self.data_dir / "divan.sqlite3", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield

    def _is_ready(self) -> bool:
        if not self.is_running:
            raise RuntimeError("the server ended while it started")
        try:
            with urllib.request.urlopen(f"{self.url}/api/models", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as refusal:
            return refusal.code < 500
        except OSError:
            return False


def environment(data_dir: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE",)}
    return {**kept, **own_environment(data_dir), "PYTHONUNBUFFERED": "1", **env}


def run_command(words: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
    """A command of manage.py with this environment and no other: its status, its output, its errors."""
    with NamedTemporaryFile() as output, NamedTemporaryFile() as errors:
        command = Command(words, env=env, output=Path(output.name), errors=Path(errors.name))
        status = command.wait(SECONDS_FOR_COMMANDS)
        return status, output.read().decode(), errors.read().decode()


def run_manage(words: Sequence[str], env: Mapping[str, str]) -> str:
    """What the command prints; raises where it fails."""
    status, said, complaints = run_command(words, env)
    if status != 0:
        raise RuntimeError(f"manage.py {' '.join(words)}: {said}{complaints}")
    return said


def migrated_database(folder: Path) -> Path:
    """An SQLite file with all tables; servers that start on a copy of it start faster."""
    run_manage(("migrate", "--verbosity", "0"), environment(folder, {}))
    return folder / "divan.sqlite3"


def copy_database(made: Path, data_dir: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(made, data_dir / "divan.sqlite3")
