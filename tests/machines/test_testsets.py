"""Test sets of servers that share no folder: one Divan, whichever is asked, and each run is done once."""

import asyncio
import json
import signal
from collections import Counter
from typing import Any

import psycopg

from core.times import parse_moment
from tests.chat.test_access import call
from tests.machines.test_machines import ask, records
from tests.machines.test_originals import downloaded, uploaded
from tests.services.cluster import Cluster
from tests.services.processes import wait_until
from tests.services.server import Divan

CASES = 24
PATIENCE = 120.0
LANES = ["echo/echo", {"model": "echo/echo", "system": "Be brief."}]
RUN_LINES = "SELECT string_agg(lines, ''::bytea ORDER BY end_offset) FROM testset_run_lines WHERE run = %s"


def cases(count: int = CASES) -> list[dict[str, Any]]:
    """Each is answered within a fraction of a second."""
    text = "/echo length=20 speed=100\n"
    checks = [{"kind": "max_ms", "value": 60_000}]
    return [{"id": f"c{number}", "text": f"{text}{number}", "checks": checks} for number in range(count)]


def make(server: Divan, *asked: dict[str, Any], name: str = "Capitals") -> str:
    """The path of it, on whichever server."""
    status, row, _ = call(f"{server.url}/api/testsets", "POST", {"name": name, "cases": list(asked)})
    assert status == 201, row
    return f"/api/testsets/{row['id']}"


def begin(server: Divan, path: str) -> str:
    status, begun, _ = call(f"{server.url}{path}/runs", "POST", {"lanes": LANES})
    assert status == 201, begun
    return f"{path}/runs/{begun['id']}"


def done(server: Divan, run: str) -> int:
    return int(call(f"{server.url}{run}")[1]["done"])


def over(server: Divan, run: str) -> dict[str, Any]:
    def is_over() -> bool:
        return bool(call(f"{server.url}{run}")[1]["state"] == "done")

    wait_until(is_over, seconds=PATIENCE, what="the run's end")
    return call(f"{server.url}{run}")[1]


def check_all_was_asked_once(machines: Cluster, told: dict[str, Any]) -> None:
    """One result of each cell, and in each conversation one whole answer of each lane."""
    [(lines,)] = ask(machines, RUN_LINES, told["id"])
    written = [json.loads(line) for line in lines.splitlines()]
    results = Counter((line["case"], line["lane"]) for line in written if line["type"] == "result")
    asked = Counter(line["case"] for line in written if line["type"] == "asked")
    assert set(results.values()) == set(asked.values()) == {1}
    assert (len(results), len(asked)) == (told["total"], told["cases"] and len(told["cases"]))
    assert {cell["status"] for cell in told["cells"]} == {"complete"}
    for conversation in {cell["conversation"] for cell in told["cells"]}:
        whole = [found for found in records(machines, conversation) if found.get("status") == "complete"]
        assert len({found["lane"] for found in whole}) == len(whole) == len(LANES)


def test_what_is_made_on_one_is_seen_changed_run_and_deleted_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    path = make(one, *cases(2))
    whole = call(f"{other.url}{path}")[1]
    assert call(f"{other.url}{path}", "PUT", {**whole, "name": "New"})[0] == 200
    assert call(f"{one.url}{path}")[1]["name"] == "New"
    for server in machines.servers:
        listed = call(f"{server.url}/api/testsets")[1]["testsets"]
        assert "New" in [row["name"] for row in listed]
    told = over(one, begin(other, path))
    check_all_was_asked_once(machines, told)
    assert one.manage("run_testset", path.rpartition("/")[2], "--lane", "echo/echo", "--dry-run")
    assert call(f"{one.url}{path}", "DELETE")[0] == 204
    assert call(f"{other.url}{path}")[0] == 404
    assert not any((server.data_dir / "testsets").exists() for server in machines.servers)


def test_a_run_of_one_is_stopped_and_resumed_through_the_other(machines: Cluster) -> None:
    one, other = machines.servers
    run = begin(one, make(one, *cases()))
    wait_until(lambda: done(other, run) >= 4, seconds=PATIENCE, what="some answers")
    assert call(f"{other.url}{run}/stop", "POST")[1]["state"] == "stopped"
    assert call(f"{one.url}{run}")[1]["state"] == "stopped"
    assert call(f"{other.url}{run}/resume", "POST")[1]["state"] in ("running", "done")
    check_all_was_asked_once(machines, over(one, run))


def test_a_run_of_one_that_is_killed_is_taken_over_by_the_other_once(machines: Cluster) -> None:
    one, other = machines.servers
    run = begin(one, make(one, *cases()))
    wait_until(lambda: done(other, run) >= 4, seconds=PATIENCE, what="some answers")
    one.kill()
    assert done(other, run) < CASES * len(LANES)
    told = over(other, run)
    one.start()
    assert call(f"{one.url}{run}")[1] == told
    check_all_was_asked_once(machines, told)


def wait_until_awake(server: Divan) -> None:
    """Until it knows that it had been declared dead, what it is asked to write is refused."""

    def takes() -> bool:
        status, said, _ = call(f"{server.url}/api/testsets", "POST", {"name": "Awake", "cases": []})
        assert status == 201 or said["error"]["code"] == "storage_unavailable", said
        return status == 201

    wait_until(takes, seconds=PATIENCE, what="a process that starts afresh")


async def test_one_that_is_frozen_past_its_death_and_woken_adds_nothing_to_its_run(machines: Cluster) -> None:
    one, other = machines.servers
    run = await asyncio.to_thread(lambda: begin(one, make(one, *cases())))
    name = run.rpartition("/")[2]

    def freeze_and_take_over() -> dict[str, Any]:
        wait_until(lambda: done(other, run) >= 4, seconds=PATIENCE, what="some answers")
        one.send(signal.SIGSTOP)
        try:
            ask(
                machines,
                "UPDATE heartbeat SET at = at - interval '1 minute' "
                "WHERE process = (SELECT process FROM testset_run WHERE run = %s)",
                name,
            )
            return over(other, run)
        finally:
            one.send(signal.SIGCONT)

    told = await asyncio.to_thread(freeze_and_take_over)
    before = ask(machines, RUN_LINES, name)
    # What it had begun ends, refused or not, before it takes up anything new.
    await asyncio.to_thread(wait_until_awake, one)
    begun = await asyncio.to_thread(lambda: over(one, begin(one, make(one, *cases(1)))))
    assert begun["passed"] == len(LANES)
    assert ask(machines, RUN_LINES, name) == before
    check_all_was_asked_once(machines, told)


def test_a_run_that_is_due_begins_once_whichever_finds_it(machines: Cluster) -> None:
    one, other = machines.servers
    paths = [make(one, *cases(1), name=f"Daily {number}") for number in range(6)]
    for path in paths:
        body = {"cron": "@daily", "lanes": ["echo/echo"]}
        assert call(f"{other.url}{path}/schedule", "PUT", body)[0] == 200
    with psycopg.connect(machines.database, autocommit=True) as connection:
        for path in paths:
            testset = path.rpartition("/")[2]
            (data,) = (
                connection.execute("SELECT data FROM testset WHERE testset = %s", [testset]).fetchone() or ()
            )
            said = json.loads(data)
            said["schedule"]["next"] = "2026-01-05T06:00:00.000Z"
            connection.execute(
                "UPDATE testset SET data = %s, generation = nextval('testset_generation') WHERE testset = %s",
                [json.dumps(said).encode(), testset],
            )

    def has_run(path: str) -> bool:
        runs = call(f"{one.url}{path}/runs")[1]["runs"]
        return bool(runs) and runs[0]["state"] == "done"

    for path in paths:
        wait_until(lambda path=path: has_run(path), seconds=PATIENCE, what="the run that was due")  # type: ignore[misc]
        (run,) = call(f"{other.url}{path}/runs")[1]["runs"]
        assert (run["scheduled"], run["passed"]) == (True, 1)
        schedule = call(f"{other.url}{path}")[1]["schedule"]
        assert parse_moment(schedule["next"]) > parse_moment(run["at"])


async def test_an_original_that_a_test_set_alone_names_stays_when_the_other_purges(machines: Cluster) -> None:
    one, other = machines.servers
    data = b"asked about in a test set alone"
    sha256 = (await uploaded(one, "/api/attachments", "file", "a.txt", data))["sha256"]
    case = {"text": "What is in it?", "attachments": [sha256]}
    path = await asyncio.to_thread(make, one, case)
    ask(machines, "UPDATE core_keptoriginal SET touched = touched - interval '3 days'")
    ask(
        machines,
        "UPDATE chat_upload SET draft = draft - interval '3 days', created = created - interval '3 days'",
    )
    await asyncio.to_thread(other.manage, "purge_trash")
    for server in machines.servers:
        assert await downloaded(server, f"/api/attachments/{sha256}") == (200, data, "")
    assert (await asyncio.to_thread(call, f"{other.url}{path}", "DELETE"))[0] == 204
    ask(machines, "UPDATE core_keptoriginal SET touched = touched - interval '3 days'")
    await asyncio.to_thread(one.manage, "purge_trash")
    assert (await downloaded(other, f"/api/attachments/{sha256}"))[0] == 404
