"""A folder for each kind of model service. No class is imported before it is used: SDKs take a second.

anthropic/     Anthropic's messages
echo/          the offline model
gemini/        Google's Gemini, through its SDK
huggingface/   Hugging Face's router and Inference Endpoints, through its SDK
ollama/        Ollama's own protocol
openai/        OpenAI's chat completions, and every service that speaks them
shared/        what several of them need: parsing of streams, thoughts, tool calls, values, facts of models
base.py        what a connector is
"""

from collections.abc import Mapping
from importlib import import_module

from providers.connectors.base import Connector

PROVIDERS: Mapping[str, str] = {
    "anthropic": "providers.connectors.anthropic.connector.AnthropicConnector",
    "echo": "providers.connectors.echo.connector.EchoConnector",
    "gemini": "providers.connectors.gemini.connector.GeminiConnector",
    "huggingface": "providers.connectors.huggingface.connector.HuggingFaceConnector",
    "ollama": "providers.connectors.ollama.connector.OllamaConnector",
    "openai": "providers.connectors.openai.connector.OpenAIConnector",
}
"""Provider name to its class. A new provider is one folder and one row here: docs/adding-a-provider.md."""


def load(provider: str) -> type[Connector]:
    """Raises ValueError for a provider that is not in `PROVIDERS`."""
    try:
        module, _, name = PROVIDERS[provider].rpartition(".")
    except KeyError:
        raise ValueError(f"no provider named {provider!r}") from None
    connector: type[Connector] = getattr(import_module(module), name)
    return connector
