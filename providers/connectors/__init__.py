"""A folder for each kind of model service. No class is imported before it is used: SDKs take a second.

anthropic/        Anthropic's messages
echo/             the offline model
gemini/           Google's Gemini, through its SDK
huggingface/      Hugging Face's router and Inference Endpoints, through its SDK
ollama/           Ollama's own protocol
openai/           OpenAI's chat completions, and every service that speaks them
shared/           what several of them need: parsing of streams, thoughts, tool calls, values, facts of models
base.py           what a connector is
declarations.py   what each says of itself, in its module `declaration`
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from providers.connectors.base import Connector
from providers.connectors.declarations import Declaration, Service
from providers.types import ServerConfig
from providers.wire.failures.meanings import declare_codes

PROVIDERS: dict[str, Declaration] = {}
"""By name: every folder here that has a module `declaration`."""


def discover_providers() -> None:
    """Adds to `PROVIDERS` what the folders of this package declare."""
    for folder in sorted(module.name for module in iter_modules(__path__) if module.ispkg):
        name = f"{__name__}.{folder}.declaration"
        if find_spec(name):
            add_provider(import_module(name).DECLARATION)


def add_provider(declaration: Declaration) -> None:
    PROVIDERS[declaration.provider] = declaration
    declare_codes(declaration.provider, declaration.error_codes)


def load_connector(provider: str) -> type[Connector]:
    """Raises ValueError for a provider that is not in `PROVIDERS`."""
    try:
        module, _, name = PROVIDERS[provider].connector.rpartition(".")
    except KeyError:
        raise ValueError(f"no provider named {provider!r}") from None
    connector: type[Connector] = getattr(import_module(module), name)
    return connector


def declaration_of(provider: str) -> Declaration:
    """An empty one for a provider that is not known, as a row may name after a downgrade."""
    return PROVIDERS.get(provider) or Declaration(provider, provider, "")


def only_repeats(provider: str) -> bool:
    """Whether its models give back what they are sent, and are asked for nothing else."""
    return declaration_of(provider).only_repeats


def manages_models(server: ServerConfig) -> bool:
    """Whether the server holds models in memory and can be told which (`providers.ollama`)."""
    return declaration_of(server.provider).manages_models


def declared_services() -> Sequence[tuple[Declaration, Service]]:
    """Every service that a key makes a server of, in the order of their servers."""
    found = [(declared, service) for declared in PROVIDERS.values() for service in declared.services]
    return sorted(found, key=lambda item: item[1].order)


def declared_variables() -> frozenset[str]:
    """Every variable of the environment that some provider reads."""
    return frozenset(name for declared in PROVIDERS.values() for name in declared.variables)


discover_providers()
