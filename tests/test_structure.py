"""Files and functions stay small enough to be read whole."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES = {".py": 400, ".ts": 400, ".css": 400, ".vue": 300}
LINES_OF_A_FUNCTION = 50
MADE = ("/migrations/", "/node_modules/", "/dist/", ".gen.ts", "/locale/", "/locales/")


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [
        ROOT / name for name in listed.stdout.splitlines() if not any(part in f"/{name}" for part in MADE)
    ]
    return sorted(path for path in paths if path.suffix in LINES and path.exists())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_sources_are_found() -> None:
    assert {"manage.py", "tests/test_structure.py"} <= {name_of(path) for path in sources()}


@pytest.mark.parametrize("suffix", LINES)
def test_no_file_is_longer_than_its_kind_may_be(suffix: str) -> None:
    lengths = {
        name_of(path): len(path.read_text().splitlines()) for path in sources() if path.suffix == suffix
    }
    assert {name: lines for name, lines in lengths.items() if lines > LINES[suffix]} == {}


def test_no_function_is_longer_than_fifty_lines() -> None:
    too_long = [
        f"{name_of(path)}:{node.lineno} {node.name}: {lines}"
        for path in sources()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert too_long == []
