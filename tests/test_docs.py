"""What a person may set or run is written down."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = sorted(
    set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "chatbot_project/settings.py").read_text()))
    | {"ENCRYPTION_KEYS"}
)
APPS = ("chat", "chatbot_project", "conversations", "providers", "rag")
COMMANDS = sorted(
    path.stem for app in APPS for path in ROOT.glob(f"{app}/management/commands/*.py") if path.stem[0] != "_"
)
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_settings_are_found() -> None:
    assert {"DATA_DIR", "GEMINI_API_KEY", "OLLAMA_BASE_URL", "DATABASE_URL"} <= set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_example_and_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / ".env.example").read_text()), f"{name} is not in .env.example"
    assert f"`{name}`" in (ROOT / "docs/settings.md").read_text(), f"{name} is not in docs/settings.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_docs(name: str) -> None:
    assert any(f"manage.py {name}" in path.read_text() for path in DOCS)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_docs_name_only_commands_that_are_there(path: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", path.read_text()))
    assert named - {*get_commands()} == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_docs_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)", path.read_text())
    missing = [link for link in links if not (path.parent / link).exists()]
    assert missing == []
