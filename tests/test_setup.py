"""Set-up installs what the locks name, whatever was released since and whichever pip there is."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import environment, stamps
from scripts.console import ROOT, SetupError
from scripts.environment import AS_LOCKED, OLDEST_PIP
from scripts.platforms import OLDEST_GLIBC, OLDEST_MACOS, PYTHONS, Machine, refuse_unsupported
from scripts.wheels import Pin, read_lock
from tests.services.package_index import add_package, serve_index

LOCKS = ("requirements.txt", "requirements-dev.txt")


def pips() -> Sequence[Path | None]:
    """The environment's, and the oldest that is promised, which Python 3.12 and newer cannot run."""
    return [None, OLDEST_PIP] if sys.version_info < (3, 12) else [None]


@pytest.fixture(params=LOCKS)
def pins(request: pytest.FixtureRequest) -> list[Pin]:
    """What a lock names for this machine."""
    pins = read_lock(ROOT / request.param)
    return [pin for pin in pins if pin.requirement.marker is None or pin.requirement.marker.evaluate()]


@pytest.fixture
def index(tmp_path: Path, pins: list[Pin]) -> Iterator[tuple[str, Path]]:
    """An index with every pinned package and a newer release of each, and a lock with its hashes.

    The packages are empty, but require what the real ones do.
    """
    lines = []
    for pin in pins:
        metadata = distribution(pin.requirement.name).metadata
        requires, extras = metadata.get_all("Requires-Dist", []), metadata.get_all("Provides-Extra", [])
        version = str(pin.requirement.specifier).removeprefix("==")
        digest = add_package(tmp_path / "index", pin.requirement.name, version, requires, extras)
        add_package(tmp_path / "index", pin.requirement.name, "9999.0", requires, extras)
        lines.append(f"{pin.requirement.name}=={version} --hash=sha256:{digest}\n")
    lock = tmp_path / "lock.txt"
    lock.write_text("".join(lines))
    with serve_index(tmp_path / "index") as url:
        yield url, lock


def run_pip(pip: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    program = ["-m", "pip"] if pip is None else [str(next(pip.glob("pip-*.whl")) / "pip")]
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, *program, *words],
        env={**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("pip", pips(), ids=["this pip", "oldest pip"][: len(pips())])
def test_a_lock_is_whole_and_newer_releases_change_nothing(
    tmp_path: Path, pins: list[Pin], index: tuple[str, Path], pip: Path | None
) -> None:
    url, lock = index
    target = tmp_path / "venv"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(target)
    python = ("--python", str(target / "bin" / "python"))
    done = run_pip(pip, *python, "install", *AS_LOCKED, "--index-url", url, "-r", str(lock))
    assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads(run_pip(None, *python, "list", "--format", "json").stdout)
    assert {(canonicalize_name(row["name"]), row["version"]) for row in listed} == {
        (canonicalize_name(pin.requirement.name), str(pin.requirement.specifier)[2:]) for pin in pins
    }
    checked = run_pip(None, *python, "check")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("pip", [pip for pip in pips() if pip])
def test_without_our_options_the_oldest_pip_resolves_anew(
    tmp_path: Path, index: tuple[str, Path], pip: Path
) -> None:
    """What the test above would not notice if its index held nothing to resolve."""
    url, lock = index
    target = tmp_path / "venv"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(target)
    words = [word for word in AS_LOCKED if word != "--no-deps"]
    python = ("--python", str(target / "bin" / "python"))
    done = run_pip(pip, *python, "install", *words, "--index-url", url, "-r", str(lock))
    assert done.returncode != 0
    assert "all requirements must have their versions pinned" in done.stderr


def test_every_installation_of_the_project_resolves_nothing() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if "pip install" in line]
    assert installs
    for line in installs:
        assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(line.split())
    assert "npm ci" in dockerfile
    assert "npm install" not in dockerfile


def test_no_container_has_more_rights_than_it_needs_or_a_password_that_everybody_knows() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    bounded, services = text.split("\nservices:\n")
    for word in ("no-new-privileges:true", "cap_drop: [ALL]", "read_only: true"):
        assert word in bounded
    services = services.split("\nvolumes:\n")[0]
    made = re.split(r"(?m)^  (?=[a-z]+:$)", services)[1:]
    assert len(made) >= 4
    for service in made:
        assert "<<: *bounded" in service, service
        assert re.search(r"image: \$\{\w+_IMAGE:-|PYTHON_IMAGE: \$\{PYTHON_IMAGE:-", service), service
    assert re.findall(r"POSTGRES_PASSWORD:?[^?\n]*:-", text) == []
    assert text.count("${POSTGRES_PASSWORD:?") == 2
    images = re.findall(r"(?m)^FROM (\S+)", (ROOT / "Dockerfile").read_text())
    assert set(images) == {"${NODE_IMAGE}", "${PYTHON_IMAGE}"}


def test_stamps_do_not_depend_on_where_the_project_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = []
    for name in ("here", "there"):
        source = tmp_path / name / "static" / "main.ts"
        source.parent.mkdir(parents=True)
        source.write_text("export {}")
        monkeypatch.setattr(stamps, "ROOT", tmp_path / name)
        digests.append(stamps.digest_of([source.parent]))
    assert digests[0] == digests[1]


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stand_in(folder: Path) -> None:
        monkeypatch.setattr(environment, "VENV", folder)
        monkeypatch.setattr(environment, "PYTHON", folder / "bin" / "python")
        monkeypatch.setattr(environment, "PLACE", folder / "place.stamp")

    stand_in(tmp_path / "before" / ".venv")
    environment.ensure_venv()
    mark = tmp_path / "before" / ".venv" / "mark"
    mark.touch()
    environment.ensure_venv()
    assert mark.exists()
    (tmp_path / "before").rename(tmp_path / "after")
    stand_in(tmp_path / "after" / ".venv")
    environment.ensure_venv()
    assert not (tmp_path / "after" / ".venv" / "mark").exists()
    said = (tmp_path / "after" / ".venv" / "bin" / "pip").read_text().splitlines()[0]
    assert str(tmp_path / "after") in said


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (Machine("Windows", "amd64"), "WSL"),
        (Machine("Darwin", "x86_64", macos="15.1"), "Intel"),
        (Machine("Darwin", "arm64", macos="14.7.2"), "14.7.2"),
        (Machine("Linux", "x86_64"), "Alpine"),
        (Machine("Linux", "x86_64", libc="2.17"), "2.17"),
        (Machine("Linux", "riscv64", libc="2.39"), "riscv64"),
        (Machine("FreeBSD", "amd64"), "FreeBSD"),
    ],
)
def test_a_system_without_packages_is_told_so_in_a_sentence(machine: Machine, said: str) -> None:
    with pytest.raises(SetupError, match=said) as told:
        refuse_unsupported(machine)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "machine",
    [
        Machine("Linux", "x86_64", libc="2.28"),
        Machine("Linux", "aarch64", libc="2.36"),
        Machine("Darwin", "arm64", macos="15.0"),
        Machine("Darwin", "arm64", macos="26.1"),
    ],
)
def test_a_supported_system_is_let_through(machine: Machine) -> None:
    refuse_unsupported(machine)


def test_the_readme_names_the_systems_that_are_let_through() -> None:
    for name in ("README.md", "README.tr.md"):
        text = " ".join((ROOT / name).read_text().split())
        assert "{}.{}".format(*OLDEST_GLIBC) in text
        assert f"macOS {OLDEST_MACOS[0]}" in text
        assert f"{PYTHONS[0][0]}.{PYTHONS[0][1]}" in text
        assert f"{PYTHONS[-1][0]}.{PYTHONS[-1][1]}" in text


def test_python_is_promised_as_it_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requires = Requirement(f"python{project['requires-python']}").specifier
    assert all(requires.contains(f"{major}.{minor}.0") for major, minor in PYTHONS)
    assert not requires.contains(f"{PYTHONS[-1][0]}.{PYTHONS[-1][1] + 1}.0")
