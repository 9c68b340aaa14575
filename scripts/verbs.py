"""What each verb does, in which order."""

import os
import sys
from collections.abc import Callable, Sequence

from scripts.client import ensure_client
from scripts.console import ROOT, SetupError, run_openly, run_quietly, say
from scripts.environment import BIN, LOG, PYTHON, ensure_packages, ensure_venv
from scripts.platforms import refuse_unsupported, this_machine

RUFF = BIN / "ruff"
LOCKS = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-client.txt": ["--group", "client"],
    "requirements-s3.txt": ["--group", "s3", "-c", "requirements.txt"],
    "requirements-dev.txt": [
        "pyproject.toml",
        "--extra",
        "dev",
        "--group",
        "client",
        "--group",
        "s3",
        "-c",
        "requirements.txt",
    ],
}
HOW_TO_LOCK = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--exclude-newer", "7 days"),
    *("--no-header", "--quiet"),
]


def serve(_: Sequence[str]) -> int:
    ensure_venv()
    ensure_packages("requirements.txt", "the Python packages")
    ensure_client()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "scripts/start.py"])


def prepare_for_development() -> None:
    ensure_venv()
    ensure_packages("requirements-dev.txt", "the Python packages, with those for tests")


def test(words: Sequence[str]) -> int:
    from scripts.stages import run_stages

    prepare_for_development()
    return run_stages(words)


def bench(words: Sequence[str]) -> int:
    prepare_for_development()
    ensure_client()
    return run_openly([PYTHON, "-m", "bench", *words])


def lint(_: Sequence[str]) -> int:
    from scripts.stages import run_checks

    prepare_for_development()
    return run_checks()


def format_code(_: Sequence[str]) -> int:
    prepare_for_development()
    return run_openly([RUFF, "check", "--fix", "."]) or run_openly([RUFF, "format", "."])


def lock(_: Sequence[str]) -> int:
    """Brings the locks in line with pyproject.toml. What is pinned stays where it still fits; nothing
    is taken that was published in the last seven days. Ends with the packages that lack a wheel."""
    prepare_for_development()
    for target, sources in LOCKS.items():
        say(f"Locking {target} …")
        run_quietly(
            [BIN / "uv", "pip", "compile", *sources, "--output-file", target, *HOW_TO_LOCK],
            failure=f"Could not lock {target}",
            log=LOG,
        )
    return run_openly([PYTHON, "scripts/wheels.py"])


def audit(words: Sequence[str]) -> int:
    prepare_for_development()
    return run_openly([PYTHON, "scripts/audit.py", *words])


VERBS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": serve,
    "test": test,
    "bench": bench,
    "lint": lint,
    "format": format_code,
    "lock": lock,
    "audit": audit,
}


def run_verb(words: Sequence[str]) -> int:
    if not words or words[0] not in VERBS:
        say(f"Usage: python3 scripts/dev.py {'|'.join(VERBS)}")
        return 2
    try:
        refuse_unsupported(this_machine())
        return VERBS[words[0]](words[1:])
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
