"""The environment of a Divan under test. Standard library only: it is imported before Django's settings."""

from pathlib import Path

KEYS_AND_ADDRESSES = (
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GEMINI_BASE_URL",
    "HF_TOKEN",
    "HUGGINGFACE_API_KEY",
    "HF_BASE_URL",
    "OPENROUTER_API_KEY",
    "OPENROUTER_BASE_URL",
    "TOGETHER_API_KEY",
    "TOGETHER_BASE_URL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_SERVERS",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "GROQ_API_KEY",
    "GROQ_BASE_URL",
    "MISTRAL_API_KEY",
    "MISTRAL_BASE_URL",
    "COHERE_API_KEY",
    "COHERE_BASE_URL",
    "RAG_EMBEDDING_MODEL",
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
        "HOST": "127.0.0.1",
        "PORT": "8000",
        "AUTH_MODE": "local",
        "DEBUG": "false",
        "LANGUAGE_CODE": "en",
        "REQUESTS_PER_MINUTE": "6000",
        # Most tests end servers that answer.
        "DRAIN_SECONDS": "0",
    }
