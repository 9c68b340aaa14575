"""The web client in static/: Node, the packages of package-lock.json, and the build."""

import re
import shutil
import subprocess
from pathlib import Path

from scripts.console import ROOT, SetupError, run_quietly, say
from scripts.environment import BIN, LOG, ensure_packages, path_with_venv
from scripts.stamps import digest_of, is_current, write_stamp

CLIENT = ROOT / "static"
DIST = CLIENT / "dist"
OLDEST_NODE = 22
MADE = {"dist", "node_modules"}


def ensure_node() -> None:
    """The environment's Node, else the system's where it is new enough, else the one from a wheel."""
    if (BIN / "npm").exists():
        return
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return
    ensure_packages("requirements-client.txt", "Node.js, which builds the web client")


def node_version(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", said)
    return int(found.group(1)) if found else 0


def npm(*words: str, failure: str) -> None:
    command = shutil.which("npm", path=path_with_venv())
    if command is None:
        raise SetupError(f"{failure}: npm is not there.")
    run_quietly(
        [command, *words],
        failure=failure,
        log=LOG,
        cwd=CLIENT,
        PATH=path_with_venv(),
        npm_config_update_notifier="false",
    )


def ensure_client_packages() -> None:
    ensure_node()
    stamp = CLIENT / "node_modules" / ".stamp"
    digest = digest_of([CLIENT / "package.json", CLIENT / "package-lock.json"])
    if is_current(stamp, digest):
        return
    say("Installing the web client's packages …")
    npm(
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        # A registry that falls silent is asked again soon, not after npm's five minutes.
        "--fetch-timeout=20000",
        "--fetch-retries=5",
        "--fetch-retry-mintimeout=1000",
        failure="Could not install the web client's packages",
    )
    write_stamp(stamp, digest)


def sources() -> list[Path]:
    return [
        path for path in CLIENT.iterdir() if path.name not in MADE and not path.name.endswith(".tsbuildinfo")
    ]


def ensure_client() -> None:
    """Builds static/dist where a source is newer. An older build is used, and said to be old, where
    the new one cannot be made."""
    stamp = DIST / ".stamp"
    digest = digest_of(sources())
    if is_current(stamp, digest):
        return
    try:
        ensure_client_packages()
        say("Building the web client …")
        npm("run", "build", failure="Could not build the web client")
    except SetupError as error:
        if not (DIST / "manifest.json").exists():
            raise
        say(f"{error}\nGoing on with the web client that was built before.")
        return
    write_stamp(stamp, digest)
