"""What an Ollama server can be told beside chatting: what it holds in memory, to let go of it, and to
fetch a model. Each call opens and closes a connection of its own; none is on an answer's path.
"""

import re
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.json_text import parse_loose_json
from providers import connectors
from providers.connectors.ollama.declaration import DECLARATION
from providers.errors import ProviderError
from providers.types import ServerConfig
from providers.wire.addresses import OLLAMA
from providers.wire.failures import error_of

if TYPE_CHECKING:
    from providers.wire.transport import HttpSession

LOADED_FOR = 2.0
FAILED_FOR = 10.0
QUICK = 1.5
UNLOAD_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Sizes in bytes. `vram` below `size`: the rest runs on the processor. `context_length` is the window it
    was loaded with, in tokens."""

    server: str
    model: str
    size: int
    vram: int
    context_length: int | None
    expires_at: str | None

    def matches(self, model: str) -> bool:
        return same_model(self.model, model)


@dataclass(frozen=True, slots=True)
class PullProgress:
    """`total` and `completed` in bytes, of the layer that is being fetched. One that is `done` or has an
    `error` is the last."""

    status: str
    total: int | None = None
    completed: int | None = None
    done: bool = False
    error: ProviderError | None = None


def same_model(one: str, other: str) -> bool:
    return full_name(one) == full_name(other)


def full_name(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def open_session(server: ServerConfig) -> "HttpSession":
    # The HTTP client takes a quarter of a second to import, and many who run Divan have no Ollama.
    from providers.wire.transport import HttpSession

    headers = {"Authorization": f"Bearer {server.key.reveal()}"} if server.key else {}
    return HttpSession(server, DECLARATION.api_root(server.base_url) or OLLAMA, headers)


_seen: dict[str, tuple[float, str, tuple[LoadedModel, ...] | ProviderError]] = {}


async def list_loaded_models(server: ServerConfig) -> tuple[LoadedModel, ...]:
    """What `server` holds in memory, at most `LOADED_FOR` seconds old. ProviderError where it does not tell
    within `QUICK` seconds, and at once for `FAILED_FOR` seconds after."""
    at, url, known = _seen.get(server.name, (float("-inf"), "", ()))
    patience = FAILED_FOR if isinstance(known, ProviderError) else LOADED_FOR
    if time.monotonic() - at >= patience or url != server.base_url:
        known = await _ask(server)
        _seen[server.name] = (time.monotonic(), server.base_url, known)
    if isinstance(known, ProviderError):
        raise ProviderError(known.code, known.detail, server=known.server)
    return known


async def _ask(server: ServerConfig) -> tuple[LoadedModel, ...] | ProviderError:
    http = open_session(server)
    try:
        answer = await http.fetch("GET", "/api/ps", timeout=QUICK)
    except ProviderError as error:
        return error
    finally:
        await http.aclose()
    entries = answer.get("models") if isinstance(answer, dict) else None
    return tuple(_loaded(server.name, entry) for entry in entries or () if isinstance(entry, dict))


async def must_load(server: ServerConfig, model: str) -> bool:
    """Whether `model` is not in memory yet. False where the server does not say, or holds none."""
    if not connectors.manages_models(server):
        return False
    try:
        return not any(entry.matches(model) for entry in await list_loaded_models(server))
    except ProviderError:
        return False


def forget_loaded_models(server: ServerConfig) -> None:
    """What is loaded has changed, or may have."""
    _seen.pop(server.name, None)


async def unload_model(server: ServerConfig, model: str) -> None:
    """Returns once `model` is out of memory. A model that is not there: ProviderError('model_not_found')."""
    http = open_session(server)
    try:
        body = {"model": model, "messages": [], "keep_alive": 0, "stream": False}
        await http.fetch("POST", "/api/chat", body, timeout=UNLOAD_TIMEOUT)
    finally:
        forget_loaded_models(server)
        await http.aclose()


async def pull_model(server: ServerConfig, model: str) -> AsyncGenerator[PullProgress]:
    """Fetches `model`, telling how far it is; the last progress is `done`. Closing the generator, or
    cancelling the task that reads it, stops the download (Ollama keeps what it has)."""
    from providers.wire.transport import LineReader

    http = open_session(server)
    try:
        answer = await http.open("POST", "/api/pull", {"model": model, "stream": True})
        try:
            lines = LineReader(answer)
            while (batch := await lines.next()) is not None:
                for line in batch:
                    progress = _progress(server, model, line)
                    yield progress
                    if progress.done:
                        return
            raise answer.cut_off_error()
        finally:
            answer.close()
    finally:
        await http.aclose()


def _progress(server: ServerConfig, model: str, line: bytes) -> PullProgress:
    try:
        value = parse_loose_json(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        detail = "a line of the download is no JSON"
        raise ProviderError("bad_response", detail, server=server.name, model=model)
    if error := error_of(server, value):
        raise _pull_failure(error, model)
    status = str(value.get("status") or "")[:200]
    return PullProgress(status, _count(value, "total"), _count(value, "completed"), status == "success")


def _pull_failure(error: ProviderError, model: str) -> ProviderError:
    """In a download, what is not found is the model: Ollama says so of its manifest or of a file."""
    if error.code == "server_error" and re.search(r"not exist|not found|manifest", error.detail):
        error.code = "model_not_found"
    error.model = model
    return error


def _loaded(server: str, entry: Mapping[str, Any]) -> LoadedModel:
    return LoadedModel(
        server=server,
        model=str(entry.get("model") or entry.get("name") or ""),
        size=_count(entry, "size") or 0,
        vram=_count(entry, "size_vram") or 0,
        context_length=_count(entry, "context_length"),
        expires_at=str(entry["expires_at"]) if entry.get("expires_at") else None,
    )


def _count(value: Mapping[str, Any], name: str) -> int | None:
    number = value.get(name)
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else None
