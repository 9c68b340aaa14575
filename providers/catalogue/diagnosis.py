"""What a check of a server came to, for whoever set it up: whose fault it is, what to mend, and where the
server is where it is not at the address that was typed."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers import connectors
from providers.catalogue.checking import PATIENCE, Checked, check_server
from providers.catalogue.health import describe_error, quote_server
from providers.errors import ErrorCode, ProviderError
from providers.types import Secret, ServerConfig
from providers.wire.addresses import is_private

Fault = Literal["key", "account", "address", "server", "divan"]
FAULTS: Mapping[ErrorCode, Fault] = {
    "auth": "key",
    "quota": "account",
    "rate_limited": "account",
    "unreachable": "address",
    "model_not_found": "address",
    "bad_response": "address",
    "internal": "divan",
}
"""Of what was set up, the part to look at. Anything else is the server's own trouble."""
PATIENCE_ELSEWHERE = 3.0
ROOTS = ("/v1", "/api/v1", "/openai/v1")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server answers as it should."""

    provider: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`advice`: what to do, in the reader's language; empty where all is well. `fault` and `elsewhere` only
    where the check failed."""

    checked: Checked
    advice: str = ""
    fault: Fault | None = None
    elsewhere: ServerAddress | None = None


async def diagnose_server(server: ServerConfig, patience: float = PATIENCE) -> Diagnosis:
    """Asks the server now, and where that fails, what else might answer on its machine."""
    checked = await check_server(server, patience)
    error = checked.error
    if error is None:
        return Diagnosis(checked, "" if checked.models else _advice_without_models(server))
    elsewhere = None
    if error.code in ("model_not_found", "bad_response", "unreachable"):
        elsewhere = await _find_elsewhere(server)
    return Diagnosis(checked, _advice_on(server, error), FAULTS.get(error.code, "server"), elsewhere)


def _advice_without_models(server: ServerConfig) -> str:
    if connectors.manages_models(server):
        return _("It answers and has no models yet. Download one, as with “ollama pull qwen3:8b”.")
    return _("It answers and has no models yet. Load one there, then check again.")


def _advice_on(server: ServerConfig, error: ProviderError) -> str:
    if error.code == "auth" and not server.key:
        return " ".join(filter(None, (_("It needs a key, and none is set."), quote_server(error))))
    return describe_error(error)


async def _find_elsewhere(server: ServerConfig) -> ServerAddress | None:
    """The first of the likely places that answers. All are asked at once."""
    likely = list(_likely(server))
    asked = await asyncio.gather(*(check_server(one, PATIENCE_ELSEWHERE) for one in likely))
    for one, checked in zip(likely, asked, strict=True):
        if checked.error is None:
            return ServerAddress(one.provider, one.base_url)
    return None


def _likely(server: ServerConfig) -> Iterator[ServerConfig]:
    """The same machine under other protocols and paths. The key goes to no other origin than it was typed
    for, and on a network of one's own an address may have been meant without TLS, then without the key."""
    parts = urlsplit(server.base_url)
    if not parts.hostname:
        return
    origins = [f"{parts.scheme}://{parts.netloc}"]
    if parts.scheme == "https" and is_private(server.base_url):
        origins.append(f"http://{parts.netloc}")
    self_run = [declared for declared in connectors.PROVIDERS.values() if declared.programs]
    for origin in origins:
        known = server if origin == origins[0] else replace(server, key=Secret(), headers={})
        for declared in self_run:
            for root in ROOTS if declared.complete_path else ("",):
                address = declared.api_root(f"{origin}{root}")
                if (declared.provider, address) != (server.provider, server.base_url):
                    yield replace(known, provider=declared.provider, base_url=address)
