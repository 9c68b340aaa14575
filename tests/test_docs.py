"""What a person may set or run is written down, and what other programs may send and read."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from django.core.management import get_commands

from chat.protocol import commands
from conversations import records, settings
from providers import connectors
from providers.connectors.declarations import Declaration, Service
from tests.services.environment import own_environment

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = sorted(
    set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "chatbot_project/settings.py").read_text()))
    | {"ENCRYPTION_KEYS"}
    | connectors.declared_variables()
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


@pytest.mark.parametrize(
    "service", [service for _, service in connectors.declared_services()], ids=lambda one: one.name
)
@pytest.mark.parametrize("name", ["README.md", "README.tr.md", "docs/models.md"])
def test_every_service_of_one_key_is_in_the_first_pages(service: Service, name: str) -> None:
    text = (ROOT / name).read_text()
    assert service.label.removeprefix("Google ") in text
    assert f"{service.key}=" in text


@pytest.mark.parametrize("declared", connectors.PROVIDERS.values(), ids=list(connectors.PROVIDERS))
def test_the_docs_say_of_a_provider_what_it_declares(declared: Declaration) -> None:
    example = (ROOT / ".env.example").read_text()
    rows = (ROOT / "docs/settings.md").read_text().splitlines()
    for service in declared.services:
        row = next(line for line in rows if line.startswith("|") and f"`{service.key}`" in line)
        assert f"`{service.name}`" in row
        assert f"`{service.base_url}`" in row
        assert all(f"`{name}`" in row for name in service.keys)
        assert f"\n#{service.key}=\n" in example
        assert f"\n#{service.base_url}=\n" in example
        assert all(name in example for name in service.keys)
    for servers in declared.server_lists:
        row = next(line for line in rows if line.startswith(f"| `{servers.variable}`"))
        assert servers.default in row
        assert f"\n#{servers.variable}={servers.default}\n" in example


def test_the_docs_name_no_key_and_address_that_nobody_declares() -> None:
    """Of a list of servers the keys are named after the servers."""
    named = re.compile(r"\b[A-Z][A-Z_]*_(?:API_KEY|BASE_URL|TOKEN|SERVERS)\b")
    for path in (ROOT / ".env.example", ROOT / "docs/settings.md"):
        assert {*named.findall(path.read_text())} - {"MY_VLLM_API_KEY"} <= {*SETTINGS}


def test_whatever_a_service_is_read_from_is_kept_from_the_tests(tmp_path: Path) -> None:
    assert connectors.declared_variables() <= {*own_environment(tmp_path)}


SENT = sorted(
    name
    for kind in vars(commands).values()
    if isinstance(kind, type) and issubclass(kind, commands.Command) and "type" in kind.model_fields
    for name in get_args(kind.model_fields["type"].annotation)
)
WRITTEN = sorted({get_args(get_type_hints(kind)["type"])[0] for kind in get_args(records.Record)})


def test_commands_and_records_are_found() -> None:
    assert {"send", "vote", "fork"} <= set(SENT)
    assert {"conversation", "message", "summary"} <= set(WRITTEN)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        *(("protocol.md", name) for name in (*SENT, *settings.ROWS)),
        *(("file-format.md", name) for name in (*WRITTEN, *settings.ROWS)),
    ],
)
def test_the_formats_name_every_command_record_and_setting(page: str, name: str) -> None:
    assert re.search(rf'[`"]{name}[`"]', (ROOT / "docs" / page).read_text())
