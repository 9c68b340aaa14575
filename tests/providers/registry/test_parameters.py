import pytest

from providers.catalogue.parameters import ALL, known_to
from providers.types import ModelInfo


def model(provider: str, *capabilities: str, **metadata: object) -> ModelInfo:
    return ModelInfo("m", "m", provider, "s", capabilities=frozenset(capabilities), metadata=metadata)  # type: ignore[arg-type]


def test_only_ollama_lets_a_client_choose_the_window() -> None:
    assert [name for name in ALL if name not in known_to(model("openai"))] == ["context_length"]
    assert known_to(model("ollama")) == list(ALL)


@pytest.mark.parametrize(
    ("capabilities", "thinks"), [((), True), (("chat",), False), (("chat", "thinking"), True)]
)
def test_thinking_is_offered_where_it_is_known_or_nothing_is(
    capabilities: tuple[str, ...], thinks: bool
) -> None:
    assert ("thinking" in known_to(model("ollama", *capabilities))) is thinks


def test_what_a_service_lists_decides() -> None:
    listed = model("openai", "chat", supported_parameters=["max_tokens", "temperature", "response_format"])
    assert known_to(listed) == ["temperature", "max_tokens", "json"]
