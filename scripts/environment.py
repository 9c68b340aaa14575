"""The virtual environment in .venv and what is installed there, by lock with hashes."""

import os
import shutil
import subprocess
import sys
import venv

from scripts.console import ROOT, SetupError, run_quietly, say
from scripts.stamps import digest_of, is_current, write_stamp

VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOG = VENV / "setup.log"
PLACE = VENV / "place.stamp"
OLDEST_PIP = VENV / "oldest-pip"
AS_LOCKED = (
    *("--disable-pip-version-check", "--no-input", "--no-compile"),
    *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
)


def ensure_venv() -> None:
    """Makes .venv where there is none, where its Python is gone, and where the project's folder was moved:
    the programs of an environment name its place, and would call another one's Python, or none."""
    place = digest_of((), str(VENV))
    if PYTHON.exists() and is_current(PLACE, place):
        return
    say(f"Making .venv with Python {sys.version_info.major}.{sys.version_info.minor} …")
    try:
        venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(
            "This Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv."
        ) from error
    write_stamp(PLACE, place)


def ensure_packages(lock: str, what: str) -> None:
    """Installs what `lock`, a file in the project's folder, pins, and nothing else.

    Each lock is complete, so pip resolves nothing (`--no-deps`): an old pip that reads a package's own
    requirements would look for newer releases and refuse them for want of a hash. Nothing is built
    either (`--only-binary`), since a build looks for the newest build tools.
    """
    path = ROOT / lock
    stamp = VENV / f"{path.stem}.stamp"
    digest = digest_of([path])
    if is_current(stamp, digest):
        return
    say(f"Installing {what} …")
    run_quietly(
        [PYTHON, "-m", "pip", "install", *AS_LOCKED, "-r", path], failure=f"Could not install {what}", log=LOG
    )
    write_stamp(stamp, digest)


def ensure_oldest_pip() -> None:
    """Fetches the oldest pip that set-up must work with into .venv, for the test that runs it."""
    if any(OLDEST_PIP.glob("pip-*.whl")):
        return
    words = ["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"]
    run_quietly(
        [PYTHON, *words, "--require-hashes", "-d", OLDEST_PIP, "-r", ROOT / "tests/oldest-pip.txt"],
        failure="Could not fetch the pip that the tests run",
        log=LOG,
    )


def path_with_venv() -> str:
    """A PATH on which the environment's programs, Node's too, come first."""
    return os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
