"""Which Chromium the browser tests run in, and how it comes there."""

import os
from pathlib import Path

import pytest

from scripts import browser
from scripts.console import SetupError

SHELL = browser.SHELL


def put_program(folder: Path, name: str, text: str = "") -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder in which programs are looked for; no Playwright has a browser."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(browser, "PYTHON", put_program(tmp_path, "python", "exit 1"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


def put_apt(folder: Path, *packages: str) -> Path:
    """An apt-get that has these packages, and no other; gives where it writes what it was asked."""
    asked = folder.parent / "asked"
    installs = "".join(f'{name}) : > "{folder}/$4"; /bin/chmod 755 "{folder}/$4";; ' for name in packages)
    lines = [
        f'echo "$@" >> "{asked}"',
        '[ "$1" = update ] && exit',
        f'case "$4" in {installs}*) exit 100;; esac',
    ]
    put_program(folder, "apt-get", "\n".join(lines))
    return asked


def test_where_there_is_none_the_shell_is_installed(programs: Path) -> None:
    asked = put_apt(programs, SHELL, browser.WHOLE)
    assert browser.ensure_chromium() == str(programs / SHELL)
    assert asked.read_text().splitlines() == ["update", f"install -y --no-install-recommends {SHELL}"]


def test_a_whole_one_is_installed_where_the_system_has_no_shell(programs: Path) -> None:
    asked = put_apt(programs, browser.WHOLE)
    assert browser.ensure_chromium() == str(programs / browser.WHOLE)
    assert asked.read_text().splitlines().count("update") == 1


@pytest.mark.parametrize("there", [browser.NAMES, browser.NAMES[1:], browser.NAMES[-1:]])
def test_what_is_there_is_taken_without_asking_the_best_first(programs: Path, there: tuple[str, ...]) -> None:
    """An apt-get that reaches nothing takes minutes to say so."""
    asked = put_apt(programs, SHELL, browser.WHOLE)
    for name in there:
        put_program(programs, name)
    assert browser.ensure_chromium() == browser.find_chromium() == str(programs / there[0])
    assert not asked.exists()


def test_what_a_person_names_goes_before_all(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(programs, SHELL)
    monkeypatch.setenv("CHROMIUM", "/opt/chrome")
    assert browser.ensure_chromium() == browser.find_chromium() == "/opt/chrome"


def test_playwright_has_the_last_word(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put_program(programs.parent, "chrome")
    installed = programs.parent / "installed"
    program = (
        f'if [ "$2" = playwright ]; then : > "{installed}"; elif [ -e "{installed}" ]; then echo "{own}"; fi'
    )
    monkeypatch.setattr(browser, "PYTHON", put_program(programs.parent, "python", program))
    assert browser.ensure_chromium() == own
    assert installed.exists()


def test_where_none_can_be_had_each_reason_is_said(programs: Path) -> None:
    put_apt(programs)
    with pytest.raises(SetupError, match=f"(?s)Chromium is not there.*Debian's {browser.WHOLE}.*Playwright"):
        browser.ensure_chromium()
