from urllib.parse import SplitResult

from providers.connectors.declarations import Declaration, Preset, Service


def complete_path(parts: SplitResult, path: str) -> str:
    """The SDK adds `/v1` in any case."""
    return path if path.endswith("/v1") else f"{path}/v1"


DECLARATION = Declaration(
    provider="huggingface",
    label="Hugging Face",
    connector="providers.connectors.huggingface.connector.HuggingFaceConnector",
    services=(
        Service(
            "hf",
            "Hugging Face",
            ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
            "HF_BASE_URL",
            order=20,
            key_page="https://huggingface.co/settings/tokens",
        ),
    ),
    presets=(
        Preset(
            "mistral-7b-instruct",
            "Mistral 7B Instruct",
            (
                "mistralai/Mistral-7B-Instruct-v0.3",
                "mistralai/Mistral-7B-Instruct-v0.2",
                "mistralai/Ministral-8B-Instruct-2410",
            ),
        ),
    ),
    unsupported_params=frozenset({"context_length"}),
    error_codes={
        "context_length": "tokens_limit_reached",
        "overloaded": "overloaded",
        "invalid": "validation",
        "server_error": "generation incomplete_generation",
    },
    endpoints=r"(?:/chat)?/completions|/models|/embeddings",
    complete_path=complete_path,
)
