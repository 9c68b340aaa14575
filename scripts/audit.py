"""Which pinned packages have known vulnerabilities: `python scripts/audit.py [--report]` asks https://osv.dev.

Exits with 1 where one has; with `--report`, as `make test` calls it, never: an advisory of today is no fault
of what is tested. Where osv.dev cannot be reached it says so and does nothing.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.console import ROOT, say
from scripts.wheels import LOCKS, read_lock

SOURCE = "https://api.osv.dev/v1/querybatch"
AT_ONCE = 500
SECONDS = 5.0


class Package(NamedTuple):
    ecosystem: str
    name: str
    version: str


def locked_packages(root: Path) -> list[Package]:
    return sorted({*python_packages(root), *client_packages(root / "static" / "package-lock.json")})


def python_packages(root: Path) -> Iterator[Package]:
    for lock in LOCKS:
        for pin in read_lock(root / lock):
            yield Package("PyPI", pin.requirement.name, str(pin.requirement.specifier).removeprefix("=="))


def client_packages(lock: Path) -> Iterator[Package]:
    """`node_modules/a/node_modules/b` is the package `b`."""
    for place, package in json.loads(lock.read_text())["packages"].items():
        if place and "version" in package:
            name = package.get("name") or place.rpartition("node_modules/")[2]
            yield Package("npm", name, package["version"])


def advisories(packages: Sequence[Package], source: str) -> dict[Package, list[str]]:
    """By package, the ids of what is known. Raises requests.RequestException; ValueError where the source
    answers something else."""
    found: dict[Package, list[str]] = {}
    for start in range(0, len(packages), AT_ONCE):
        some = packages[start : start + AT_ONCE]
        queries = [
            {"package": {"ecosystem": ecosystem, "name": name}, "version": version}
            for ecosystem, name, version in some
        ]
        answer = requests.post(source, json={"queries": queries}, timeout=SECONDS)
        answer.raise_for_status()
        results = answer.json().get("results")
        if not isinstance(results, list) or len(results) != len(some):
            raise ValueError("it answers in another form")
        for package, result in zip(some, results, strict=True):
            if known := [str(one["id"]) for one in (result or {}).get("vulns", [])]:
                found[package] = known
    return found


def main(words: Sequence[str], root: Path = ROOT) -> int:
    source = os.environ.get("OSV_URL") or SOURCE
    packages = locked_packages(root)
    try:
        found = advisories(packages, source)
    except (requests.RequestException, ValueError, AttributeError, KeyError, TypeError) as error:
        say(f"SKIPPED: {source} cannot be asked ({type(error).__name__}); nothing was checked.")
        return 0
    for package, known in found.items():
        say(f"{package.ecosystem} {package.name} {package.version}: {', '.join(known)}")
    say(f"{len(packages)} packages, {len(found)} with known vulnerabilities.")
    return 1 if found and "--report" not in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
