"""Names of one model, and names of another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.identity import LONGEST, is_another_model, shown_name

SAME: list[tuple[str, object]] = [
    ("gpt-4o", "gpt-4o-2024-08-06"),
    ("gpt-4", "gpt-4-0613"),
    ("gpt-3.5-turbo", "gpt-35-turbo"),
    ("openai/gpt-4o", "gpt-4o"),
    ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    ("gemini-flash-latest", "gemini-3.8-flash"),
    ("gemini-3.8-flash", "models/gemini-3.8-flash"),
    ("gemini-3.8-flash", "gemini-3.8-flash-001"),
    ("gemini-3.1-pro-preview", "gemini-3.1-pro-preview-05-06"),
    ("mistral-large-latest", "mistral-large-2411"),
    ("qwen3", "qwen3:latest"),
    ("qwen3", "qwen3:8b"),
    ("qwen3:8b", "qwen3:8b"),
    ("Qwen/Qwen3-8B", "qwen3-8b"),
    ("qwen3-8b", "/models/Qwen3-8B-Q4_K_M.gguf"),
    ("qwen3-8b", r"C:\models\Qwen3-8B-Q4_K_M.gguf"),
    ("qwen3-8b", "/models/Qwen3-8B-Q8_0-00001-of-00003.gguf"),
    ("unsloth/Qwen3-8B-GGUF:Q4_K_M", "Qwen3-8B"),
    ("meta-llama/Llama-3.3-70B-Instruct:fastest", "llama-3.3-70b-versatile"),
    ("meta-llama/Llama-3.3-70B-Instruct", "accounts/fireworks/models/llama-v3p3-70b-instruct"),
    ("deepseek/deepseek-r1:free", "deepseek/deepseek-r1"),
    ("m", ""),
    ("m", None),
    ("m", "   "),
    ("m", 5),
    ("m", ["gpt-5"]),
]
OTHER = [
    ("gpt-4o", "gpt-4o-mini"),
    ("gpt-4o-mini", "gpt-4o"),
    ("gpt-4", "gpt-4.1"),
    ("gpt-4", "gpt-4o"),
    ("gpt-5", "gpt-4o-2024-08-06"),
    ("qwen3:8b", "qwen3:4b"),
    ("qwen3:8b", "llama3.2:3b"),
    ("openrouter/auto", "openai/gpt-4o"),
    ("gemini-2.5-pro", "gemini-3.8-flash"),
    ("gemini-2.5-flash", "gemini-3.5-flash-lite"),
    ("claude-opus-4-5", "claude-sonnet-4-5-20250929"),
    ("mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-Instruct-v0.2"),
    ("qwen3-8b", "/models/llama-3.1-8b-q4_k_m.gguf"),
]


@pytest.mark.parametrize(("asked", "answered"), SAME)
def test_another_spelling_is_no_other_model(asked: str, answered: object) -> None:
    assert not is_another_model(asked, answered)


@pytest.mark.parametrize(("asked", "answered"), OTHER)
def test_another_size_version_or_variant_is_another_model(asked: str, answered: str) -> None:
    assert is_another_model(asked, answered)


def test_of_a_path_the_files_name_is_shown() -> None:
    assert shown_name("/models/a/llama.gguf") == shown_name(r"D:\models\llama.gguf") == "llama.gguf"
    assert shown_name("meta-llama/Llama-3.3") == "meta-llama/Llama-3.3"


@given(st.text(), st.text())
def test_any_two_names_can_be_compared(asked: str, answered: str) -> None:
    assert not is_another_model(asked, asked)
    assert is_another_model(asked, answered) in (True, False)
    assert len(shown_name(answered)) <= LONGEST
