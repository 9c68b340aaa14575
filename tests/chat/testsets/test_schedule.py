"""Runs that begin by themselves, on a real server."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chat.testsets.schedule import language_of
from tests.chat.test_access import call
from tests.services.processes import wait_until
from tests.services.server import Divan

DAILY = {"cron": "0 9 * * mon-fri", "timezone": "Europe/Istanbul", "lanes": ["echo/echo"]}


def make(server: Divan) -> tuple[str, Path]:
    case = {"text": "/echo speed=0\nHello", "checks": [{"kind": "contains", "value": "Hello"}]}
    status, row, _ = call(f"{server.url}/api/testsets", "POST", {"name": "Daily", "cases": [case]})
    assert status == 201
    path = server.data_dir / "testsets" / f"{row['id']}.json"
    return f"{server.url}/api/testsets/{row['id']}", path


def change(path: Path, **fields: Any) -> None:
    said = json.loads(path.read_text())
    said["schedule"] |= fields
    path.write_text(json.dumps(said))


def test_a_run_that_was_missed_while_off_is_made_up_once(server: Divan) -> None:
    address, path = make(server)
    status, kept, _ = call(f"{address}/schedule", "PUT", DAILY)
    assert (status, kept["schedule"]["timezone"]) == (200, "Europe/Istanbul")
    assert kept["schedule"]["next"] > "2026"
    server.stop()
    change(path, next="2026-01-05T06:00:00.000Z")
    server.start()

    def has_run() -> bool:
        runs = call(f"{address}/runs")[1]["runs"]
        return len(runs) == 1 and runs[0]["state"] == "done"

    wait_until(has_run, seconds=60, what="the missed run")
    (run,) = call(f"{address}/runs")[1]["runs"]
    assert (run["scheduled"], run["passed"]) == (True, 1)
    assert call(address)[1]["schedule"]["next"] == kept["schedule"]["next"]
    server.restart()
    assert len(call(f"{address}/runs")[1]["runs"]) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "There is no model nowhere/model here. Choose another one."),
        ("tr", "Burada nowhere/model adlı bir model yok. Başka birini seçin."),
        ("ru", "Модели nowhere/model здесь нет. Выберите другую."),
    ],
)
def test_what_cannot_begin_says_why_to_its_person_and_keeps_its_time(
    server: Divan, language: str, words: str
) -> None:
    address, path = make(server)
    assert call(f"{address}/schedule", "PUT", DAILY, Accept_Language=language)[0] == 200
    change(path, next="2026-01-05T06:00:00.000Z", lanes=[{"model": "nowhere/model"}])

    def says_why() -> bool:
        return bool(call(address)[1]["schedule"]["problem"])

    wait_until(says_why, seconds=60, what="the reason")
    assert call(address)[1]["schedule"]["problem"] == words
    assert call(address)[1]["schedule"]["next"] > "2026-02"
    assert call(f"{address}/runs")[1]["runs"] == []


@pytest.mark.parametrize("language", [None, "xx", "", 7, ["tr"], "../../tr"])
def test_a_language_that_nobody_speaks_is_the_server_s_own(language: Any) -> None:
    assert language_of({"language": language}) == settings.LANGUAGE_CODE
    assert language_of({}) == settings.LANGUAGE_CODE


def test_a_dry_run_says_when_it_would_run_and_keeps_nothing(server: Divan) -> None:
    address, path = make(server)
    before = path.read_bytes()
    status, told, _ = call(f"{address}/schedule", "PUT", {**DAILY, "dry_run": True})
    assert (status, told["schedule"]["cron"]) == (200, DAILY["cron"])
    assert told["schedule"]["next"] > "2026"
    nowhere = {**DAILY, "lanes": ["nowhere/model"], "dry_run": True}
    assert call(f"{address}/schedule", "PUT", nowhere)[0] == 404
    assert path.read_bytes() == before


def test_a_schedule_is_changed_with_the_set_and_removed(server: Divan) -> None:
    address, _path = make(server)
    call(f"{address}/schedule", "PUT", DAILY)
    whole = call(address)[1]
    assert call(address, "PUT", {**whole, "name": "Other"})[1]["schedule"] == whole["schedule"]
    assert call(f"{address}/schedule", "DELETE")[0] == 204
    assert call(address)[1]["schedule"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"cron": "every day"}, 400),
        ({"timezone": "Mars/Olympus"}, 400),
        ({"timezone": "../../etc/passwd"}, 400),
        ({"cron": "0 0 31 2 *"}, 400),
        ({"lanes": []}, 400),
        ({"lanes": ["nowhere/model"]}, 404),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(server: Divan, body: dict[str, Any], status: int) -> None:
    address, _path = make(server)
    assert call(f"{address}/schedule", "PUT", {**DAILY, **body})[0] == status
    assert call(address)[1]["schedule"] is None
