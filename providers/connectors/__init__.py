"""One module a provider. Nothing here is imported before it is used: SDKs take up to a second."""

from collections.abc import Mapping
from importlib import import_module

from providers.connectors.base import Connector

PROVIDERS: Mapping[str, str] = {
    "anthropic": "providers.connectors.anthropic.AnthropicConnector",
    "echo": "providers.connectors.echo.EchoConnector",
    "gemini": "providers.connectors.gemini.GeminiConnector",
    "huggingface": "providers.connectors.huggingface.HuggingFaceConnector",
    "ollama": "providers.connectors.ollama.OllamaConnector",
    "openai": "providers.connectors.openai.OpenAIConnector",
}
"""Provider name to its class. A new provider is one class and one row here: docs/adding-a-provider.md."""


def load(provider: str) -> type[Connector]:
    """Raises ValueError for a provider that is not in `PROVIDERS`."""
    try:
        module, _, name = PROVIDERS[provider].rpartition(".")
    except KeyError:
        raise ValueError(f"no provider named {provider!r}") from None
    connector: type[Connector] = getattr(import_module(module), name)
    return connector
