"""How the verbs speak, and how they run other programs."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_NETWORK = (
    "name resolution",
    "failed to establish a new connection",
    # pip, of a package that it cannot ask for.
    "(from versions: none)",
    "network is unreachable",
    "connection refused",
    "could not resolve",
    "enotfound",
    "eai_again",
    "econnrefused",
    "etimedout",
    "timed out",
)


class SetupError(Exception):
    """Something a person must see to; its text is the one line that they read."""


def say(text: str) -> None:
    print(text, flush=True)


def run_quietly(
    command: Sequence[str | Path], *, failure: str, log: Path, cwd: Path = ROOT, **env: str
) -> None:
    """Runs a set-up step whose output matters only where it fails; `failure` then becomes the error's
    first words. The whole output is in `log`."""
    try:
        done = run_and_hear(command, cwd=cwd, env=env)
    except OSError as error:
        raise SetupError(f"{failure}: {command[0]} cannot be run ({error.strerror}).") from error
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"$ {' '.join(map(str, command))}\n{done.stdout}")
    if done.returncode != 0:
        raise SetupError(f"{failure}: {reason_of(done.stdout)} The whole output is in {log}.")


def reason_of(output: str) -> str:
    lowered = output.lower()
    if any(sign in lowered for sign in NO_NETWORK):
        return "the package registry cannot be reached. Is this machine online, or is a proxy missing?"
    if "no space left" in lowered:
        return "the disk is full."
    if "do not match the hashes" in lowered:
        return "a package is not the one that the lock names."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # npm and pip say what is wrong first, and what to read about it afterwards.
    errors = [
        line for line in lines if "error" in line.lower() and not line.lower().startswith("npm error code")
    ]
    reason = (errors or lines[-1:] or ["it said nothing"])[0]
    return reason if reason.endswith(".") else reason + "."


def run_openly(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> int:
    """Runs a step whose output is the point (tests, linters). Returns its exit status."""
    sys.stdout.flush()
    words = [str(word) for word in command]
    try:
        return subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, check=False).returncode
    except FileNotFoundError:
        say(f"{words[0]} is not there.")
        return 127


def run_and_hear(
    command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a step of which nothing is shown while it runs. What it wrote, errors too, is in `stdout`. Raises
    OSError where it cannot be started."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
