"""Which pinned packages have no wheel for a system: `python scripts/wheels.py [LOCK …]`.

Asks the package index, so it needs the network; `make lock` ends with it. Exits with 1 where a supported
system lacks one. The other systems are listed so that nobody has to wonder.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.platforms import OLDEST_GLIBC, OLDEST_MACOS, PYTHONS

INDEX = "https://pypi.org/simple"
LOCKS = ("requirements.txt", "requirements-client.txt", "requirements-s3.txt", "requirements-dev.txt")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class System:
    name: str
    tags: Sequence[str]
    markers: dict[str, str]
    supported: bool = True
    locks: Sequence[str] = LOCKS


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashes: frozenset[str]


def linux(processor: str) -> list[str]:
    older = [f"manylinux{year}_{processor}" for year in (2014, 2010, 1)]
    return [f"manylinux_2_{minor}_{processor}" for minor in range(OLDEST_GLIBC[1], 4, -1)] + older


def markers(platform: str, system: str, processor: str) -> dict[str, str]:
    return {
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": processor,
        "os_name": "nt" if platform == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


SYSTEMS = (
    System("Linux x86-64", linux("x86_64"), markers("linux", "Linux", "x86_64")),
    System("Linux arm64", linux("aarch64"), markers("linux", "Linux", "aarch64")),
    System("macOS arm64", list(mac_platforms(OLDEST_MACOS, "arm64")), markers("darwin", "Darwin", "arm64")),
    System(
        "macOS x86-64", list(mac_platforms((15, 0), "x86_64")), markers("darwin", "Darwin", "x86_64"), False
    ),
    System("Windows x86-64", ["win_amd64"], markers("win32", "Windows", "AMD64"), False, LOCKS[:3]),
    System("Windows arm64", ["win_arm64"], markers("win32", "Windows", "ARM64"), False, LOCKS[:3]),
    System("Alpine x86-64", ["musllinux_1_2_x86_64"], markers("linux", "Linux", "x86_64"), False, LOCKS[:3]),
)


def read_lock(path: Path) -> Iterator[Pin]:
    for line in path.read_text().replace("\\\n", " ").splitlines():
        stated = line.partition("#")[0].partition("--hash")[0].strip()
        if stated:
            yield Pin(Requirement(stated), frozenset(HASH.findall(line)))


def ask_for_files(name: str) -> dict[str, str]:
    """The name and SHA-256 of every file that the index has of a package."""
    headers = {"Accept": "application/vnd.pypi.simple.v1+json"}
    answer = requests.get(f"{INDEX}/{name}/", headers=headers, timeout=30)
    answer.raise_for_status()
    return {file["filename"]: file["hashes"].get("sha256", "") for file in answer.json()["files"]}


def accepted_tags(system: System, python: tuple[int, int]) -> frozenset[Tag]:
    interpreter = f"cp{python[0]}{python[1]}"
    return frozenset(
        (*cpython_tags(python, platforms=system.tags), *compatible_tags(python, interpreter, system.tags))
    )


def lacks_wheel(pin: Pin, files: dict[str, str], system: System, python: tuple[int, int]) -> bool:
    version = f"{python[0]}.{python[1]}"
    environment = {**system.markers, "python_version": version, "python_full_version": f"{version}.0"}
    if pin.requirement.marker and not pin.requirement.marker.evaluate(environment):
        return False
    accepted = accepted_tags(system, python)
    return not any(
        name.endswith(".whl") and digest in pin.hashes and parse_wheel_filename(name)[3] & accepted
        for name, digest in files.items()
    )


def find_lacking(root: Path, names: Sequence[str]) -> Iterator[tuple[System, str]]:
    """Each system with one line that names what it lacks."""
    pins = {name: list(read_lock(root / name)) for name in names}
    wanted = sorted({pin.requirement.name for found in pins.values() for pin in found})
    with ThreadPoolExecutor(8) as pool:
        files = dict(zip(wanted, pool.map(ask_for_files, wanted), strict=True))
    for system in SYSTEMS:
        for python in PYTHONS:
            lacking = sorted(
                {
                    pin.requirement.name
                    for name in names
                    if name in system.locks
                    for pin in pins[name]
                    if lacks_wheel(pin, files[pin.requirement.name], system, python)
                }
            )
            if lacking:
                yield system, f"{system.name}, Python {python[0]}.{python[1]}: {', '.join(lacking)}"


def main(names: Sequence[str]) -> int:
    root = Path(__file__).resolve().parent.parent
    found = list(find_lacking(root, names or LOCKS))
    for system, line in found:
        print(line if system.supported else f"{line} (not supported)")
    return 1 if any(system.supported for system, _ in found) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
