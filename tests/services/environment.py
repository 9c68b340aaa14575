"""The environment of a Divan under test. It is imported before Django's settings, and so needs none."""

from pathlib import Path

from providers import connectors

KEYS_AND_ADDRESSES = (
    *sorted(connectors.declared_variables()),
    "RAG_EMBEDDING_MODEL",
    "SEARCH_PROVIDER",
    "SEARXNG_URL",
    "BRAVE_API_KEY",
    "TAVILY_API_KEY",
    "REDIS_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
)
NOTHING_THERE = "http://127.0.0.1:9"


def own_environment(data_dir: Path) -> dict[str, str]:
    """What must be set so that neither the person's environment nor their .env reaches a test."""
    return {
        **dict.fromkeys(KEYS_AND_ADDRESSES, ""),
        "OLLAMA_BASE_URL": NOTHING_THERE,
        "DATABASE_URL": f"sqlite:///{data_dir / 'divan.sqlite3'}",
        "DATA_DIR": str(data_dir),
        "STORE": "files",
        "FILES_URL": "",
        "MIRROR_FILES": "false",
        "HOST": "127.0.0.1",
        "PORT": "8000",
        "AUTH_MODE": "local",
        "DEBUG": "false",
        "LANGUAGE_CODE": "en",
        "REQUESTS_PER_MINUTE": "6000",
        # Most tests end servers that answer.
        "DRAIN_SECONDS": "0",
    }
