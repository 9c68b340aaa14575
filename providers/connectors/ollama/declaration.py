from providers.connectors.declarations import Declaration, LocalService, Preset, ServerList
from providers.types import ServerConfig
from providers.wire.addresses import OLLAMA, is_private

CLOUD = ("-cloud", ":cloud")
"""How the names of models end that a server of one's own only passes on to Ollama's cloud."""


def is_free(server: ServerConfig, model: str) -> bool:
    """Whether its models cost nothing: those on one's own machines."""
    return not model.endswith(CLOUD) and (not server.base_url or is_private(server.base_url))


DECLARATION = Declaration(
    provider="ollama",
    label="Ollama",
    connector="providers.connectors.ollama.connector.OllamaConnector",
    server_lists=(
        ServerList(
            "OLLAMA_BASE_URL", "ollama", default=OLLAMA, order=40, group="any-ollama", shares_key=True
        ),
    ),
    programs=(LocalService("ollama", "Ollama", OLLAMA),),
    presets=(
        Preset("qwen", "Qwen", ("qwen3:8b", "qwen3", "qwen3:4b", "qwen3:14b", "qwen2.5:7b", "qwen2.5")),
    ),
    endpoints=r"(?:/v1)?(?:/chat)?/completions|/v1/(?:models|embeddings)|/v1"
    r"|/api(?:/(?:chat|generate|tags|show|ps|version|embed|embeddings|pull))?",
    needs_key=False,
    manages_models=True,
    is_free=is_free,
)
