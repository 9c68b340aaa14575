"""The systems that Divan runs on, and the words for one that it does not run on.

A system is supported where every package of the locks has a wheel for it, since nothing is built at set-up;
`scripts/wheels.py` checks that when the locks are made.
"""

import os
import platform
import sys
from dataclasses import dataclass

from scripts.console import SetupError
from scripts.dev import NEWEST, OLDEST

OLDEST_GLIBC = (2, 28)
OLDEST_MACOS = (15, 0)
PYTHONS = tuple((3, minor) for minor in range(OLDEST[1], NEWEST[1] + 1))
SUPPORTED = (
    f"Linux with glibc {OLDEST_GLIBC[0]}.{OLDEST_GLIBC[1]} or newer (x86-64 and arm64) "
    f"and macOS {OLDEST_MACOS[0]} or newer on Apple silicon"
)
CONTAINER = "The container image runs there too: see docs/install.md."


@dataclass(frozen=True)
class Machine:
    """What `platform` says of a machine. `libc` is glibc's version, and empty where there is none."""

    system: str
    processor: str
    libc: str = ""
    macos: str = ""


def this_machine() -> Machine:
    name, version = platform.libc_ver() if sys.platform == "linux" else ("", "")
    return Machine(
        system=platform.system() or os.name,
        processor=platform.machine().lower(),
        libc=version if name == "glibc" else "",
        macos=platform.mac_ver()[0],
    )


def refuse_unsupported(machine: Machine) -> None:
    """Raises SetupError where the packages cannot be had or Divan cannot run."""
    reason = find_obstacle(machine)
    if reason:
        raise SetupError(f"{reason} Supported are {SUPPORTED}. {CONTAINER}")


def find_obstacle(machine: Machine) -> str:
    """One sentence, or nothing where all is well."""
    if machine.system == "Windows":
        return "Divan does not run on Windows itself; it does inside WSL 2."
    if machine.system == "Darwin":
        return find_obstacle_on_macos(machine)
    if machine.system != "Linux":
        return f"Divan has not been made to run on {machine.system}."
    if machine.processor not in ("x86_64", "amd64", "aarch64", "arm64"):
        return f"Some of Divan's packages do not exist for this processor ({machine.processor})."
    if not machine.libc:
        return "Some of Divan's packages do not exist for a Linux without glibc, such as Alpine."
    if version_of(machine.libc) < OLDEST_GLIBC:
        return f"This Linux is too old for some of Divan's packages (its glibc is {machine.libc})."
    return ""


def find_obstacle_on_macos(machine: Machine) -> str:
    if machine.processor != "arm64":
        return "Some of Divan's packages no longer exist for Macs with an Intel processor."
    if machine.macos and version_of(machine.macos) < OLDEST_MACOS:
        return f"This macOS ({machine.macos}) is too old for some of Divan's packages."
    return ""


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in text.split("."))
