"""`make test` runs all of its stages, some beside others, and says which failed."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from scripts.console import ROOT, SetupError
from scripts.stages import Stage, files_with_serial_tests, run_all

SECONDS_TO_MEET = 60


def saying(name: str, *lines: str, status: int = 0, **more: Any) -> Stage:
    program = f"for line in {lines!r}: print(line)\nraise SystemExit({status})"
    return Stage(name, [sys.executable, "-c", program], **more)


def test_rows_run_beside_each_other_and_before_what_follows(capsys: pytest.CaptureFixture[str]) -> None:
    both_run = threading.Barrier(2, timeout=SECONDS_TO_MEET)
    done: list[str] = []
    rows = [[saying(name, name, prepare=both_run.wait)] for name in ("one", "two")]
    last = saying("last", prepare=lambda: done.append(capsys.readouterr().out))
    assert run_all([last], beside=rows) == 0
    assert "--- one: passed" in done[0]
    assert "--- two: passed" in done[0]
    assert "All stages passed." in capsys.readouterr().out


def test_what_a_stage_beside_others_writes_comes_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"line {number}" for number in range(200)]
    assert run_all([], beside=[[saying(name, *lines)] for name in ("one", "two")]) == 0
    assert capsys.readouterr().out.count("\n".join(lines)) == 2


def refuse() -> None:
    raise SetupError("There is no network.")


def test_all_stages_run_whichever_fails_and_the_last_lines_say_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        [saying("a", status=3), saying("b", "b ran")],
        [saying("c", prepare=refuse), Stage("d", ["no-such-program"]), saying("e", "e ran")],
    ]
    stages = [saying("f", status=1), saying("g", prepare=refuse), saying("h", status=5, also_fine=5)]
    assert run_all(stages, beside=rows) == 1
    said = capsys.readouterr().out
    assert "b ran" in said
    assert "e ran" in said
    assert said.count("error: There is no network.") == 2
    assert "no-such-program cannot be run" in said
    assert "--- h: passed" in said
    assert said.endswith("\nFailed: a; c; d; f; g\n")


def test_tests_that_run_alone_are_looked_for_only_where_they_are() -> None:
    files = files_with_serial_tests()
    assert "tests/browser/test_smooth.py" in files
    assert all("serial" in Path(ROOT, file).read_text() for file in files)
    assert len(files) < 10
