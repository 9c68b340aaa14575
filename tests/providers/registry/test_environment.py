from collections.abc import Callable

import pytest
from django.core.checks import run_checks

from providers import connectors
from providers.configuration import rows, setup
from providers.models import Model, Server
from providers.types import Secret
from providers.wire.addresses import is_private

Environment = Callable[..., None]
pytestmark = pytest.mark.django_db


def named() -> dict[str, Server]:
    setup.follow_environment()
    return {server.name: server for server in Server.objects.filter(enabled=True)}


def test_without_any_setting_echo_is_there() -> None:
    assert list(named()) == ["echo"]


def test_each_key_makes_its_server_with_the_models_out_of_the_box(environment: Environment) -> None:
    environment(
        GEMINI_API_KEY="g", HF_TOKEN="h", OPENROUTER_API_KEY="o", TOGETHER_API_KEY="t", OPENAI_API_KEY="p"
    )
    servers = named()
    assert {name: row.provider for name, row in servers.items()} == {
        "gemini": "gemini",
        "hf": "huggingface",
        "openrouter": "openai",
        "together": "openai",
        "openai": "openai",
        "echo": "echo",
    }
    assert servers["gemini"].key.reveal() == "g"
    assert servers["openrouter"].base_url == "https://openrouter.ai/api/v1"
    assert [model.name for model in servers["gemini"].models.all()] == ["Gemini Flash", "Gemini 3 Pro"]
    assert [model.name for model in servers["hf"].models.all()] == ["Mistral 7B Instruct"]


def test_several_ollama_machines_get_numbers_or_the_names_given(environment: Environment) -> None:
    environment(OLLAMA_BASE_URL="127.0.0.1:11434, http://10.0.0.2:11434/,gpu=https://gpu.lan")
    servers = named()
    assert {name: row.base_url for name, row in servers.items() if row.provider == "ollama"} == {
        "ollama": "http://127.0.0.1:11434",
        "ollama-2": "http://10.0.0.2:11434",
        "gpu": "https://gpu.lan",
    }
    assert {row.group for row in servers.values() if row.provider == "ollama"} == {"any-ollama"}


def test_more_compatible_services_take_their_keys_by_name(environment: Environment) -> None:
    environment(OPENAI_SERVERS="my-vllm=http://gpu.lan:8001/v1,groq=https://api.groq.com/openai/v1")
    environment(MY_VLLM_API_KEY="secret")
    servers = named()
    assert servers["my-vllm"].key.reveal() == "secret"
    assert not servers["groq"].key
    assert servers["groq"].base_url == "https://api.groq.com/openai/v1"


def test_a_login_in_an_address_becomes_a_header(environment: Environment) -> None:
    environment(OLLAMA_BASE_URL="http://me:pass@gpu.lan:11434")
    row = named()["ollama"]
    assert row.base_url == "http://gpu.lan:11434"
    assert row.config().headers == {"Authorization": "Basic bWU6cGFzcw=="}


def test_a_row_that_nobody_edited_follows_the_environment(environment: Environment) -> None:
    environment(OLLAMA_BASE_URL="http://one:11434", GEMINI_API_KEY="old")
    named()
    environment(OLLAMA_BASE_URL="http://two:11434", GEMINI_API_KEY="new")
    servers = named()
    assert servers["ollama"].base_url == "http://two:11434"
    assert servers["gemini"].key.reveal() == "new"


def test_an_edited_row_stays_as_it_is(environment: Environment) -> None:
    environment(GEMINI_API_KEY="old")
    row = named()["gemini"]
    row.key, row.follows_environment = Secret("mine"), False
    row.save()
    environment(GEMINI_API_KEY="new")
    assert named()["gemini"].key.reveal() == "mine"


def test_a_server_that_the_environment_no_longer_names_rests_and_keeps_its_models(
    environment: Environment,
) -> None:
    environment(GEMINI_API_KEY="g")
    named()
    Model.objects.filter(model_id="gemini-flash").update(temperature=0.1, edited=True)
    environment(GEMINI_API_KEY="")
    assert "gemini" not in named()
    environment(GEMINI_API_KEY="g")
    assert named()["gemini"].models.get(model_id="gemini-flash").temperature == 0.1


def test_a_command_in_a_shell_that_knows_less_switches_nothing_off(environment: Environment) -> None:
    environment(GEMINI_API_KEY="g")
    named()
    environment(GEMINI_API_KEY="", OLLAMA_BASE_URL="http://one:11434")
    rows.reset_rows()
    assert {"gemini", "ollama"} <= set(rows.get_rows().servers)


def test_candidates_that_a_person_edited_are_not_put_back(environment: Environment) -> None:
    environment(GEMINI_API_KEY="g")
    row = named()["gemini"].models.get(model_id="gemini-flash")
    row.candidates, row.edited = ["my-own"], True
    row.save()
    named()
    row.refresh_from_db()
    assert row.candidates == ["my-own"]


def test_a_model_out_of_the_box_that_a_person_deleted_stays_away(environment: Environment) -> None:
    environment(GEMINI_API_KEY="g")
    named()["gemini"].models.get(model_id="gemini-3-pro").delete()
    assert [model.model_id for model in named()["gemini"].models.all()] == ["gemini-flash"]


def test_better_candidates_of_a_newer_divan_reach_rows_that_nobody_edited(environment: Environment) -> None:
    environment(GEMINI_API_KEY="g")
    Model.objects.filter(server=named()["gemini"], model_id="gemini-flash").update(candidates=["gemini-1"])
    row = named()["gemini"].models.get(model_id="gemini-flash")
    assert row.candidates[0] == "gemini-flash-latest"


def test_starting_twice_changes_nothing(environment: Environment) -> None:
    environment(GEMINI_API_KEY="g", OLLAMA_BASE_URL="http://one:11434")
    before = {name: row.updated for name, row in named().items()}
    assert {name: row.updated for name, row in named().items()} == before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"OLLAMA_BASE_URL": "ftp://host"}, "must start with http"),
        ({"OPENAI_BASE_URL": "http://host:port/v1"}, "port"),
        ({"OPENAI_SERVERS": "Bad Name=http://host"}, "cannot name a server"),
        ({"OPENAI_SERVERS": "search=http://host"}, "cannot name a server"),
        ({"OPENAI_SERVERS": "x=http://host/v1?key=secret"}, "before '?'"),
        ({"OLLAMA_BASE_URL": "echo=http://host"}, "are named 'echo'"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_with_a_hint(
    environment: Environment, setting: dict[str, str], said: str
) -> None:
    environment(**setting)
    found = [message for message in run_checks() if (message.id or "").startswith("divan.E10")]
    assert len(found) == 1
    assert said in found[0].msg
    assert found[0].hint
    assert "secret" not in found[0].msg
    assert len(named()) == 1


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://[::1]:11434", True),
        ("http://192.168.1.20:11434", True),
        ("http://ollama:11434", True),
        ("http://gpu.local", True),
        ("http://0.0.0.0:11434", True),
        ("https://ollama.com", False),
        ("http://8.8.8.8", False),
        ("", False),
    ],
)
def test_an_address_is_private_where_its_text_says_so(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_every_service_of_one_key_becomes_a_server(environment: Environment) -> None:
    services = connectors.declared_services()
    environment(**{service.key: "secret" for _, service in services})
    servers = named()
    found = {s.name: (servers[s.name].provider, servers[s.name].base_url) for _, s in services}
    assert found == {s.name: (declared.provider, s.url) for declared, s in services}
    assert {servers[s.name].key.reveal() for _, s in services} == {"secret"}


def test_a_service_may_have_another_address(environment: Environment) -> None:
    environment(ANTHROPIC_BASE_URL="proxy.lan:4000/v1/messages", COHERE_BASE_URL="https://cohere.example")
    servers = named()
    assert servers["anthropic"].base_url == "http://proxy.lan:4000"
    assert servers["cohere"].base_url == "https://cohere.example/v1"


def test_a_service_that_is_written_with_its_address_is_one_server(environment: Environment) -> None:
    environment(GROQ_API_KEY="secret", OPENAI_SERVERS="groq=https://groq.example/v1")
    assert named()["groq"].base_url == "https://groq.example/v1"
    assert [check.id for check in run_checks() if check.id == "divan.E102"] == []
