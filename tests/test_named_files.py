"""Whatever file a text names is there, and a package that lists its modules lists them all."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"(?<![\w./*<…-])((?:[\w-]+/)*[\w-]+\.(?:py|ts|vue|css|html|tsv|md))(?![\w/(]|\.\w)")
"""Sources and documents; JSON and TOML are mostly what Divan or a person writes elsewhere."""
LISTED = re.compile(r"^([a-z_]+(?:\.py|/))(?: {2,}|, |$)", re.MULTILINE)
NOT_LISTED = ("__init__.py", "apps.py", "management", "migrations", "__pycache__")
LEAST_LISTED = 2
"""Modules; of one beside `__init__.py` its docstring needs no list."""
HISTORY = "docs/decisions/"
"""What a decision names may have gone since."""


@cache
def files() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def documents() -> list[str]:
    return [
        name
        for name in files()
        if name.endswith(".md") and not name.startswith(HISTORY) and not name.startswith("CHANGELOG")
    ]


def sources() -> list[str]:
    return [name for name in files() if name.endswith(".py") and "/migrations/" not in name]


def is_there(named: str, beside: str) -> bool:
    """Whether a file has that path from the folder of the one that names it, or from a folder above it. A
    document may name it by the end of its path."""
    folders = [folder for folder in (ROOT / beside).parents if folder.is_relative_to(ROOT)]
    if any((folder / named).is_file() for folder in folders):
        return True
    return beside.endswith(".md") and any(name.endswith(f"/{named}") for name in files())


def said_in(source: str) -> Iterator[str]:
    """Docstrings and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def missing_in(name: str, texts: Iterator[str]) -> list[str]:
    found = (named for text in texts for named in NAMED.findall(text))
    return [f"{name}: {named}" for named in found if not is_there(named, name)]


def test_the_files_are_found() -> None:
    assert {"tests/test_named_files.py"} <= set(sources())
    assert "docs/architecture.md" in documents()
    assert is_there("architecture.md", "docs/settings.md")
    assert not is_there("nowhere.py", "docs/settings.md")


def test_every_file_that_a_docstring_or_a_comment_names_is_there() -> None:
    assert [line for name in sources() for line in missing_in(name, said_in((ROOT / name).read_text()))] == []


@pytest.mark.parametrize("name", documents())
def test_every_file_that_a_document_names_is_there(name: str) -> None:
    assert missing_in(name, iter([(ROOT / name).read_text()])) == []


def listings() -> list[tuple[str, set[str]]]:
    """Packages whose docstring lists at least two of its modules, and what it lists."""
    found = []
    for name in sources():
        if name.endswith("/__init__.py"):
            docstring = ast.get_docstring(ast.parse((ROOT / name).read_text())) or ""
            if len(listed := LISTED.findall(docstring)) > 1:
                found.append((name, {one.rstrip("/") for one in listed}))
    return found


def packages() -> list[str]:
    """Those with several modules. docs/architecture.md draws what an app holds, docs/adding-a-provider.md the
    modules that every connector has, and `manage.py help` lists commands."""
    found = []
    for name in sources():
        folder = name.removesuffix("__init__.py")
        beside = [one for one in sources() if one.startswith(folder) and "/" not in one.removeprefix(folder)]
        is_app = folder.count("/") == 1 or folder.startswith(("tests/", "bench/", "scripts/"))
        is_told_elsewhere = is_app or f"{folder}declaration.py" in beside or "/management/" in folder
        if name != folder and not is_told_elsewhere and len(beside) > LEAST_LISTED:
            found.append(name)
    return found


def test_every_package_of_several_modules_lists_them() -> None:
    assert {*packages()} - {name for name, _ in listings()} == set()


@pytest.mark.parametrize(("name", "listed"), listings(), ids=[name for name, _ in listings()])
def test_a_package_that_lists_its_modules_lists_those_that_are_there(name: str, listed: set[str]) -> None:
    folder = name.removesuffix("__init__.py")
    within = {path.removeprefix(folder).split("/")[0] for path in files() if path.startswith(folder)}
    assert listed == {
        one for one in within if one not in NOT_LISTED and (one.endswith(".py") or "." not in one)
    }
