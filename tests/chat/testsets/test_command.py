"""`manage.py run_testset`: for people and for CI, whose exit status says whether all passed."""

import json
from typing import Any

import pytest

from tests.chat.test_access import call
from tests.services.server import Divan, run_command


def make(server: Divan, *checks: dict[str, Any]) -> str:
    cases = [{"id": "c1", "text": "/echo speed=0\nIstanbul", "checks": list(checks)}]
    return str(call(f"{server.url}/api/testsets", "POST", {"name": "Cities", "cases": cases})[1]["id"])


def command(server: Divan, *words: str) -> tuple[int, str, str]:
    return run_command(("run_testset", *words), server.env)


PASSES = {"kind": "contains", "value": "Istanbul"}
FAILS = {"kind": "not_contains", "value": "Istanbul"}


@pytest.mark.parametrize("serving", [True, False])
def test_all_passed_is_status_0_beside_a_server_and_without(server: Divan, serving: bool) -> None:
    testset = make(server, PASSES)
    if not serving:
        server.stop()
    status, out, err = command(server, testset, "--lane", "echo/echo", "echo/other", "--output", "json")
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert (told["state"], told["total"], told["passed"]) == ("done", 2, 2)
    assert [cell["model"] for cell in told["cells"]] == ["echo/echo", "echo/other"]


def test_what_did_not_pass_is_status_1_and_one_line(server: Divan) -> None:
    testset = make(server, PASSES, FAILS)
    status, out, err = command(server, testset, "--lane", "echo/echo", "--output", "json")
    assert (status, json.loads(out)["passed"]) == (1, 0)
    assert err == "error: 1 of 1 answers did not pass.\n"
    status, out, _ = command(server, testset, "--lane", "echo/echo")
    assert (status, "not_contains" in out, "echo/echo: 0 of 1 passed" in out) == (1, True, True)


def test_a_dry_run_asks_nothing(server: Divan) -> None:
    testset = make(server, PASSES)
    status, out, _ = command(server, testset, "--lane", "echo/echo", "--repeat", "3", "--dry-run")
    assert (status, "3 requests" in out, "Nothing was sent." in out) == (0, True, True)
    assert call(f"{server.url}/api/testsets/{testset}/runs")[1]["runs"] == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--lane", "nowhere/model"), "There is no model nowhere/model here."),
        (("--lane", "echo/echo", "--repeat", "0"), "repeat:"),
        (("--lane", ""), "lanes.0.model:"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(server: Divan, words: tuple[str, ...], reason: str) -> None:
    status, out, err = command(server, make(server, PASSES), *words)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert reason in err


def test_an_id_that_nobody_has_is_said(server: Divan) -> None:
    status, _, err = command(server, "20261120-104233-k3v9x2qd", "--lane", "echo/echo")
    assert (status, err) == (1, "error: There is no test set '20261120-104233-k3v9x2qd'.\n")
