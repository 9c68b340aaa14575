"""The stages of `make test`. All of them run, whichever fails; the last lines say which did."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.browser import ensure_chromium
from scripts.client import CLIENT, ensure_client, ensure_client_packages
from scripts.console import SetupError, run_openly, say
from scripts.environment import BIN, PYTHON, VENV, ensure_oldest_pip, path_with_venv

MANAGE = (str(PYTHON), "-X", "dev", "manage.py")
NO_TESTS_COLLECTED = 5
WORKERS = "3"
"""On two cores: a test waits for servers and browsers a third of its time."""
KEEP_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VENV / "bytecode")}
"""The tests start a thousand processes. Where Python was told to keep no bytecode, as in many containers,
each compiles every module anew: for a server that is half of what it needs to start."""


@dataclass(frozen=True)
class Stage:
    name: str
    command: Sequence[str]
    folder: Path | None = None
    prepare: Callable[[], object] | None = None
    also_fine: int = 0
    """An exit status beside 0 that is no failure."""


STATIC_STAGES = (
    Stage("ruff: rules", [str(BIN / "ruff"), "check", "."]),
    Stage("ruff: format", [str(BIN / "ruff"), "format", "--check", "."]),
    Stage("mypy", [str(BIN / "mypy")]),
    Stage("import direction", [str(BIN / "lint-imports"), "--no-cache"]),
    Stage("system check", [*MANAGE, "check", "--fail-level", "WARNING"]),
    Stage("migrations match the models", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    Stage("client types match the server's", [*MANAGE, "client_types", "--check"]),
    Stage("known vulnerabilities", [str(PYTHON), "scripts/audit.py", "--report"]),
    Stage("client: types and lint", ["npm", "run", "check"], CLIENT, ensure_client_packages),
)
CLIENT_TESTS = Stage("client: tests", ["npm", "test"], CLIENT, ensure_client_packages)


def pytest_stages(words: Sequence[str]) -> tuple[Stage, ...]:
    """Most tests share the cores; those marked `serial` measure, and run alone afterwards."""
    pytest = [str(PYTHON), "-X", "dev", "-m", "pytest", "-q", *words]
    return (
        Stage(
            "pytest",
            [*pytest, "-n", WORKERS, "--dist", "worksteal", "-m", "not serial"],
            prepare=prepare_for_tests,
        ),
        Stage("pytest: alone", [*pytest, "-m", "serial"], also_fine=NO_TESTS_COLLECTED),
    )


def prepare_for_tests() -> None:
    ensure_oldest_pip()
    ensure_client()
    os.environ["CHROMIUM"] = ensure_chromium()


def run_stages(words: Sequence[str]) -> int:
    if words:
        return run_all(pytest_stages(words))
    return run_all((*STATIC_STAGES, CLIENT_TESTS, *pytest_stages(())))


def run_all(stages: Sequence[Stage]) -> int:
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="divan-checks-") as folder:
        # The checks must not depend on, or write into, what a person keeps in data/ and .env.
        env = {"DATA_DIR": folder, "PATH": path_with_venv(), **KEEP_BYTECODE}
        for stage in stages:
            say(f"\n=== {stage.name}")
            started = time.monotonic()
            passed = run_stage(stage, env)
            say(f"--- {stage.name}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)")
            if not passed:
                failed.append(stage.name)
    if failed:
        say("\nFailed: " + "; ".join(failed))
        return 1
    say("\nAll stages passed.")
    return 0


def run_stage(stage: Stage, env: dict[str, str]) -> bool:
    try:
        if stage.prepare:
            stage.prepare()
    except SetupError as error:
        say(f"error: {error}")
        return False
    status = run_openly(stage.command, env=env, **({"cwd": stage.folder} if stage.folder else {}))
    return status in (0, stage.also_fine)
