"""Lists of models as the servers gave them, in the process and on disk, and how the servers are doing.

Readers get what is there and never wait; `refresh` is the only thing that asks a server. The last good
list lies in `DATA_DIR/models/<server>.json`, so a server that is away still shows what it had.
"""

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import orjson

from core.times import timestamp_of
from providers.catalogue.health import SLOW_MS, Breaker, Health, describe_error
from providers.catalogue.windows import with_known_windows
from providers.connectors.base import Connector, Embedder
from providers.errors import ErrorCode, ProviderError, map_faults
from providers.refs import is_ref
from providers.types import ModelInfo, Pricing, ServerConfig

log = logging.getLogger(__name__)
FRESH_FOR = 300.0
SURE_FOR = 60.0
LIST_TIMEOUT = 10.0
MOST_PAST = 2_000
FORMAT = 1
NO_LIST: frozenset[ErrorCode] = frozenset({"model_not_found", "invalid"})
"""How a server that has no list answers the question for it."""

Enrich = Callable[[ServerConfig, Sequence[ModelInfo]], Awaitable[Sequence[ModelInfo]]]


@dataclass(frozen=True, slots=True)
class Listing:
    """`fetched_at`: seconds since the epoch. `past`: ids that earlier lists had and this one lacks."""

    models: tuple[ModelInfo, ...]
    fetched_at: float
    past: frozenset[str] = frozenset()

    def has_had(self, model: str) -> bool:
        """Whether the server offered it once, or does and then refuses it."""
        known = {name.casefold() for name in (*self.past, *(info.id for info in self.models))}
        return not known.isdisjoint((model.casefold(), f"{model}:latest".casefold()))


def listing_of(infos: Sequence[ModelInfo], fetched_at: float, earlier: Listing | None = None) -> Listing:
    """Each model says when it was listed: an old list is shown as one. What cannot be asked is left out."""
    listed_at = timestamp_of(fetched_at)
    stamped = (
        replace(info, metadata={**info.metadata, "listed_at": listed_at})
        for info in infos
        if is_ref(f"{info.server}/{info.id}")
    )
    models = tuple(stamped)
    return Listing(models, fetched_at, find_removed_ids(earlier, models))


def find_removed_ids(earlier: Listing | None, models: Sequence[ModelInfo]) -> frozenset[str]:
    """So many at the most: a service may rename its models each day."""
    if earlier is None:
        return frozenset()
    gone = {info.id for info in earlier.models}.difference(info.id for info in models)
    kept = earlier.past.difference(info.id for info in models)
    return frozenset(sorted(kept - gone)[: max(MOST_PAST - len(gone), 0)]) | frozenset(
        sorted(gone)[:MOST_PAST]
    )


@dataclass(slots=True)
class KnownServer:
    """What this process knows of one server; dropped when its row changes."""

    version: str
    listing: Listing | None
    breaker: Breaker
    error: ProviderError | None = None
    latency_ms: float | None = None
    checked_at: float | None = None
    started_at: float | None = None
    """When the first attempt began, by the monotonic clock. Nobody waits long after it."""
    embeds: bool = False
    listless: bool = False
    """It has no list, but models that an administrator typed, or that have answered."""

    answers: bool = False
    """A question was answered, as long as this process knows of it."""

    refused: ProviderError | None = None
    """The key was refused at the last question. A list, which many servers give to anybody, says nothing
    against that; an answer does, and another key."""

    @property
    def well(self) -> bool:
        return self.error is None and self.refused is None


class Catalogue:
    def __init__(self, folder: Path, *, wall: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.wall = wall
        self._states: dict[str, KnownServer] = {}

    def state(self, config: ServerConfig, version: str) -> KnownServer:
        known = self._states.get(config.name)
        if known is None or known.version != version:
            known = self._states[config.name] = KnownServer(version, self._read(config), Breaker())
        return known

    def known(self, server: str) -> KnownServer | None:
        return self._states.get(server)

    def is_stale(self, state: KnownServer) -> bool:
        """Whether a refresh is due and makes sense now."""
        if not state.breaker.allows(time.monotonic()):
            return False
        if state.checked_at is None or state.error is not None:
            return True
        if state.listing is None or state.listless:
            return not state.listless or self.wall() - state.checked_at > FRESH_FOR
        return self.wall() - state.listing.fetched_at > FRESH_FOR

    def is_unsure(self, state: KnownServer) -> bool:
        """Whether it is a while since anything was heard of a server that was well."""
        heard = state.checked_at is not None and state.error is None
        return heard and self.wall() - (state.checked_at or 0.0) > SURE_FOR

    async def refresh(self, connector: Connector, state: KnownServer, enrich: Enrich, *, typed: bool) -> None:
        """Asks the server for its list; what comes of it is in `state`. `typed`: an administrator typed
        models of it, so that it may do without a list. Raises nothing but `CancelledError`, and ends within
        `LIST_TIMEOUT`."""
        config = connector.server
        began = time.monotonic()
        state.started_at = state.started_at or began
        state.embeds = isinstance(connector, Embedder)
        try:
            with map_faults(config.name):
                async with asyncio.timeout(LIST_TIMEOUT):
                    infos = await connector.list_models()
                latency = (time.monotonic() - began) * 1000
                infos = await enrich(config, infos)
        except ProviderError as error:
            self._went_wrong(state, error, began, typed=typed)
        else:
            self.note_success(state, latency)
            state.listless = False
            before = state.listing.models if state.listing else ()
            known = with_known_windows(infos, before)
            state.listing = listing_of(known, self.wall(), state.listing)
            await asyncio.to_thread(self._write, config, state.listing)

    async def probe(self, connector: Connector, state: KnownServer) -> None:
        """Asks the server only whether it is well; as `refresh` otherwise."""
        if state.listless:
            return
        began = time.monotonic()
        try:
            with map_faults(connector.server.name):
                async with asyncio.timeout(LIST_TIMEOUT):
                    await connector.validate()
        except ProviderError as error:
            self._went_wrong(state, error, began)
        else:
            self.note_success(state, (time.monotonic() - began) * 1000)

    def _went_wrong(
        self, state: KnownServer, error: ProviderError, began: float, *, typed: bool = False
    ) -> None:
        """A server that answers questions, or of which models were typed, is well without a list."""
        state.listless = error.code in NO_LIST and (typed or state.answers)
        if state.listless:
            self.note_success(state, (time.monotonic() - began) * 1000)
        else:
            self.note_failure(state, error)

    def note_failure(self, state: KnownServer, error: ProviderError) -> None:
        if state.error is None or state.error.code != error.code:
            log.warning("server %s is not well: %s: %s", error.server or "-", error.code, error.detail)
        state.error, state.checked_at, state.latency_ms = error, self.wall(), None
        state.breaker.fail(time.monotonic())

    def note_success(self, state: KnownServer, latency_ms: float | None) -> None:
        state.error, state.checked_at = None, self.wall()
        state.latency_ms = latency_ms if latency_ms is not None else state.latency_ms
        state.breaker.succeed()

    def note_answer(self, state: KnownServer) -> None:
        """Notes that the server has answered a question."""
        state.answers, state.refused = True, None
        self.note_success(state, None)

    def note_refusal(self, state: KnownServer, error: ProviderError) -> None:
        """A question was refused for the key. A 403 of a server that has answered is about one model."""
        if error.status == 401 or not state.answers:
            state.refused = error
            self.note_failure(state, error)

    def health(self, state: KnownServer) -> Health:
        count = None if state.listing is None else len(state.listing.models)
        checked = None if state.checked_at is None else timestamp_of(state.checked_at)
        if error := state.error or state.refused:
            return Health("unhealthy", False, None, count, state.embeds, describe_error(error), checked)
        if state.checked_at is None:
            return Health("slow", False, None, count, state.embeds, None, None)
        slow = state.latency_ms is not None and state.latency_ms > SLOW_MS
        latency = None if state.latency_ms is None else round(state.latency_ms, 1)
        return Health("slow" if slow else "healthy", True, latency, count, state.embeds, None, checked)

    def _path(self, server: str) -> Path:
        return self.folder / f"{server}.json"

    def _write(self, config: ServerConfig, listing: Listing) -> None:
        data = orjson.dumps(
            {
                "format": FORMAT,
                "provider": config.provider,
                "base_url": config.base_url,
                "fetched_at": listing.fetched_at,
                "models": listing.models,
                "past": listing.past,
            },
            default=_plain,
            option=orjson.OPT_NON_STR_KEYS,
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, fresh = tempfile.mkstemp(dir=self.folder, prefix=f".{config.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(fresh).replace(self._path(config.name))
        except OSError as error:
            log.warning("the list of server %s could not be kept: %s", config.name, error.strerror)

    def _read(self, config: ServerConfig) -> Listing | None:
        try:
            kept = orjson.loads(self._path(config.name).read_bytes())
            of = (kept["format"], kept["provider"], kept["base_url"])
            if of != (FORMAT, config.provider, config.base_url):
                return None
            past = frozenset(map(str, kept.get("past", ())))
            return Listing(tuple(map(_info, kept["models"])), float(kept["fetched_at"]), past)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("the kept list of server %s is not readable: %s", config.name, type(error).__name__)
            return None


FIELDS = frozenset(field.name for field in fields(ModelInfo))


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def _info(kept: Mapping[str, Any]) -> ModelInfo:
    values = {name: value for name, value in kept.items() if name in FIELDS}
    values["capabilities"] = frozenset(values.get("capabilities") or ())
    values["loaded"] = None
    if values.get("pricing"):
        values["pricing"] = Pricing(float(values["pricing"]["input"]), float(values["pricing"]["output"]))
    return ModelInfo(**values)
