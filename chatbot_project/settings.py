"""Django settings. Every name that a person may set is in .env.example and docs/settings.md."""

import os
from pathlib import Path
from typing import Any

import environ

from chatbot_project.env_file import load_env_file
from chatbot_project.environment import (
    clean_variables,
    empty_means_none,
    one_of,
    parse_database,
    parse_switch,
    parse_unpriced,
    provider_settings,
    search_service,
    title_writer,
)
from chatbot_project.secret_key import load_or_make_secret_key
from providers import connectors

VERSION = "0.1.0"
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
load_env_file(BASE_DIR / ".env")
env.ENVIRON = clean_variables(os.environ, empty_means_none(connectors.PROVIDERS.values()))

# Where and how the server stands.
HOST: str = env.str("HOST", "127.0.0.1")
PORT: int = env.int("PORT", 8000)
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").expanduser().resolve()
REDIS_URL: str = env.str("REDIS_URL", "")
STORE: str = env.str("STORE", "files")
# Where attachments and originals of documents are kept; empty: as STORE says.
FILES_URL: str = env.str("FILES_URL", "")
# Whether conversations that are rows of PostgreSQL are also copied into files.
MIRROR_FILES: bool = parse_switch(env.str("MIRROR_FILES", "false"))
AUTH_MODE: str = env.str("AUTH_MODE", "local")
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])
REQUESTS_PER_MINUTE: int = env.int("REQUESTS_PER_MINUTE", 6_000 if AUTH_MODE == "local" else 600)
ANSWERS_AT_ONCE: int = env.int("ANSWERS_AT_ONCE", 1_000 if AUTH_MODE == "local" else 100)
UNPRICED_MODELS: float | str = parse_unpriced(env.str("UNPRICED_MODELS", "free"))
MAX_TEXT_BYTES: int = env.int("MAX_TEXT_BYTES", 512 * 1024)
MAX_UPLOAD_BYTES: int = env.int("MAX_UPLOAD_BYTES", 25 * 1024 * 1024)
# Of each user; 0: no limit.
ATTACHMENT_BYTES_PER_USER: int = env.int("ATTACHMENT_BYTES_PER_USER", 10 * 1024**3)
DOCUMENT_BYTES_PER_USER: int = env.int("DOCUMENT_BYTES_PER_USER", 10 * 1024**3)
TEMPORARY_CHATS_PER_USER: int = env.int("TEMPORARY_CHATS_PER_USER", 20)
TEMPORARY_CHAT_BYTES: int = env.int("TEMPORARY_CHAT_BYTES", 16 * 1024**2)
MAX_IMPORT_BYTES: int = env.int("MAX_IMPORT_BYTES", 1024 * 1024 * 1024)

# How long answers may go on after SIGTERM.
DRAIN_SECONDS: float = env.float("DRAIN_SECONDS", 30.0)
TOOL_ROUNDS: int = env.int("TOOL_ROUNDS", 10)
TOOL_SECONDS: float = env.float("TOOL_SECONDS", 60.0)
MCP_CONFIG: str = env.str("MCP_CONFIG", "")
# Whoever has it may read /-/metrics; empty: nobody, and nothing is counted for it.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")

DEBUG: bool = parse_switch(env.str("DEBUG", "false"))
SECRET_KEY: str = env.str("SECRET_KEY", "") or load_or_make_secret_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[]) or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Model servers, by what each provider declares. These make the first rows of `Server`; the admin edits them
# from then on.
globals().update(provider_settings(env.str, connectors.PROVIDERS.values()))
# Documents. Without a model, passages are found by words and by runs of letters, on this machine alone.
TITLE_MODEL: str = title_writer(env.str("TITLE_MODEL", "own"))
# The admin edits these four from then on.
RAG_EMBEDDING_MODEL: str = env.str("RAG_EMBEDDING_MODEL", "")
RAG_PASSAGES: int = env.int("RAG_PASSAGES", 12)
RAG_BUDGET_TOKENS: int = env.int("RAG_BUDGET_TOKENS", 3_000)
RAG_PASSAGE_SIZE: int = env.int("RAG_PASSAGE_SIZE", 1_200)
# Who reads the parts of a file that is too long for a model; empty: the first lane's model.
RAG_READING_MODEL: str = env.str("RAG_READING_MODEL", "")
# Another stage for one of ours, each as a dotted path: docs/documents.md.
RAG_LOADERS: dict[str, str] = {}
RAG_SPLITTER = "rag.split.split"
RAG_EMBEDDER = ""
RAG_STORE = ""
RAG_SEARCH = "rag.search.search"
RAG_CONTEXT = "rag.context.build"
RAG_PORTS: list[int] = env.list("RAG_PORTS", cast=int, default=[80, 443])
RAG_PRIVATE_NETWORKS: list[str] = env.list("RAG_PRIVATE_NETWORKS", default=[])
# Who searches the web for models; empty: nobody.
SEARCH_PROVIDER: str = search_service(env.str("SEARCH_PROVIDER", ""))
SEARXNG_URL: str = env.str("SEARXNG_URL", "")
BRAVE_API_KEY: str = env.str("BRAVE_API_KEY", "")
BRAVE_BASE_URL: str = env.str("BRAVE_BASE_URL", "https://api.search.brave.com")
TAVILY_API_KEY: str = env.str("TAVILY_API_KEY", "")
TAVILY_BASE_URL: str = env.str("TAVILY_BASE_URL", "https://api.tavily.com")
CONNECT_TIMEOUT: float = env.float("CONNECT_TIMEOUT", 5.0)
FIRST_BYTE_TIMEOUT: float = env.float("FIRST_BYTE_TIMEOUT", 120.0)
CHUNK_TIMEOUT: float = env.float("CHUNK_TIMEOUT", 60.0)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_vite",
    # First of those that have shapes: it says how they are built.
    "core",
    "ninja",
    "chatbot_project.apps.ProjectConfig",
    "conversations",
    "providers",
    "rag",
    "chat",
]

MIDDLEWARE = [
    "chatbot_project.loop_middleware.SecurityMiddleware",
    "chatbot_project.middleware.security_headers",
    "chatbot_project.middleware.same_site_only",
    "chatbot_project.loop_middleware.SessionMiddleware",
    "chatbot_project.loop_middleware.LocaleMiddleware",
    "chatbot_project.api_errors.pages_become_errors",
    "chatbot_project.loop_middleware.CommonMiddleware",
    "chatbot_project.loop_middleware.CsrfMiddleware",
    "chatbot_project.loop_middleware.AuthenticationMiddleware",
    "chatbot_project.middleware.local_user_login",
    "chatbot_project.middleware.sessions_are_noted",
    "chatbot_project.loop_middleware.MessageMiddleware",
    "chatbot_project.loop_middleware.XFrameOptionsMiddleware",
    "chatbot_project.middleware.streams_end_with_admission",
    "chatbot_project.middleware.forms_in_a_thread",
]

ROOT_URLCONF = "chatbot_project.urls"
ASGI_APPLICATION = "chatbot_project.asgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": parse_database(env.str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'divan.sqlite3'}")),
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers never wait for a writer (WAL), and a writer takes its lock at the start instead of
    # failing half-way with "database is locked" (IMMEDIATE).
    # Seconds. To open one costs 1.3 ms, and an answer that begins looks things up in several threads.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # Each of these connections keeps a megabyte of pages at most; SQLite's own measure is two.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-1000;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The layer carries news between processes ("look", "stop"), never tokens: see docs/architecture.md.
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "chatbot_project.auth.AccessEndsWithPassword"},
]
PASSWORD_HASHERS = [
    "chatbot_project.login.hashers.Argon2PasswordHasher",
    "chatbot_project.login.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["chatbot_project.login.backend.Backend"]
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGES = [("en", "English"), ("tr", "Türkçe"), ("ru", "Русский")]
LANGUAGE_CODE = one_of(env.str("LANGUAGE_CODE", "en"), [code for code, _ in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "chatbot_project" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]
CLIENT_MANIFEST = BASE_DIR / "static" / "dist" / "manifest.json"
DJANGO_VITE = {
    "default": {
        "manifest_path": CLIENT_MANIFEST,
        "static_url_prefix": "",
    }
}

# The page itself says when the client is not built.
SILENCED_SYSTEM_CHECKS = ["django_vite.W001", "staticfiles.W004"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
LOGGING_CONFIG = "chatbot_project.logs.configure"
LOGGING: dict[str, Any] = {"directory": DATA_DIR / "logs", "debug": DEBUG}
