"""The stages of `make test`. All of them run, whichever fails; the last lines say which did."""

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.browser import ensure_chromium
from scripts.client import CLIENT, ensure_client, ensure_client_packages
from scripts.console import ROOT, SetupError, run_and_hear, run_openly, say
from scripts.environment import BIN, PYTHON, VENV, ensure_oldest_pip, path_with_venv

MANAGE = (str(PYTHON), "-X", "dev", "manage.py")
NO_TESTS_COLLECTED = 5
WORKERS = "3"
"""On two cores: a test waits for servers and browsers a third of its time."""
KEEP_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VENV / "bytecode")}
"""The tests start a thousand processes. Where Python was told to keep no bytecode, as in many containers,
each compiles every module anew: for a server that is half of what it needs to start."""
NICENESS = 5
"""Of what runs beside the tests: enough for these to have the processor when they want it."""
PLAIN_ALLOCATOR = {"PYTHONMALLOC": "pymalloc"}
"""Python's development mode also pads every piece of memory to see what C code does to its neighbours. Divan
has no C code, and a fifth of what the tests cost went there."""


@dataclass(frozen=True)
class Stage:
    name: str
    command: Sequence[str]
    folder: Path = ROOT
    prepare: Callable[[], object] | None = None
    also_fine: int = 0
    """An exit status beside 0 that is no failure."""

    @property
    def fine(self) -> tuple[int, int]:
        return 0, self.also_fine


PYTHON_STAGES = (
    Stage("ruff: rules", [str(BIN / "ruff"), "check", "."]),
    Stage("ruff: format", [str(BIN / "ruff"), "format", "--check", "."]),
    Stage("mypy", [str(BIN / "mypy")]),
    Stage("import direction", [str(BIN / "lint-imports"), "--no-cache"]),
    Stage("system check", [*MANAGE, "check", "--fail-level", "WARNING"]),
    Stage("migrations match the models", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    Stage("client types match the server's", [*MANAGE, "client_types", "--check"]),
    Stage("known vulnerabilities", [str(PYTHON), "scripts/audit.py", "--report"]),
)
CLIENT_CHECK = Stage("client: types and lint", ["npm", "run", "check"], CLIENT, ensure_client_packages)
CLIENT_TESTS = Stage("client: build and tests", ["npm", "test"], CLIENT, ensure_client)


def pytest_stages(words: Sequence[str]) -> tuple[Stage, ...]:
    """Most tests share the cores; those marked `serial` measure, and run alone afterwards."""
    pytest = [str(PYTHON), "-X", "dev", "-m", "pytest", "-q"]
    return (
        Stage(
            "pytest",
            [*pytest, *words, "-n", WORKERS, "--dist", "worksteal", "-m", "not serial"],
            prepare=prepare_for_tests,
        ),
        Stage(
            "pytest: alone",
            [*pytest, *(words or files_with_serial_tests()), "-m", "serial"],
            also_fine=NO_TESTS_COLLECTED,
        ),
    )


def files_with_serial_tests() -> list[str]:
    """To collect all ten thousand tests once more takes longer than most of these."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if "mark.serial" in file.read_text()]


def prepare_for_tests() -> None:
    ensure_oldest_pip()
    ensure_client()
    os.environ["CHROMIUM"] = ensure_chromium()


def run_checks() -> int:
    """What needs no test run: all that is said of the sources as they stand."""
    return run_all([*PYTHON_STAGES, CLIENT_CHECK])


def run_stages(words: Sequence[str]) -> int:
    if words:
        return run_all(pytest_stages(words))
    return run_all(pytest_stages(()), beside=(PYTHON_STAGES, (CLIENT_CHECK, CLIENT_TESTS)))


def run_all(stages: Sequence[Stage], *, beside: Sequence[Sequence[Stage]] = ()) -> int:
    """The rows of `beside` take what the first of the stages leaves of the processor, and are quiet until one
    of theirs ends. The other stages wait for them."""
    with tempfile.TemporaryDirectory(prefix="divan-checks-") as folder:
        # The checks must not depend on, or write into, what a person keeps in data/ and .env.
        env = {"DATA_DIR": folder, "PATH": path_with_venv(), **KEEP_BYTECODE, **PLAIN_ALLOCATOR}
        first, others = stages[:1], stages[1:]
        # What the first one needs may be what theirs need: it is not made twice at the same time.
        problems = [prepare(stage) for stage in first]
        with ThreadPoolExecutor(initializer=give_way) as rows:
            begun = [rows.submit(run_row, row, env) for row in beside]
            heard = [run_heard(stage, env, problem) for stage, problem in zip(first, problems, strict=True)]
            results = [row.result() for row in begun]
        heard += [run_heard(stage, env, prepare(stage)) for stage in others]
    failed = [name for row in (*results, heard) for name in row if name]
    if failed:
        say("\nFailed: " + "; ".join(failed))
        return 1
    say("\nAll stages passed.")
    return 0


def give_way() -> None:
    """What this thread starts runs when nothing else wants the processor."""
    os.nice(NICENESS)


def run_row(row: Sequence[Stage], env: Mapping[str, str]) -> list[str | None]:
    return [run_unheard(stage, env) for stage in row]


def run_heard(stage: Stage, env: Mapping[str, str], problem: str) -> str | None:
    """Its output comes as it is written. Gives the stage's name where it failed."""
    say(f"\n=== {stage.name}")
    started = time.monotonic()
    if problem:
        say(problem)
    passed = not problem and run_openly(stage.command, cwd=stage.folder, env=env) in stage.fine
    say(how_it_ended(stage, passed, started))
    return None if passed else stage.name


def run_unheard(stage: Stage, env: Mapping[str, str]) -> str | None:
    """Its output comes at its end, in one piece. Gives the stage's name where it failed."""
    started = time.monotonic()
    output, passed = prepare(stage), False
    if not output:
        try:
            done = run_and_hear(stage.command, cwd=stage.folder, env=env)
        except OSError as error:
            output = f"{stage.command[0]} cannot be run ({error.strerror})."
        else:
            output, passed = done.stdout.rstrip(), done.returncode in stage.fine
    say("\n".join([f"\n=== {stage.name}", output, how_it_ended(stage, passed, started)]))
    return None if passed else stage.name


def prepare(stage: Stage) -> str:
    """Says why it cannot be run; nothing where it can."""
    try:
        if stage.prepare:
            stage.prepare()
    except SetupError as error:
        return f"error: {error}"
    return ""


def how_it_ended(stage: Stage, passed: bool, started: float) -> str:
    return f"--- {stage.name}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)"
