"""A provider is one folder: what it declares is everywhere that providers are told of."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import AsyncClient

from chatbot_project.environment import provider_settings
from providers import connectors, registry
from providers.admin.forms import ModelForm, ServerForm
from providers.configuration import setup
from providers.models import Model, Server
from providers.types import ServerConfig
from providers.wire import failures
from tests.services.environment import own_environment

DECLARATION = """
from providers.connectors.declarations import Declaration, Preset, Service

DECLARATION = Declaration(
    provider="tiny",
    label="Tiny Models",
    connector="providers.connectors.tiny.connector.TinyConnector",
    services=(Service("tiny", "Tiny", ("TINY_API_KEY", "TINY_TOKEN"), "TINY_BASE_URL", "https://tiny.example"),),
    presets=(Preset("tiny-one", "Tiny One", ("tiny-1.1", "tiny-1.0")),),
    unsupported_params=frozenset({"seed", "top_k", "context_length"}),
    error_codes={"quota": "tiny_purse_empty", "overloaded": "not_found"},
    endpoints=r"/say",
)
"""
CONNECTOR = """
from providers.connectors.base import Connector
from providers.connectors.tiny.declaration import DECLARATION
from providers.types import Done, ModelInfo, TextDelta


class TinyConnector(Connector):
    provider = DECLARATION.provider

    async def stream(self, request):
        yield TextDelta("tiny")
        yield Done("stop")

    async def list_models(self):
        return [ModelInfo("tiny-1.0", "Tiny 1.0", self.provider, self.server.name)]

    async def aclose(self):
        pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder beside those of the other connectors."""
    made = tmp_path / "tiny"
    made.mkdir()
    (made / "__init__.py").touch()
    (made / "declaration.py").write_text(DECLARATION)
    (made / "connector.py").write_text(CONNECTOR)
    return tmp_path


@pytest.fixture
def tiny(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder as Divan finds it when it starts."""
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(folder)])
    monkeypatch.setattr(connectors, "PROVIDERS", dict(connectors.PROVIDERS))
    monkeypatch.setattr(failures.meanings, "_codes", dict(failures.meanings._codes))
    monkeypatch.setattr(failures.meanings, "_codes_of", dict(failures.meanings._codes_of))
    connectors.discover_providers()
    read = {"TINY_TOKEN": "secret"}
    for name, value in provider_settings(
        lambda name, default: read.get(name, default), [connectors.PROVIDERS["tiny"]]
    ).items():
        monkeypatch.setattr(settings, name, value, raising=False)
    yield
    for name in [name for name in sys.modules if name.startswith("providers.connectors.tiny")]:
        del sys.modules[name]


@pytest.mark.usefixtures("tiny")
async def test_a_model_of_it_answers_under_its_name(transactional_db: None) -> None:
    await registry.list_models(refresh=True)
    target = await registry.resolve("tiny/tiny-one")
    assert target.model == "tiny-1.0"
    assert type(target.connector).__name__ == "TinyConnector"


@pytest.mark.usefixtures("tiny")
@pytest.mark.django_db
def test_a_key_makes_its_server_with_its_address_and_its_models_out_of_the_box() -> None:
    setup.follow_environment()
    row = Server.objects.get(name="tiny")
    assert (row.provider, row.base_url, row.key.reveal()) == ("tiny", "https://tiny.example", "secret")
    preset = row.models.get()
    assert (preset.model_id, preset.name, preset.candidates) == (
        "tiny-one",
        "Tiny One",
        ["tiny-1.1", "tiny-1.0"],
    )


@pytest.mark.usefixtures("tiny")
@pytest.mark.django_db
def test_the_admin_offers_it_and_leaves_out_what_its_models_do_not_take() -> None:
    assert ("tiny", "Tiny Models") in list(ServerForm().fields["provider"].choices)  # type: ignore[attr-defined]
    server = Server(name="mine", provider="tiny", base_url="tiny.example/say")
    server.full_clean()
    assert server.base_url == "https://tiny.example"
    server.save()
    model = Model.objects.create(server=server, model_id="tiny-1.0")
    fields = ModelForm(instance=model).fields
    assert "top_k" not in fields
    assert {"temperature", "context_length"} <= set(fields)


@pytest.mark.usefixtures("tiny")
async def test_rest_tells_its_label_its_settings_and_the_parameters_of_its_models(
    client: AsyncClient,
) -> None:
    await sync_to_async(setup.follow_environment)()
    listed = (await client.get("/api/models/providers")).json()["providers"]
    told = next(row for row in listed if row["name"] == "tiny")
    assert told == {
        "name": "tiny",
        "label": "Tiny Models",
        "servers": ["tiny"],
        "settings": ["TINY_API_KEY"],
    }
    models = (await client.get("/api/models/tiny?refresh=true")).json()["models"]["tiny"]
    offered = set(models[0]["metadata"]["params"])
    assert {"seed", "top_k", "context_length"} & offered == set()
    assert {"temperature", "top_p", "max_tokens"} <= offered


@pytest.mark.usefixtures("tiny")
def test_its_error_codes_mean_what_it_says_and_only_to_itself_where_others_mean_something_else() -> None:
    def meaning(provider: str, code: str) -> str:
        error = failures.error_of(ServerConfig("s", provider), {"error": {"type": code, "message": "No."}})
        assert error is not None
        return error.code

    assert meaning("tiny", "tiny_purse_empty") == "quota"
    assert meaning("openai", "tiny_purse_empty") == "quota"
    assert meaning("tiny", "not_found") == "overloaded"
    assert meaning("gemini", "not_found") == "model_not_found"


@pytest.mark.parametrize(
    ("variables", "key", "address"),
    [
        ({"TINY_API_KEY": "one", "TINY_TOKEN": "two"}, "one", ""),
        ({"TINY_TOKEN": "'two'"}, "two", ""),
        ({"TINY_API_KEY": "", "TINY_BASE_URL": "http://gpu.lan"}, "", "http://gpu.lan"),
    ],
)
def test_the_settings_read_its_variables(
    variables: dict[str, str], key: str, address: str, folder: Path, tmp_path: Path
) -> None:
    program = (
        "import json, sys; from providers import connectors\n"
        "connectors.__path__.append(sys.argv[1]); connectors.discover_providers()\n"
        "from django.conf import settings\n"
        "print(json.dumps([settings.TINY_API_KEY, settings.TINY_BASE_URL]))"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "chatbot_project.settings", **own_environment(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env={**environment, **variables},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [key, address]
