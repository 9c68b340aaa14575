from providers.connectors.declarations import Declaration, Preset, ServerList
from providers.wire.addresses import OLLAMA

DECLARATION = Declaration(
    provider="ollama",
    label="Ollama",
    connector="providers.connectors.ollama.connector.OllamaConnector",
    server_lists=(
        ServerList(
            "OLLAMA_BASE_URL", "ollama", default=OLLAMA, order=40, group="any-ollama", shares_key=True
        ),
    ),
    presets=(
        Preset("qwen", "Qwen", ("qwen3:8b", "qwen3", "qwen3:4b", "qwen3:14b", "qwen2.5:7b", "qwen2.5")),
    ),
    endpoints=r"(?:/v1)?(?:/chat)?/completions|/v1/(?:models|embeddings)|/v1"
    r"|/api(?:/(?:chat|generate|tags|show|ps|version|embed|embeddings|pull))?",
    needs_key=False,
)
