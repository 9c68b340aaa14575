"""The services that speak OpenAI's protocol, and where each has its own ways: one row each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from providers.connectors.declarations import LocalService, Service
from providers.connectors.shared.schema_rules import OPENAI, SERVERS, SchemaRules
from providers.types import ServerConfig
from providers.wire.addresses import OLLAMA_PORT, host_of


@dataclass(frozen=True, slots=True)
class Dialect:
    """`label`: the service's name, where a key alone makes a server of it. `key_page`: where people get one.
    `key_path`: an address that tells a good key from a bad one, where the list of models is public.
    `known_as`: the service's id in genai-prices, where it has no list of its models. `fixed_sampling`: its
    models that refuse temperature and top_p. `schemas`: what it takes of the schemas of tools; `strict`:
    whether it holds its models to them. `calls_in_text`: whether it may leave calls in the text, as a model
    wrote them. `thought_field`: in which a model is given back what it thought before its calls, where its
    service does not sign that."""

    label: str = ""
    key_page: str = ""
    hosts: tuple[str, ...] = ()
    base_url: str = ""
    max_tokens: str = "max_tokens"
    top_k: bool = True
    thinking: Literal["effort", "reasoning", "switch"] = "switch"
    headers: Mapping[str, str] = field(default_factory=dict)
    key_path: str = ""
    known_as: str = ""
    fixed_sampling: re.Pattern[str] | None = None
    schemas: SchemaRules = SchemaRules()
    strict: bool = False
    calls_in_text: bool = False
    thought_field: str = ""


GENERIC = Dialect(schemas=SERVERS, calls_in_text=True, thought_field="reasoning_content")
HUGGINGFACE = Dialect(thinking="effort", schemas=SERVERS)
DIALECTS: Mapping[str, Dialect] = {
    "openai": Dialect(
        label="OpenAI",
        key_page="https://platform.openai.com/api-keys",
        hosts=("api.openai.com",),
        base_url="https://api.openai.com/v1",
        max_tokens="max_completion_tokens",
        top_k=False,
        thinking="effort",
        fixed_sampling=re.compile(r"(^|/)(o\d|gpt-[5-9])"),
        schemas=OPENAI,
        strict=True,
    ),
    "openrouter": Dialect(
        label="OpenRouter",
        key_page="https://openrouter.ai/settings/keys",
        hosts=("openrouter.ai",),
        base_url="https://openrouter.ai/api/v1",
        thinking="reasoning",
        headers={"HTTP-Referer": "https://divan.local", "X-Title": "Divan"},
        key_path="/key",
    ),
    "together": Dialect(
        label="Together",
        key_page="https://api.together.ai/settings/api-keys",
        hosts=("api.together.xyz", "api.together.ai"),
        base_url="https://api.together.xyz/v1",
        thinking="effort",
        schemas=SERVERS,
        calls_in_text=True,
    ),
    "groq": Dialect(
        label="Groq",
        key_page="https://console.groq.com/keys",
        hosts=("api.groq.com",),
        base_url="https://api.groq.com/openai/v1",
        top_k=False,
        thinking="effort",
    ),
    "mistral": Dialect(
        label="Mistral",
        key_page="https://console.mistral.ai/api-keys",
        hosts=("api.mistral.ai",),
        base_url="https://api.mistral.ai/v1",
        top_k=False,
        thinking="effort",
    ),
    "cohere": Dialect(
        label="Cohere",
        key_page="https://dashboard.cohere.com/api-keys",
        hosts=("api.cohere.ai", "api.cohere.com"),
        base_url="https://api.cohere.ai/compatibility/v1",
        top_k=False,
        thinking="effort",
    ),
    "perplexity": Dialect(
        hosts=("api.perplexity.ai",),
        base_url="https://api.perplexity.ai",
        thinking="effort",
        known_as="perplexity",
    ),
}
"""By the name of the server that a key makes."""
PROGRAMS = (
    LocalService("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
    LocalService("llama-cpp", "llama.cpp", "http://127.0.0.1:8080/v1"),
    LocalService("lm-studio", "LM Studio", "http://127.0.0.1:1234/v1"),
)


def service_of(name: str, dialect: Dialect) -> Service:
    prefix = name.upper()
    return Service(
        name,
        dialect.label,
        (f"{prefix}_API_KEY",),
        f"{prefix}_BASE_URL",
        dialect.base_url,
        any_address=name == "openai",
        key_page=dialect.key_page,
    )


def dialect_of(server: ServerConfig) -> Dialect:
    """By the address; where it is none that is known (a proxy), by the server's name. A server without an
    address is OpenAI's own unless it bears a preset's name."""
    if found := _at(host_of(server.base_url).partition(":")[0]):
        return found
    if not server.base_url:
        return DIALECTS.get(server.name, DIALECTS["openai"])
    return DIALECTS.get(server.name, GENERIC) if server.name != "openai" else GENERIC


def unsupported_by(server: ServerConfig, model: str) -> frozenset[str]:
    return unsupported_in(dialect_of(server), model)


def unsupported_in(dialect: Dialect, model: str) -> frozenset[str]:
    """Fields of `Params` that the service, or that model of it, does not take."""
    found = frozenset() if dialect.top_k else frozenset({"top_k"})
    if dialect.fixed_sampling and dialect.fixed_sampling.search(model):
        return found | {"temperature", "top_p"}
    return found


def complete_path(parts: SplitResult, path: str) -> str:
    """`/v1` is the rule; well-known services keep the protocol elsewhere."""
    dialect = _at(parts.hostname or "")
    root = urlsplit(dialect.base_url).path if dialect else "/v1"
    if parts.port == OLLAMA_PORT and path == "/api":
        return "/v1"
    return root if path != root and root.startswith(path) else path


def _at(host: str) -> Dialect | None:
    for dialect in DIALECTS.values():
        if any(host == known or host.endswith(f".{known}") for known in dialect.hosts):
            return dialect
    return None
