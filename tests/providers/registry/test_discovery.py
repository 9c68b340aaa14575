"""What runs on this machine is found where its program listens, and nowhere else."""

from collections.abc import Sequence

import pytest

from providers.catalogue import discovery
from providers.configuration.choices import ServerPreset, list_choices
from tests.services.model_list import KEY, ModelList, listing_models


def program(url: str, provider: str = "openai", name: str = "vllm") -> ServerPreset:
    return ServerPreset(name, "A program", provider, url, local=True)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine none is passed over because it took long."""
    monkeypatch.setattr(discovery, "PATIENCE", 20.0)
    monkeypatch.setattr(discovery, "CONNECT", 20.0)


@pytest.mark.parametrize(
    ("models", "key", "expected"),
    [
        (("a", "b"), "", (2, False)),
        ((), "", (0, False)),
        (("a",), KEY, (None, True)),
        (("echo/echo", "fake/a"), "", None),
    ],
    ids=["open", "empty", "with a key", "another Divan"],
)
async def test_a_program_that_answers_is_found(
    models: Sequence[str], key: str, expected: tuple[int | None, bool] | None
) -> None:
    async with listing_models(*models, key=key) as running:
        found = await discovery.find_running([program(f"{running.url}/v1")])
        assert [(one.models_count, one.needs_key) for one in found] == ([expected] if expected else [])


async def test_one_that_is_silent_broken_or_something_else_is_not_found_and_the_others_are() -> None:
    async with (
        listing_models("m", path="/api/tags", key="") as ollama,
        listing_models("x", path="/elsewhere", key="") as other,
        listing_models(status=500) as broken,
    ):
        programs = [
            program("http://127.0.0.1:9/v1", name="gone"),
            program(f"{other.url}/v1", name="other"),
            program(f"{broken.url}/v1", name="broken"),
            program(ollama.url, "ollama", "ollama"),
        ]
        assert [one.choice.id for one in await discovery.find_running(programs)] == ["ollama"]


async def test_no_key_is_sent_to_what_may_be_anything() -> None:
    async with listing_models("a", key="") as running:
        await discovery.find_running([program(f"{running.url}/v1")])
        assert {key for _path, key in asked(running)} == {""}


def asked(running: ModelList) -> list[tuple[str, str]]:
    assert running.asked
    return running.asked


def test_programs_are_asked_on_this_machine_alone() -> None:
    local = [choice for choice in list_choices() if choice.local]
    assert {choice.id for choice in local} == {"ollama", "vllm", "llama-cpp", "lm-studio"}
    assert all(choice.base_url.startswith("http://127.0.0.1:") for choice in local)
    assert not any(choice.key_page or choice.needs_key for choice in local)
