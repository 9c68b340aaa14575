"""`make test` runs all of its stages, some beside others, and says which failed."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from scripts.console import ROOT, SetupError
from scripts.stages import NICENESS, Stage, files_with_serial_tests, run_all

SECONDS_TO_MEET = 60


def waiting_for(path: Path) -> list[str]:
    program = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)"
    return [sys.executable, "-c", program, str(path)]


def saying(name: str, *lines: str, status: int = 0, **more: Any) -> Stage:
    program = f"for line in {lines!r}: print(line)\nraise SystemExit({status})"
    return Stage(name, [sys.executable, "-c", program], **more)


def test_rows_run_beside_each_other_and_the_first_stage_and_the_others_wait(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    both_run = threading.Barrier(2, timeout=SECONDS_TO_MEET)
    ready, seen = tmp_path / "ready", tmp_path / "seen"
    done: list[str] = []

    def meet_when_ready() -> None:
        assert ready.exists(), "what the first stage needs is made before a row begins"
        both_run.wait()

    # The first ends when a row has come to its end.
    first = Stage("first", waiting_for(seen), prepare=ready.touch)
    rows = [
        [saying("one", "one", prepare=meet_when_ready)],
        [Stage("two", ["touch", str(seen)], prepare=meet_when_ready)],
    ]
    last = saying("last", prepare=lambda: done.append(capsys.readouterr().out))
    assert run_all([first, last], beside=rows) == 0
    assert [f"--- {name}: passed" in done[0] for name in ("first", "one", "two")] == [True] * 3
    assert "All stages passed." in capsys.readouterr().out


def test_rows_give_way_to_the_first_stage() -> None:
    first, beside = (
        Stage(name, [sys.executable, "-c", f"import os; raise SystemExit(os.nice(0) != {niceness})"])
        for name, niceness in (("first", os.nice(0)), ("beside", os.nice(0) + NICENESS))
    )
    assert run_all([first], beside=[[beside]]) == 0


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
