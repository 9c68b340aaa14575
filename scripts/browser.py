"""Chromium for the browser tests. Best its headless shell, the same engine without the rest of a browser: it
takes a third less of the processor. Where no Chromium is, the shell is what is installed; nothing is
installed beside a whole one."""

import os
import shutil
import subprocess
from pathlib import Path

from scripts.console import SetupError, run_quietly, say
from scripts.environment import LOG, PYTHON

SHELL = "chromium-headless-shell"
WHOLE = "chromium"
NAMES = (SHELL, WHOLE, "chromium-browser", "google-chrome", "google-chrome-stable")
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)


def system_chromium() -> str | None:
    named = os.environ.get("CHROMIUM", "")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def playwright_chromium() -> str | None:
    said = subprocess.run(
        [PYTHON, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True, check=False
    ).stdout.strip()
    return said if said and Path(said).exists() else None


def find_chromium() -> str | None:
    """The path of a Chromium that is there already."""
    return system_chromium() or playwright_chromium()


def ensure_chromium() -> str:
    found = find_chromium()
    if found:
        return found
    say("Installing Chromium for the browser tests …")
    tried = []
    for name, install in (("apt-get", install_with_apt), ("playwright", install_with_playwright)):
        try:
            install()
        except SetupError as error:
            tried.append(f"{name}: {error}")
        found = find_chromium()
        if found:
            return found
    raise SetupError(f"Chromium is not there and could not be installed. {' '.join(tried)}")


def install_with_apt() -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise SetupError("only root on Debian or Ubuntu can use it.")
    run_quietly([apt, "update"], failure="Could not ask for Debian's packages", log=LOG)
    try:
        install_package(apt, SHELL)
    except SetupError:
        # Not every Debian and Ubuntu has it.
        install_package(apt, WHOLE)


def install_package(apt: str, name: str) -> None:
    run_quietly(
        [apt, "install", "-y", "--no-install-recommends", name],
        failure=f"Could not install Debian's {name}",
        log=LOG,
        DEBIAN_FRONTEND="noninteractive",
    )


def install_with_playwright() -> None:
    run_quietly(
        [PYTHON, "-m", "playwright", "install", "chromium"],
        failure="Could not install Playwright's Chromium",
        log=LOG,
    )
