import pytest

from providers.catalogue.parameters import ALL, supported_by
from providers.types import ModelInfo, ServerConfig


def model(*capabilities: str, name: str = "m", **metadata: object) -> ModelInfo:
    return ModelInfo(name, name, "p", "s", capabilities=frozenset(capabilities), metadata=metadata)  # type: ignore[arg-type]


def server(provider: str, url: str = "http://gpu.lan/v1") -> ServerConfig:
    return ServerConfig("s", provider, url)


def missing(where: ServerConfig, info: ModelInfo) -> set[str]:
    return {*ALL} - {*supported_by(where, info)}


def test_only_ollama_lets_a_client_choose_the_window() -> None:
    assert missing(server("openai"), model()) == {"context_length"}
    assert supported_by(server("ollama"), model()) == list(ALL)


@pytest.mark.parametrize(
    ("where", "name", "absent"),
    [
        (server("openai", "https://api.openai.com/v1"), "gpt-4o", {"top_k", "context_length"}),
        (
            server("openai", "https://api.openai.com/v1"),
            "gpt-5.2",
            {"top_k", "context_length", "temperature", "top_p"},
        ),
        (server("openai", "https://api.groq.com/openai/v1"), "llama-3.3-70b", {"top_k", "context_length"}),
        (server("gemini", ""), "gemini-3.8-flash", {"context_length"}),
        (server("gemini", ""), "gemini-4-argon", {"context_length", "temperature", "top_p", "top_k"}),
        (server("gemini", ""), "gemma-3-27b-it", {"context_length", "thinking"}),
    ],
)
def test_what_a_service_or_a_model_of_it_does_not_take_is_not_offered(
    where: ServerConfig, name: str, absent: set[str]
) -> None:
    assert missing(where, model(name=name)) == absent


def test_a_name_of_our_own_takes_what_the_model_behind_it_takes() -> None:
    gemini = server("gemini", "")
    assert "top_k" in missing(gemini, model(name="argon", model="gemini-4-argon"))
    assert "top_k" in missing(gemini, model(name="argon", candidates=["gemini-4-argon", "gemini-3.8-flash"]))


def test_a_provider_that_is_not_known_is_offered_everything() -> None:
    assert supported_by(server("gone"), model()) == list(ALL)


@pytest.mark.parametrize(
    ("capabilities", "thinks"), [((), True), (("chat",), False), (("chat", "thinking"), True)]
)
def test_thinking_is_offered_where_it_is_known_or_nothing_is(
    capabilities: tuple[str, ...], thinks: bool
) -> None:
    assert ("thinking" in supported_by(server("ollama"), model(*capabilities))) is thinks


def test_what_a_service_lists_decides() -> None:
    listed = model("chat", supported_parameters=["max_tokens", "temperature", "response_format"])
    assert supported_by(server("openai"), listed) == ["temperature", "max_tokens", "json"]
