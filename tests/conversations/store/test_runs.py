"""Processes that do a run of a test set, and are killed, stand still or are cut off: one goes on with it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conversations.errors import StorageError
from conversations.files.store import FileStore
from tests.conversations.store.conftest import Home
from tests.conversations.store.test_dying import silence
from tests.conversations.store.test_testsets import HEADER, RUN, SET, read_run
from tests.services.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(home: Home, request: pytest.FixtureRequest, data_dir: Path) -> dict[str, Any]:
    """As `running` is told where the home is."""
    if isinstance(home.store, FileStore):
        return {"data_dir": str(data_dir)}
    tables: dict[str, Any] = request.getfixturevalue("tables")
    return {"tables": tables}


def running(place: dict[str, Any]) -> "subprocess.Popen[str]":
    """A real process in the midst of a run."""
    command = [sys.executable, "-m", "tests.conversations.store.running", json.dumps([place, SET, RUN])]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_run_whose_process_is_killed_is_taken_over_once_with_all_that_it_had_written(
    home: Home, place: dict[str, Any]
) -> None:
    made, there = home.store, home.elsewhere()
    made.testsets.create(SET, b"{}")
    process = running(place)
    try:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(5)]
        assert there.testsets.take_over(SET, RUN) is None
    finally:
        process.kill()
        process.communicate()
    holds: list[Any] = []

    def is_taken() -> bool:
        for store in (made, there):
            if (SET, RUN) in store.testsets.find_left_runs():
                hold = store.testsets.take_over(SET, RUN)
                holds.extend([] if hold is None else [hold])
        return bool(holds)

    wait_until(is_taken, seconds=20, what="the end of its hold")
    assert len(holds) == 1
    written = read_run(made).removeprefix(HEADER).split()
    assert [int(number) for number in written[:5]] == said
    assert written == [b"%d" % number for number in range(len(written))]
    holds[0].release()


def test_a_process_that_is_frozen_while_another_takes_its_run_over_writes_nothing_more(
    rows: Callable[[], Any], tables: dict[str, Any]
) -> None:
    """By files this cannot be: the lock is the frozen one's."""
    store = rows()
    store.testsets.create(SET, b"{}")
    process = running({"tables": tables})
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        with psycopg.connect(**tables, autocommit=True) as connection:
            connection.execute(
                "UPDATE heartbeat SET at = at - interval '1 minute' "
                "WHERE process = (SELECT process FROM testset_run WHERE run = %s)",
                [RUN],
            )
        holds: list[Any] = []

        def is_taken() -> bool:
            store._process.beat()
            hold = store.testsets.take_over(SET, RUN)
            holds.extend([] if hold is None else [hold])
            return bool(holds)

        wait_until(is_taken, seconds=20, what="the end of its hold")
        before = read_run(store)
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert said.split()[-1] == "taken"
    assert read_run(store) == before
    holds[0].append(b"mine\n")
    assert read_run(store) == before + b"mine\n"


def test_a_process_whose_connection_alone_was_lost_goes_on_with_its_run(
    rows: Callable[[], Any], tables: dict[str, Any]
) -> None:
    store = rows()
    store.testsets.create(SET, b"{}")
    hold = store.testsets.begin_run(SET, RUN, HEADER)
    silence(store)
    with psycopg.connect(**tables, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            [f"divan {store._process.number}"],
        )
    for _ in range(3):
        with suppress(StorageError):
            store._process.beat()
    hold.append(b"on\n")
    assert (hold.check_standing(), read_run(store)) == ("held", HEADER + b"on\n")
    assert rows().testsets.take_over(SET, RUN) is None
    hold.release()
