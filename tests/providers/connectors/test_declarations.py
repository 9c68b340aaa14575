"""What a connector declares is what it does."""

import ast
from collections.abc import Mapping
from dataclasses import fields
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from providers import connectors
from providers.connectors import PROVIDERS, declaration_of, load_connector
from providers.connectors.declarations import Declaration
from providers.errors import ERROR_CODES
from providers.types import Params, ServerConfig
from providers.wire.failures import error_of
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, hear
from tests.upstreams import Upstream
from tests.upstreams.wire import Wire

FOLDERS = sorted(
    path.name
    for path in Path(connectors.__path__[0]).iterdir()
    if path.is_dir() and path.name not in ("__pycache__", "shared")
)
VALUES: Mapping[str, Any] = {
    "temperature": 0.25,
    "top_p": 0.5,
    "top_k": 7,
    "max_tokens": 77,
    "context_length": 4321,
    "seed": 11,
    "thinking": "high",
    "json": True,
}
"""One for each field of `Params`, none of which is what a connector sends by itself."""

each_provider = pytest.mark.parametrize("declared", PROVIDERS.values(), ids=list(PROVIDERS))


def test_every_folder_but_the_shared_one_declares_a_provider_of_its_name() -> None:
    assert sorted(PROVIDERS) == FOLDERS
    assert all(find_spec(f"providers.connectors.{name}.declaration") for name in FOLDERS)


def test_no_code_outside_their_folders_knows_a_provider_by_its_name() -> None:
    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}: {node.value}"
        for app in ("chat", "chatbot_project", "core", "providers", "rag")
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
        if not {"connectors", "migrations"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in FOLDERS
    ]
    assert found == []


@each_provider
def test_its_class_is_in_its_folder_and_has_its_name(declared: Declaration) -> None:
    assert load_connector(declared.provider).provider == declared.provider
    assert declared.connector.startswith(f"providers.connectors.{declared.provider}.")


@each_provider
def test_what_it_names_exists(declared: Declaration) -> None:
    assert declared.unsupported_params <= {field.name for field in fields(Params)}
    assert set(declared.error_codes) <= set(ERROR_CODES)
    assert str(declared.label)


def test_no_variable_server_or_preset_is_declared_twice() -> None:
    variables = [name for declared in PROVIDERS.values() for name in declared.variables]
    assert len(variables) == len(set(variables))
    servers = [service.name for _, service in connectors.declared_services()]
    assert len(servers) == len(set(servers))
    for declared in PROVIDERS.values():
        ids = [preset.id for preset in declared.presets]
        assert len(ids) == len(set(ids))


@each_provider
def test_an_error_with_one_of_its_codes_means_what_it_declares(declared: Declaration) -> None:
    server = ServerConfig("s", declared.provider)
    for meaning, names in declared.error_codes.items():
        for name in names.split():
            error = error_of(server, {"error": {"type": name, "message": "It did not work."}})
            assert error is not None
            assert error.code == meaning


def test_a_gateway_may_pass_on_the_codes_of_any_service() -> None:
    gateway = ServerConfig("s", "openai")
    for declared in PROVIDERS.values():
        for meaning, names in declared.error_codes.items():
            for name in names.split():
                error = error_of(gateway, {"error": {"code": name, "message": "It did not work."}})
                assert error is not None
                assert error.code == meaning


def test_no_two_providers_mean_different_things_by_one_code() -> None:
    tables = [
        {name: meaning for meaning, names in declared.error_codes.items() for name in names.split()}
        for declared in PROVIDERS.values()
    ]
    for one, other in combinations(tables, 2):
        assert {name for name in one.keys() & other.keys() if one[name] != other[name]} == set()


def test_there_is_a_value_for_every_parameter() -> None:
    assert set(VALUES) == {field.name for field in fields(Params)}


@pytest.mark.parametrize("name", VALUES)
async def test_a_parameter_is_sent_where_it_is_not_declared_as_unsupported_and_nowhere_else(
    name: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    connector = connect(one_wire)
    bodies = []
    for params in ({}, {name: VALUES[name]}):
        heard = await hear(connector, asking(one_wire.model, **params))
        assert heard.error is None
        bodies.append(upstream.chats()[-1].body)
    unsupported = declaration_of(one_wire.provider).unsupported_fields(connector.server, one_wire.model)
    assert (bodies[0] != bodies[1]) is (name not in unsupported)


@pytest.mark.parametrize(
    ("name", "model", "unsupported"),
    [
        ("openai", "gpt-4o", {"top_k"}),
        ("openai", "gpt-5.2", {"top_k", "temperature", "top_p"}),
        ("openai", "openai/o3-mini", {"top_k", "temperature", "top_p"}),
        ("groq", "llama-3.3-70b", {"top_k"}),
        ("mistral", "mistral-large", {"top_k"}),
        ("cohere", "command-a", {"top_k"}),
        ("openrouter", "openai/gpt-5.2", set()),
    ],
)
def test_services_of_one_protocol_and_their_models_differ_in_what_they_take(
    name: str, model: str, unsupported: set[str]
) -> None:
    declared = declaration_of("openai")
    address = next(service.url for service in declared.services if service.name == name)
    server = ServerConfig("s", "openai", address)
    assert declared.unsupported_fields(server, model) == {"context_length", *unsupported}


@pytest.mark.parametrize("name", ["groq", "mistral", "cohere", "openrouter"])
async def test_what_a_service_does_not_take_is_not_sent_through_a_proxy_either(
    name: str, upstream: Upstream
) -> None:
    """A server that bears a service's name is that service behind a proxy."""
    server = ServerConfig(name, "openai", upstream.base_url("openai"))
    connector = load_connector("openai")(server)
    try:
        heard = await hear(connector, asking("command-a", top_k=VALUES["top_k"]))
    finally:
        await connector.aclose()
    assert heard.error is None
    takes = "top_k" not in declaration_of("openai").unsupported_fields(server, "command-a")
    assert ("top_k" in upstream.chats()[-1].body) is takes
